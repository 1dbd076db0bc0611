#!/bin/bash
# Runs in the container of one layer: installs the named packages. What the host
# lends (proxies, certificates, passwords) lies in /run/whittle, and is gone with
# the container. NAME/SUITE is a package of another suite of the archive, such as
# backports, which counts for this layer alone.
set -euo pipefail
# shellcheck source=scripts/build-image/apt.sh
. /run/whittle/apt.sh
mkdir -p /usr/share/man/man1 # the postinst of openjdk wants it
sources=/etc/apt/sources.list.d
for suite in $(printf '%s\n' "$@" | sed -n 's|.*/||p' | sort -u); do
	sed "/^\$/,\$d; s|^Suites: .*|Suites: $suite|" $sources/debian.sources >"$sources/$suite.sources"
done
apt-get update -qq
apt-get install -qq "$@" >/run/apt.log 2>&1 || { tail -n 20 /run/apt.log >&2; exit 1; }
rm -rf /usr/share/man/man1 /var/log/* /var/cache/ldconfig/aux-cache /var/cache/debconf/*-old /var/lib/dpkg/*-old
find $sources -type f ! -name debian.sources -delete
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
