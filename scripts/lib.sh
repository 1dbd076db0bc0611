# What every script shares. Sourced, never run.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=$root/.cache
mkdir -p "$cache/bin"

# Progress goes to the error stream, so that a script can print its result.
log() { printf '==> %s\n' "$*" >&2; }

die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

# have NAME...: every command is on PATH.
have() { command -v "$@" >/dev/null 2>&1; }

# machine: this machine's architecture by the name that Debian and Go have for it.
machine() { uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/'; }

# digest FILE...: a short SHA-256 over the contents, the key of what is cached.
digest() { cat -- "$@" | sha256sum | cut -c1-16; }

# forget_volumes PREFIX: removes the daemon's volumes whose names begin so and that nothing uses, such as pack's caches.
forget_volumes() {
	docker volume ls -q --filter "name=^$1" | xargs -r docker volume rm >/dev/null || true
}

# The Debian release that images are made of: a folder of releases/. `make RELEASE=debian-12` sets it.
release=${WHITTLE_RELEASE:-debian-13}
[[ $release =~ ^[a-z]+-[0-9.]+$ && -e $root/releases/$release/chisel.yaml ]] ||
	die "there is no release '$release': releases/ has $(cd "$root/releases" && echo */). See docs/releases.md."

# said KEY: the first value of a key in the release's chisel.yaml: trixie for suites, 13 for version.
said() { sed -nE "s/^ *$1: *[\"[]?([a-z0-9.]+).*/\1/p" "$root/releases/$release/chisel.yaml" | head -n 1; }

# apt_install PACKAGE...: installs Debian packages on the host.
apt_install() {
	[ "$(id -u)" = 0 ] || die "cannot install $* without root. Run 'sudo apt-get install $*' and start again."
	have apt-get || die "cannot install $*: this machine has no apt-get. Install them by hand and start again."
	log "install $*"
	DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" >"$cache/apt.log" 2>&1 && return
	apt-get update -qq >"$cache/apt.log" 2>&1 &&
		DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" >>"$cache/apt.log" 2>&1 && return
	tail -n 5 "$cache/apt.log" >&2
	die "cannot install $*: apt-get failed, see above and $cache/apt.log. Check the network and the apt sources, then start again."
}
