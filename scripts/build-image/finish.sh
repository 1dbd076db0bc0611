#!/bin/bash
# Runs in the container of the last layer: the buildpack user, the floors and the
# doors. Which run image is the default, CNB_STACK_ID alone tells: so a platform
# with another one, such as kpack, needs no other build image than one with
# another variable.
set -euo pipefail
grep -q '^cnb:' /etc/group || echo 'cnb:x:1000:' >>/etc/group
grep -q '^cnb:' /etc/passwd || echo 'cnb:x:1000:1000:buildpack:/home/cnb:/bin/bash' >>/etc/passwd
mkdir -p /home/cnb /usr/share/whittle/run
chown 1000:1000 /home/cnb
find /run/whittle/floors -name '*.json' -exec install -m 0644 -t /usr/share/whittle/run {} +

# A door leads into the layer of build packages, where the image itself has
# nothing. Sorted, so that a directory comes before what would lie below it.
doors=0
while read -r path; do
	path=${path//TRIPLET/$(uname -m)-linux-gnu}
	case $path in /usr/*) ;; *) continue ;; esac
	[ -e "$path" ] || [ -L "$path" ] && continue
	[ -d "${path%/*}" ] || continue
	ln -s "/layers/whittle_whittle/build-packages$path" "$path"
	doors=$((doors + 1))
done < <(LC_ALL=C sort -u /run/whittle/build-doors.txt)
echo "$doors doors, $(find /usr/share/whittle/run -name '*.json' | wc -l) floors"
