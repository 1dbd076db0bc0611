#!/usr/bin/env bash
# Prints apt sources (deb822) for the Debian release on the mirror that this machine uses.
# No address is written here: it comes from apt's own configuration, which apt
# itself reads (both formats), or from WHITTLE_DEBIAN_MIRROR and
# WHITTLE_DEBIAN_SECURITY_MIRROR.
. "$(dirname "$0")/lib.sh"

suite=$(said suites)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
debian='(bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)'

# addresses PATTERN: the addresses of the enabled entries whose suite matches.
addresses() {
	have apt-get || return 0
	# shellcheck disable=SC2016 # the dollars are apt's
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
		awk -v want="^$1\$" '$2 ~ want && $3 == "main" && !seen[$1]++ { print $1 }'
}

# serves ADDRESS SUITE: the address has the suite, signed by Debian. A third
# party that names its suites like Debian's does not pass.
serves() {
	/usr/lib/apt/apt-helper download-file "${1%/}/dists/$2/InRelease" "$tmp/InRelease" >/dev/null 2>&1 &&
		gpgv --quiet --keyring "$keyring" "$tmp/InRelease" 2>/dev/null
}

# choose VARIABLE SUITE PATTERN: what the variable says, or the first that serves the suite.
choose() {
	local address found why
	if [ -n "${!1:-}" ]; then
		printf '%s\n' "${!1}"
		return
	fi
	found=$(addresses "$3")
	for address in $found; do
		serves "$address" "$2" && printf '%s\n' "${address%/}" && return
	done
	why="this machine has no apt source for Debian"
	[ -z "$found" ] || why="could not get dists/$2/InRelease with Debian's signature from $(echo "$found" | tr '\n' ' ')"
	die "cannot find a Debian archive with $2: $why. Check the network, or set WHITTLE_DEBIAN_MIRROR and WHITTLE_DEBIAN_SECURITY_MIRROR to the addresses of a Debian mirror and its security archive."
}

[ -e "$keyring" ] || apt_install debian-archive-keyring
have gpgv || apt_install gpgv
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
main=$(choose WHITTLE_DEBIAN_MIRROR "$suite" "$debian(-updates)?")
security=$(choose WHITTLE_DEBIAN_SECURITY_MIRROR "$suite-security" "$debian(-security|/updates)")
case "$main$security" in *://*@*)
	die "cannot use an archive address with a password in it: it would be written into the image. Move the password to /etc/apt/auth.conf.d." ;;
esac
cat <<SOURCES
Types: deb
URIs: $main
Suites: $suite $suite-updates
Components: main
Signed-By: $keyring

Types: deb
URIs: $security
Suites: $suite-security
Components: main
Signed-By: $keyring
SOURCES
