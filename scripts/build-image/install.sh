#!/bin/bash
# Runs in the container of one layer: installs the named packages. What the host
# lends (proxies, certificates, passwords) lies in /run/whittle, and is gone with
# the container.
set -euo pipefail
# shellcheck source=scripts/build-image/apt.sh
. /run/whittle/apt.sh
mkdir -p /usr/share/man/man1 # the postinst of openjdk wants it
apt-get update -qq
apt-get install -qq "$@" >/run/apt.log 2>&1 || { tail -n 20 /run/apt.log >&2; exit 1; }
rm -rf /usr/share/man/man1 /var/log/* /var/cache/ldconfig/aux-cache /var/cache/debconf/*-old /var/lib/dpkg/*-old
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
