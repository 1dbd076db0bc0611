#!/usr/bin/env bash
# Cuts 300 packages that nobody had in mind, and sees whether their programs still
# answer (docs/study.md). Needs root, and takes an hour and a half from nothing;
# what is in baseline.tsv already is not installed again. Arguments go to the step
# run, for example -failed, -n 20 or names of packages. 'study.sh popular' does the
# same for the packages of scripts/study/popular (docs/popular.md).
. "$(dirname "$0")/lib.sh"

cd "$root"
[ "$(id -u)" = 0 ] || die "cannot mount and chroot without root. Start 'sudo make study'."
work=$cache/study
mkdir -p "$work"
"$root/scripts/debian-sources.sh" >"$work/debian.sources"
go=$("$root/scripts/go.sh")
"$go" build -o "$work/study" ./scripts/study

pick() {
	local mirror
	mirror=$(awk '$1 == "URIs:" { print $2; exit }' "$work/debian.sources")
	for arch in "$(dpkg --print-architecture)" all; do
		/usr/lib/apt/apt-helper download-file "$mirror/dists/$(said suites)/main/Contents-$arch.gz" "$work/Contents-$arch.gz" >/dev/null
	done
	"$work/study" pick "$work"/Contents-*.gz
}

# debian: the full Debian root on which the packages are installed, one by one and each for itself.
# shellcheck disable=SC2016 # the dollars are mmdebstrap's
debian() {
	have mmdebstrap || apt_install mmdebstrap
	mmdebstrap --quiet --variant=minbase --skip=cleanup/apt --dpkgopt=force-unsafe-io \
		--customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d" && chmod 0755 "$1/usr/sbin/policy-rc.d"' \
		"$(said suites)" "$work/debian.new" "$work/debian.sources"
	cp /etc/resolv.conf "$work/debian.new/etc/resolv.conf"
	mv "$work/debian.new" "$work/debian"
}

[ -e "$work/debian" ] || { log "make a Debian root" && rm -rf "$work/debian.new" && debian; }
if [ "${1:-}" = popular ]; then
	shift
	list=(-dir scripts/study/popular -doc docs/popular.md)
	"$work/study" baseline "${list[@]}"
	"$work/study" run "${list[@]}" "$@"
	"$work/study" tasks -dir scripts/study/popular
	"$work/study" popular "${list[@]}"
	log "the result is in docs/popular.md"
	exit
fi
[ -e scripts/study/packages.txt ] || { log "pick packages" && pick; }
log "install the packages on it, and ask their programs"
"$work/study" baseline
log "cut the packages, and ask their programs again"
"$work/study" run "$@"
"$work/study" report
log "the result is in docs/study.md"
