#!/usr/bin/env bash
# Weighs the samples' images beside what distroless would weigh with the same apps, for docs/sizes.md, and prints what every
# whittle image in the daemon weighs.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
"$root/scripts/docker.sh"
bindings=$(mktemp -d)
trap 'rm -rf "$bindings"; forget_volumes pack-cache-whittle_sizes_' EXIT
mkdir "$bindings/ca"
printf ca-certificates >"$bindings/ca/type"
cp /etc/ssl/certs/ca-certificates.crt "$bindings/ca/" || die "cannot find this machine's certificates: apt-get install ca-certificates"
chmod -R a+rX "$bindings"
cd "$root"
export PACK_VOLUME_KEY=whittle-sizes
"$go" run ./scripts/sizes -pack "$cache/bin/pack" -bindings "$bindings" -gems "$("$root/scripts/gems.sh")" -markdown docs/sizes.md -svg docs/sizes.svg "$@"

echo
for name in $(docker image ls --format '{{.Repository}}:{{.Tag}}' 'whittle/*' | grep -v '^whittle/build-layer:' | sort); do
	size=$(docker image inspect --format '{{.Size}}' "$name")
	printf '%-36s %9.2f MB\n' "$name" "$((size / 10000))e-2"
done
