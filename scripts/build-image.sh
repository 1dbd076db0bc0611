#!/usr/bin/env bash
# Makes the build image whittle/build:RELEASE for this machine's architecture,
# from the Debian archive that the machine itself uses: a base by mmdebstrap, then
# one layer a list in releases/RELEASE/build, Go's compiled standard library, and what whittle would have to find out, download
# and unpack in each first build of an app. A layer is made again when its list, its script or a layer below it changed, or with
# WHITTLE_REFRESH=1.
# --only LIST makes whittle/build:RELEASE-LIST, which has that list beside the base and no other.
# Usage: build-image.sh [--only LIST] [--floors DIR] [--allow-no-floors]
. "$(dirname "$0")/lib.sh"

run_id=whittle.$release.base
here=$root/scripts/build-image
lists=("$root/releases/$release"/build/*.txt)
floors=$root/out/floors
variant= allow_none=
while [ $# -gt 0 ]; do
	case $1 in
	--only)
		lists=("${lists[0]}" "$root/releases/$release/build/"*-"$2.txt") variant=-$2
		[ -e "${lists[1]}" ] || die "cannot make a build image of $2: releases/$release/build has no list of that name"
		shift 2
		;;
	--floors) floors=$2 && shift 2 ;;
	--allow-no-floors) allow_none=1 && shift ;;
	*) die "unknown argument $1. Usage: build-image.sh [--only LIST] [--floors DIR] [--allow-no-floors]" ;;
	esac
done
image=whittle/build:$release$variant
if [ -z "$allow_none" ] && ! ls "$floors/whittle.$release".*.json >/dev/null 2>&1; then
	die "cannot make the build image: no floor files of $release in $floors. Run 'make images RELEASE=$release' first, which writes them."
fi

# compile PROGRAM: one of the scripts' own, for the image's architecture.
compile() { (cd "$root" && CGO_ENABLED=0 GOARCH=$(machine) "$("$root/scripts/go.sh")" build -trimpath -buildvcs=false -ldflags "-s -w" -o "$lent/$1" "./scripts/$1"); }

# lend: what a container may read while its layer is made; never part of it.
lend() {
	cp "$here"/*.sh "$lent/"
	compile records
	cp "$root/releases/$release/build-doors.txt" "$lent/" 2>/dev/null || : >"$lent/build-doors.txt"
	cp "$root/releases/$release/build-unpacked.txt" "$lent/" 2>/dev/null || : >"$lent/build-unpacked.txt"
	mkdir "$lent/floors" "$lent/auth.conf.d"
	find "$floors" -name "whittle.$release.*.json" -exec cp -t "$lent/floors" {} + 2>/dev/null || true
	cp /etc/apt/auth.conf.d/* "$lent/auth.conf.d/" 2>/dev/null || true
	{
		apt-config dump 2>/dev/null | grep -E '^Acquire::(https?::([^ ]*::)?Proxy|Check-Valid-Until|Retries) ' || true
		[ -z "${http_proxy:-}" ] || echo "Acquire::http::Proxy \"$http_proxy\";"
		[ -z "${https_proxy:-}" ] || echo "Acquire::https::Proxy \"$https_proxy\";"
	} >"$lent/apt.conf"
	for v in http_proxy https_proxy no_proxy; do [ -z "${!v:-}" ] || printf 'export %s=%q\n' "$v" "${!v}"; done >"$lent/proxies.sh"
	cp /etc/ssl/certs/ca-certificates.crt "$lent/ca.crt" 2>/dev/null || : >"$lent/ca.crt"
}

# exists TAG: the daemon has the image, and nobody asked for fresh packages.
exists() { [ -z "${WHITTLE_REFRESH:-}" ] && docker image inspect "$1" >/dev/null 2>&1; }

# base TAG: the first layer.
base() {
	have mmdebstrap || apt_install mmdebstrap
	"$here/base.sh" "$lent" "$lent/base.tar" "$(said suites)" "${lists[0]}" >&2 ||
		die "cannot make the base of the build image: mmdebstrap failed, see above. Most often the archive could not be reached, or ${TMPDIR:-/tmp} is full."
	docker import --change "LABEL dev.whittle.layer=${1#*:}" "$lent/base.tar" "$1" >/dev/null
	rm "$lent/base.tar"
}

# layer FROM TAG SCRIPT ARGUMENT...: TAG is FROM and what the script did to it.
changes=(--change 'CMD ["/bin/bash"]') # arguments of docker commit
layer() {
	local name=whittle-layer-$$
	docker run --name $name --network host --user 0:0 --tmpfs /tmp:exec --tmpfs /run \
		--volume "$lent:/run/whittle:ro" "$1" bash "/run/whittle/$3" "${@:4}" >&2 ||
		{ docker rm -f $name >/dev/null && die "cannot make $2: see above. Start again to go on from the layer below."; }
	docker commit "${changes[@]}" --change "LABEL dev.whittle.layer=${2#*:}" $name "$2" >/dev/null
	docker rm $name >/dev/null
}

# forget TAG: removes older versions of a layer, whose tags differ in the key at the end.
forget() { docker image ls --format '{{.Repository}}:{{.Tag}}' "${1%-*}-*" | { grep -vxF "$1" || true; } | xargs -r docker rmi >/dev/null 2>&1 || true; }

"$root/scripts/docker.sh"
lent=$(mktemp -d)
trap 'rm -rf "$lent"' EXIT
chmod 0755 "$lent"
"$root/scripts/debian-sources.sh" >"$lent/debian.sources"
lend

key=$(digest "$lent/debian.sources" "$here"/{dpkg,apt}.cfg "$here/base.sh")
below=
sizes=
for list in "${lists[@]}"; do
	name=$(basename "$list" .txt)
	key=$(digest "$list" "$here"/{apt,install}.sh - <<<"$key")
	tag=whittle/build-layer:$release-$name-$key
	if ! exists "$tag"; then
		log "layer $name: $(tr '\n' ' ' <"$list")"
		if [ -z "$below" ]; then
			base "$tag"
		else
			mapfile -t packages <"$list"
			layer "$below" "$tag" install.sh "${packages[@]}"
		fi
	fi
	forget "$tag"
	below=$tag
	sizes+="$name $tag"$'\n'
done

# Go's standard library, compiled: a minute of every build, and most of its cache.
if [[ " ${lists[*]} " = *-go.txt\ * ]]; then
	key=$(digest "$here/go-std.sh" - <<<"$key")
	tag=whittle/build-layer:$release-go-std-$key
	if ! exists "$tag"; then
		log "layer go-std: the compiled standard library"
		layer "$below" "$tag" go-std.sh
	fi
	forget "$tag"
	below=$tag
	sizes+="go-std $tag"$'\n'
fi

# The archive's indexes, in the state that the packages are from: a build that asks the archive need not get them.
key=$(digest "$here/indexes.sh" "$root/internal/archive/index.go" - <<<"$key")
tag=whittle/build-layer:$release$variant-indexes-$key
if ! exists "$tag"; then
	log "layer indexes: those of the archive's packages"
	mkdir "$lent/indexes"
	"$lent/records" indexes "$lent/debian.sources" "$lent/indexes" >&2 || die "cannot make the build image: no indexes, see above."
	layer "$below" "$tag" indexes.sh
fi
forget "$tag"
below=$tag
sizes+="indexes $tag"$'\n'

# Packages that many apps ask for and that are not installed, so that no app compiles otherwise for them: an image of one language
# has none of them. Their form is that of the cache's records.
if [ -z "$variant" ]; then
	key=$(digest "$here/unpacked.sh" "$lent/build-unpacked.txt" "$root/slicer/packages/listing.go" - <<<"$key")
	tag=whittle/build-layer:$release-unpacked-$key
	if ! exists "$tag"; then
		log "layer unpacked: $(tr '\n' ' ' <"$lent/build-unpacked.txt")"
		mkdir "$lent/unpacked"
		"$lent/records" unpacked "$lent/debian.sources" "$lent/unpacked" "$lent/build-unpacked.txt" >&2 || die "cannot make the build image: no unpacked packages, see above."
		layer "$below" "$tag" unpacked.sh
	fi
	forget "$tag"
	below=$tag
	sizes+="unpacked $tag"$'\n'
fi

# npm's configuration and, beside all languages, what the registry has that an app of Node.js runs on if it asks for nothing. An image
# without that is whole: builds download it.
key=$(digest "$here"/n{pmrc,ode}.sh "$root"/build/node/lent.go - <<<"$key")
tag=whittle/build-layer:$release$variant-node-$key
if ! exists "$tag"; then
	log "layer node: npm's configuration${variant:+ alone}"
	[ -n "$variant" ] || compile node
	layer "$below" "$tag" node.sh
fi
forget "$tag"
below=$tag
sizes+="node $tag"$'\n'

# The lifecycle does not negotiate Docker's API version. What this daemon speaks
# is right for this machine only: an image for others is made without it.
api=$(docker version --format '{{.Server.APIVersion}}')
[ "${api#1.}" -lt 52 ] || api=
key=$(digest "$lent"/{finish.sh,build-doors.txt} <(cat "$lent"/floors/* 2>/dev/null) - <<<"$key $api $run_id")
tag=whittle/build-layer:$release$variant-finish-$key
changes+=(--change 'USER 1000:1000' --change 'WORKDIR /home/cnb'
	--change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
	--change 'ENV LANG=C.UTF-8' --change 'ENV CNB_USER_ID=1000' --change 'ENV CNB_GROUP_ID=1000'
	--change "ENV CNB_STACK_ID=$run_id" --change "LABEL io.buildpacks.stack.id=$run_id"
	--change "LABEL io.buildpacks.base.id=$run_id"
	--change 'LABEL io.buildpacks.base.distro.name=debian' --change "LABEL io.buildpacks.base.distro.version=$(said version)")
[ -z "$api" ] || changes+=(--change "ENV DOCKER_API_VERSION=$api")
if ! exists "$tag"; then
	log "layer finish: user, floors, doors; default run image"
	layer "$below" "$tag" finish.sh
fi
forget "$tag"
below=$tag
sizes+="finish $tag"$'\n'

# What whittle asks of the packages' files, which the first build of each app would read else. Above all other layers, because
# the program that writes it changes with whittle.
key=$(digest "$lent"/records{,.sh} - <<<"$key")
tag=whittle/build-layer:$release$variant-records-$key
if ! exists "$tag"; then
	log "last layer: records of the packages"
	layer "$below" "$tag" records.sh
fi
forget "$tag"
sizes+="records $tag"$'\n'
docker tag "$tag" "$image"
docker image prune --force --filter label=dev.whittle.layer >/dev/null

printf '%s' "$sizes" | while read -r name tag; do
	size=$(docker image inspect --format '{{.Size}}' "$tag")
	printf '%-12s %7.1f MB\n' "$name" "$(((size - ${last:-0}) / 100000))e-1"
	last=$size
done
printf '%-12s %7.1f MB  %s\n' total "$(($(docker image inspect --format '{{.Size}}' "$image") / 100000))e-1" "$image"
