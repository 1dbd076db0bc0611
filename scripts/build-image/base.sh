#!/usr/bin/env bash
# Writes the tar of the build image's first layer. Usage: base.sh LENT TAR SUITE LIST,
# where the directory LENT holds debian.sources and apt.conf, and LIST names the packages.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
packages=$(tr '\n' ',' <"$4")

# The hooks are run by mmdebstrap, with the new root as $1.
# shellcheck disable=SC2016
mmdebstrap --quiet --variant=apt --include="${packages%,}" \
	--dpkgopt="$here/dpkg.cfg" \
	--setup-hook='mkdir -p "$1/etc/apt/apt.conf.d" "$1/usr/share/man/man1"' \
	--setup-hook="install -m 0644 '$here/apt.cfg' \"\$1/etc/apt/apt.conf.d/whittle\"" \
	--aptopt="$1/apt.conf" \
	--customize-hook='rm -rf "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/* "$1"/etc/apt/apt.conf.d/99mmdebstrap' \
	--customize-hook="install -m 0644 '$1/debian.sources' \"\$1/etc/apt/sources.list.d/debian.sources\"" \
	--customize-hook='rm -rf "$1"/var/log/* "$1"/var/cache/ldconfig/aux-cache "$1"/usr/share/man/man1' \
	"$3" "$2" "$1/debian.sources"
