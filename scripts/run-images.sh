#!/usr/bin/env bash
# Makes the release's run images for this machine's architecture in the Docker daemon,
# and their floors in out/floors. Usage: run-images.sh [KIND...], default static base cc.
# A sibling with a shell, such as base-debug, has the floor of what it extends.
. "$(dirname "$0")/lib.sh"

"$root/scripts/docker.sh"
arch=$(machine)
sources=$cache/$release.sources
"$root/scripts/debian-sources.sh" >"$sources"
mkdir -p "$root/out/floors"
[ $# -gt 0 ] || set -- static base cc
for kind in "$@"; do
	tag=whittle/run:$release-$kind
	log "run image $tag"
	floor=()
	[[ $kind == *-debug ]] || floor=(--floor "$root/out/floors/whittle.$release.$kind.json")
	"$root/bin/whittle" image build "$root/releases/$release/run/$kind.yaml" --arch "$arch" --sources "$sources" \
		--tag "$tag" --output daemon "${floor[@]}"
done
