#!/usr/bin/env bash
# Makes the builder whittle/builder:debian-13 from what the other scripts made:
# build image, run image, lifecycle and packaged buildpack.
. "$(dirname "$0")/lib.sh"

builder=whittle/builder:debian-13
run=${WHITTLE_RUN_IMAGE:-whittle/run:debian-13-base}
arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
"$root/scripts/docker.sh"
"$root/scripts/package.sh"
for image in whittle/build:debian-13 "$run"; do
	docker image inspect "$image" >/dev/null 2>&1 || die "cannot make the builder: there is no image $image. Run 'make builder', which makes it first."
done
sed -e "s|@RUN@|$run|" -e "s|@LIFECYCLE@|$(echo "$cache"/lifecycle-*-linux-"$arch".tgz)|" \
	-e "s|@BUILDPACK@|$root/out/buildpack/whittle-linux-$arch.cnb|" \
	-e "s|@VERSION@|$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/buildpack.toml")|" \
	"$root/scripts/builder.toml.in" >"$root/out/builder.toml"

key=$(digest "$root/out/builder.toml" "$root/out/buildpack/key" "$cache/tools.key" - < <(docker image inspect --format '{{.Id}}' whittle/build:debian-13 "$run"))
if [ "$(cat "$root/out/builder.key" 2>/dev/null)" = "$key" ] && docker image inspect $builder >/dev/null 2>&1; then exit; fi
log "builder $builder"
"$cache/bin/pack" builder create $builder --config "$root/out/builder.toml" --pull-policy never --target "linux/$arch"
echo "$key" >"$root/out/builder.key"
