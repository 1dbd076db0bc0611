#!/usr/bin/env bash
# Packages the buildpack for both architectures, from a clean directory, because
# pack takes all that lies there: out/buildpack/whittle-linux-ARCH.cnb, and in the
# daemon the image whittle/whittle:VERSION of this machine's architecture.
# Usage: package.sh [--publish NAME]: as an image index of both into a registry.
# BUILDPACK_DIR names other sources with cmd/buildpack, for tests.
. "$(dirname "$0")/lib.sh"

"$root/scripts/tools.sh"
go=$("$root/scripts/go.sh")
source=${BUILDPACK_DIR:-$root}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/buildpack.toml")
stage=$root/out/stage
out=$root/out/buildpack
pack=$cache/bin/pack

rm -rf "$stage"
for arch in amd64 arm64; do
	dir=$stage/linux/$arch
	mkdir -p "$dir/bin"
	# The profile is that of the tool: both unpack packages.
	(cd "$source" && GOARCH=$arch CGO_ENABLED=0 "$go" build -trimpath -pgo "$root/cmd/whittle/default.pgo" -ldflags "-s -w" -o "$dir/bin/run" ./cmd/buildpack)
	for name in start certificates; do # run in app images that need them
		[ -d "$source/cmd/$name" ] || continue
		(cd "$source" && GOARCH=$arch CGO_ENABLED=0 "$go" build -trimpath -ldflags "-s -w" -o "$dir/bin/$name" "./cmd/$name")
	done
	ln -s run "$dir/bin/detect"
	ln -s run "$dir/bin/build"
	mkdir "$dir/releases"
	cp -r "$root"/releases/*/ "$dir/releases/"
	cp "$root/LICENSE" "$dir/"
done
cp "$root/buildpack.toml" "$root/package.toml" "$stage/"
find "$stage" -type d -exec chmod 0755 {} + -o -type f -exec chmod u=rwX,go=rX {} +

if [ "${1:-}" = --publish ]; then
	log "publish $2"
	exec "$pack" buildpack package "$2" --path "$stage" --publish
fi
key=$(cd "$stage" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
"$root/scripts/docker.sh"
if [ "$(cat "$out/key" 2>/dev/null)" = "$key" ] && docker image inspect "whittle/whittle:$version" >/dev/null 2>&1; then exit; fi
rm -rf "$out" && mkdir -p "$out"
log "package whittle/whittle $version"
(cd "$out" && "$pack" buildpack package whittle.cnb --path "$stage" --format file --quiet)
"$pack" buildpack package "whittle/whittle:$version" --path "$stage" --pull-policy never --quiet
echo "$key" >"$out/key"
