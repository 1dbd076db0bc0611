#!/usr/bin/env bash
# Makes the builder whittle/builder:RELEASE from what the other scripts made: build
# image, run image, lifecycle and packaged buildpack. With --only LIST it is made of
# the build image of that list, and called whittle/builder:RELEASE-LIST.
. "$(dirname "$0")/lib.sh"

name=$release
if [ "${1:-}" = --only ]; then name=$release-$2; fi
builder=whittle/builder:$name
build=whittle/build:$name
run=${WHITTLE_RUN_IMAGE:-whittle/run:$release-base}
config=$root/out/builder/$name.toml
arch=$(machine)
"$root/scripts/docker.sh"
"$root/scripts/package.sh"
for image in "$build" "$run"; do
	docker image inspect "$image" >/dev/null 2>&1 || die "cannot make the builder: there is no image $image. Run 'make builder RELEASE=$release', which makes it first."
done
mkdir -p "${config%/*}"
sed -e "s|@RUN@|$run|" -e "s|@BUILD@|$build|" -e "s|@RELEASE@|$release|" -e "s|@DEBIAN@|Debian $(said version)|" \
	-e "s|@LIFECYCLE@|$(echo "$cache"/lifecycle-*-linux-"$arch".tgz)|" \
	-e "s|@BUILDPACK@|$root/out/buildpack/whittle-linux-$arch.cnb|" \
	-e "s|@VERSION@|$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/buildpack.toml")|" \
	"$root/scripts/builder.toml.in" >"$config"

key=$(digest "$config" "$root/out/buildpack/key" "$cache/tools.key" - < <(docker image inspect --format '{{.Id}}' "$build" "$run"))
if [ "$(cat "${config%.toml}.key" 2>/dev/null)" = "$key" ] && docker image inspect "$builder" >/dev/null 2>&1; then exit; fi
log "builder $builder"
"$cache/bin/pack" builder create "$builder" --config "$config" --pull-policy never --target "linux/$arch"
echo "$key" >"${config%.toml}.key"
