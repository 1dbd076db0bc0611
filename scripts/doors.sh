#!/usr/bin/env bash
# Chooses the doors of a release anew, from the Contents indices of its archive: releases/RELEASE/doors where there are
# floors of its run images, and build-doors.txt where its build image is in the daemon. A door is a promise: look at the
# difference before it is committed, and keep what would go.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
dir=$root/releases/$release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/scripts/debian-sources.sh" >"$work/sources"
arch=$(dpkg --print-architecture)
mirror=$(awk '$1 == "URIs:" { print $2; exit }' "$work/sources")
index=$mirror/dists/$(said suites)
/usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$index/InRelease" "$work/InRelease" >/dev/null
gpgv --quiet --keyring /usr/share/keyrings/debian-archive-keyring.gpg --output "$work/Release" "$work/InRelease" 2>/dev/null ||
	die "cannot trust $index/InRelease: no signature of Debian's"
for name in "$arch" all; do
	sum=$(awk -v path="main/Contents-$name.gz" '$1 == "SHA256:" { sha = 1 } sha && $3 == path { print $1 }' "$work/Release")
	/usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$index/main/Contents-$name.gz" "$work/Contents-$name.gz" "SHA256:$sum" >/dev/null ||
		die "cannot get $index/main/Contents-$name.gz with the digest of the Release"
done

[ -e "$dir/doors" ] || cat "$root/scripts/doors/fixed.txt" "$dir/fixed-doors.txt" >"$dir/doors" # for the first run images
floors=$(find "$root/out/floors" -name "whittle.$release.*.json" 2>/dev/null | sort | paste -sd,)
if [ -n "$floors" ]; then
	log "doors of the run images of $release"
	(cd "$root" && "$go" run ./scripts/doors -count 200 -arch "$arch" -fixed "scripts/doors/fixed.txt,$dir/fixed-doors.txt" -floors "$floors" \
		-o "$dir/doors" "$work"/Contents-*.gz)
fi
if docker image inspect "whittle/build:$release" >/dev/null 2>&1; then
	log "doors of the build image of $release"
	docker run --rm --entrypoint find "whittle/build:$release" /usr/include /usr/lib /usr/share -type d >"$work/have"
	(cd "$root" && "$go" run ./scripts/doors -build -arch "$arch" -fixed "scripts/doors/build-fixed.txt,$dir/fixed-build-doors.txt" -have "$work/have" \
		-o "$dir/build-doors.txt" "$work"/Contents-*.gz)
fi
