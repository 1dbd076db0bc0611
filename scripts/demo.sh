#!/usr/bin/env bash
# The main job, end to end: builds both samples with pack, runs them, weighs them beside the same apps on a Debian slim
# base made in the same run, then makes a newer run image and rebases both without a build.
. "$(dirname "$0")/lib.sh"

"$root/scripts/docker.sh"
work=$(mktemp -d)
trap 'docker rm -f whittle-demo >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
pack=$cache/bin/pack
sources=$cache/$release.sources
export PACK_VOLUME_KEY=whittle-demo

# The certificates of this machine, for builds behind a proxy with its own CA: a binding, as a user would give one.
mkdir -p "$work/bindings/ca"
printf ca-certificates >"$work/bindings/ca/type"
cp /etc/ssl/certs/ca-certificates.crt "$work/bindings/ca/" || die "cannot find this machine's certificates: apt-get install ca-certificates"
chmod -R a+rX "$work"

# run_image KIND SOURCES: a run image of the packages that the sources have.
run_image() {
	local arch
	arch=$(machine)
	"$root/bin/whittle" -q image build "$root/releases/$release/run/$1.yaml" --arch "$arch" --sources "$2" --tag "whittle/demo-run:$1" --output daemon
}

# build NAME SAMPLE KIND
build() {
	log "pack build $1"
	"$pack" build "$1" --path "$root/samples/$2" --builder whittle/builder:$release --run-image "whittle/demo-run:$3" \
		--trust-builder --pull-policy never --network host --volume "$work/bindings:/platform/bindings:ro" --no-color
}

# ask NAME PATH WANT: runs the image as a hardened platform would, and asks it over HTTP.
ask() {
	docker rm -f whittle-demo >/dev/null 2>&1 || true
	docker run -d --name whittle-demo --read-only --cap-drop ALL --security-opt no-new-privileges -p 127.0.0.1::8080 "$1" >/dev/null
	local address answer i
	address=$(docker port whittle-demo 8080/tcp | head -n 1)
	for ((i = 0; i < 50; i++)); do
		answer=$(curl -fsS --noproxy '*' "http://$address$2" 2>/dev/null) && break
		sleep 0.2
	done
	[[ ${answer:-} == *"$3"* ]] || die "$1 did not answer as it should: wanted '$3', got '${answer:-nothing}'. Its log: $(docker logs whittle-demo 2>&1 | tail -n 5)"
	printf '    %s%s: %s\n' "$1" "$2" "$answer"
	docker rm -f whittle-demo >/dev/null
}

# package IMAGE NAME: the version of a package that the image's run image records.
package() {
	docker create --name whittle-demo "$1" >/dev/null
	docker cp "whittle-demo:/var/lib/dpkg/status.d/$2" - | tar -xO | sed -n 's/^Version: //p'
	docker rm whittle-demo >/dev/null
}

# megabytes IMAGE
megabytes() { docker image inspect --format '{{.Size}}' "$1" | awk '{printf "%.2f", $1 / 1e6}'; }

# listing IMAGE: its files, as tar lists them.
listing() {
	docker create --name whittle-demo "$1" - >/dev/null
	docker export whittle-demo | tar -tv --numeric-owner
	docker rm whittle-demo >/dev/null
}

# added IMAGE RUN: what lies in the image beside its run image, which has files below /layers, too, where a directory is shared:
# size and packages of every layer, as its files say.
added() {
	{ listing "$2" && echo --- && listing "$1"; } | awk '
		$1 == "---" { app = 1; next }
		!app { base[$6]; next }
		$6 in base { next }
		$6 ~ /^layers\/whittle_whittle\/[^\/]+\// { split($6, p, "/"); size[p[3]] += $3 }
		$6 ~ /^layers\/whittle_whittle\/[^\/]+\/var\/lib\/dpkg\/status.d\/.+/ && $6 !~ /md5sums$/ { split($6, p, "/"); pkgs[p[3]] = pkgs[p[3]] " " p[8] }
		$6 == "cnb/lifecycle/launcher" { size["launcher"] = $3 }
		END { for (l in size) printf "    %-10s %6.2f MB %s\n", l, size[l] / 1e6, pkgs[l] }' | sort
}

# slim IMAGE PACKAGES: a Debian slim base with packages, without documentation, as apt makes it.
slim() {
	log "Debian slim base for $1: $2"
	have mmdebstrap || apt_install mmdebstrap
	# shellcheck disable=SC2016 # mmdebstrap expands $1 in its hooks
	mmdebstrap --quiet --variant=minbase --include="$2" --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*' \
		"$(said suites)" - "$sources" 2>"$work/slim.log" | docker import - "$1" >/dev/null || die "cannot make a Debian slim base: $(tail -n 3 "$work/slim.log")"
}

# update PACKAGE: a signed archive of one package with the next version, as an update of Debian would bring it. It is made
# of Debian's own package, because no rule says that there is a real update on the day of a demo.
update() {
	local dir=$work/update tree=$work/tree
	{ have gpg && have apt-ftparchive; } || apt_install gpg gpg-agent apt-utils
	"$root/bin/whittle" -q cut --sources "$sources" --root "$tree" "$1_all" >/dev/null
	mkdir -p "$dir" "$tree/DEBIAN" "$work/gnupg"
	sed '/^Status:/d; s/^Version: .*/&+update1/' "$tree/var/lib/dpkg/status.d/$1" >"$tree/DEBIAN/control"
	rm -r "${tree:?}/var"
	dpkg-deb --root-owner-group --build "$tree" "$dir" >/dev/null
	export GNUPGHOME=$work/gnupg
	chmod 0700 "$GNUPGHOME"
	gpg --batch --quiet --passphrase '' --quick-gen-key update@example.com rsa3072 sign never 2>/dev/null
	gpg --armor --export >"$dir/key.asc"
	(cd "$dir" && apt-ftparchive packages . >Packages && apt-ftparchive release . >"$work/Release" && gpg --batch --clearsign --output InRelease "$work/Release")
	{ cat "$sources" && printf '\nTypes: deb\nURIs: file:%s\nSuites: ./\nSigned-By: %s\n' "$dir" "$dir/key.asc"; } >"$work/newer.sources"
}

answers() {
	ask demo-python-gmpy2 / 618970019642690137449562141
	ask demo-go-web '/time?tz=Europe/Berlin' 2026-07-01T14:00:00+02:00
}

log "run images"
run_image base "$sources"
run_image static "$sources"
build demo-python-gmpy2 python-gmpy2 base
build demo-go-web go-web static

log "run them read-only, without capabilities"
answers
log "python past the launcher, and as a child with an empty environment"
docker run --rm --read-only --cap-drop ALL --entrypoint /usr/bin/python3 demo-python-gmpy2 -c \
	'import subprocess; print("   ", subprocess.run(["python3", "-c", "import gmpy2; print(gmpy2.mpz(2) ** 89)"], env={}, capture_output=True, check=True, text=True).stdout.strip())'
log "why are these libraries in it, and is it complete?"
for soname in libgmp.so.10 libmpfr.so.6 libmpc.so.3; do "$root/bin/whittle" -q why daemon:demo-python-gmpy2 "$soname"; done
"$root/bin/whittle" -q verify daemon:demo-python-gmpy2

slim demo-slim-python python3-gmpy2
slim demo-slim-go ca-certificates,tzdata
docker create --name whittle-demo demo-go-web >/dev/null
docker cp whittle-demo:/layers/whittle_whittle/go/bin/go-web "$work/go-web"
docker rm whittle-demo >/dev/null
printf 'FROM demo-slim-go\nCOPY go-web /go-web\n' >"$work/Dockerfile"
tar -C "$work" -c Dockerfile go-web | DOCKER_BUILDKIT=0 docker build -q -t demo-slim-go - >/dev/null 2>&1 || die "cannot put go-web on the Debian slim base"

printf '\n%-20s %10s %18s\n' 'image' 'MB' 'Debian slim, MB'
printf '%-20s %10s %18s\n' python-gmpy2 "$(megabytes demo-python-gmpy2)" "$(megabytes demo-slim-python)"
added demo-python-gmpy2 whittle/demo-run:base
printf '%-20s %10s %18s\n' go-web "$(megabytes demo-go-web)" "$(megabytes demo-slim-go)"
added demo-go-web whittle/demo-run:static
echo

log "an update of tzdata; newer run images with it; then pack rebase, without a build"
before=$(package demo-python-gmpy2 tzdata) before_go=$(package demo-go-web tzdata)
update tzdata
run_image base "$work/newer.sources"
run_image static "$work/newer.sources"
"$pack" rebase demo-python-gmpy2 --pull-policy never --no-color
"$pack" rebase demo-go-web --pull-policy never --no-color
for name in demo-python-gmpy2 demo-go-web; do
	after=$(package "$name" tzdata)
	[[ $after == *+update1 && $before$before_go != *+update1* ]] || die "$name has tzdata $after after the rebase, and had $before before"
	printf '    %s: tzdata %s -> %s\n' "$name" "$before" "$after"
done
answers
log "done"
