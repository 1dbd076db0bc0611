#!/usr/bin/env bash
# Prints what every whittle image in the daemon weighs.
. "$(dirname "$0")/lib.sh"

"$root/scripts/docker.sh"
for name in $(docker image ls --format '{{.Repository}}:{{.Tag}}' 'whittle/*' | grep -v '^whittle/build-layer:' | sort); do
	size=$(docker image inspect --format '{{.Size}}' "$name")
	printf '%-36s %9.2f MB\n' "$name" "$((size / 10000))e-2"
done
