#!/bin/bash
# Runs in the container of a layer above the packages: writes npm's configuration of the
# machine, which names the registry that npm itself asks by default. The address
# is that of Debian's own npm package; the package is not installed.
set -euo pipefail
# shellcheck source=scripts/build-image/apt.sh
. /run/whittle/apt.sh
file=usr/share/nodejs/npm/lib/utils/config/definitions.js
cd /tmp
apt-get update -qq
apt-get download -qq npm
registry=$(dpkg-deb --fsys-tarfile npm_*.deb | tar -xO "./$file" | sed -n "/^define('registry'/,/^})/s/^  default: ['\"]\(.*\)['\"],\$/\1/p")
case $registry in http*) ;; *) echo "Debian's npm package does not tell npm's default registry" >&2 && exit 1 ;; esac
echo "registry=$registry" >/etc/npmrc
rm -rf /var/lib/apt/lists/* npm_*.deb
