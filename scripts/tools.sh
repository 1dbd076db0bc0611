#!/usr/bin/env bash
# Builds the pinned tools into .cache: bin/pack and bin/crane from tools/go.mod,
# and one lifecycle tarball an architecture from tools/lifecycle/go.mod, with the
# lifecycle's own packager. Two modules, because pack's libraries are too new for
# the lifecycle.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
cd "$root/scripts/tools"
key=$(digest go.mod go.sum lifecycle/go.mod lifecycle/go.sum "$root/scripts/tools.sh" "$root/scripts/sbom/main.go")
[ "$(cat "$cache/tools.key" 2>/dev/null)" != "$key" ] || exit 0

# version MODULE: as go.mod pins it, without the v.
version() { "$go" list -m -f '{{slice .Version 1}}' "$1"; }

pack=github.com/buildpacks/pack
lifecycle=github.com/buildpacks/lifecycle
export CGO_ENABLED=0 GOFLAGS="-trimpath -mod=readonly"
log "build pack $(version $pack)"
"$go" build -ldflags "-s -w -X $pack/pkg/client.Version=$(version $pack)" -o "$cache/bin/pack" $pack
log "build crane"
"$go" build -ldflags "-s -w" -o "$cache/bin/crane" github.com/google/go-containerregistry/cmd/crane

# The version must be compiled in: a lifecycle that calls itself 0.0.0 makes kpack
# rebuild for ever. 0.21.0 is also what pack takes by itself.
cd lifecycle
v=$(version $lifecycle)
source=$("$go" list -m -f '{{.Dir}}' $lifecycle)
for arch in amd64 arm64; do
	log "build lifecycle $v for $arch"
	out=$cache/lifecycle-$arch/lifecycle
	rm -rf "$out" && mkdir -p "$out"
	GOARCH=$arch "$go" build -ldflags "-s -w -X $lifecycle/cmd.Version=$v" -o "$out/" $lifecycle/cmd/lifecycle $lifecycle/cmd/launcher
	for phase in analyzer builder creator detector exporter extender rebaser restorer; do
		ln -s lifecycle "$out/$phase"
	done
	for program in lifecycle launcher; do # without their SBOMs every build warns, and the image does not tell what its launcher is
		(cd "$root" && "$go" run ./scripts/sbom -o "$out/$program" "$out/$program")
	done
	[ "$(stat -c %s "$out/launcher")" -le 3000000 ] || log "warning: the launcher for $arch is larger than 3 MB"
	"$go" run $lifecycle/tools/packager -version "$v" -descriptorPath "$source/lifecycle.toml" \
		-inputDir "$out" -archivePath "$cache/lifecycle-$v-linux-$arch.tgz" >&2
done
echo "$key" >"$cache/tools.key"
