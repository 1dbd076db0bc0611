#!/bin/bash
# Runs in the container of a layer above the packages: npm's configuration, and what the program node fetches by it, where that is lent.
# It is stripped here, by the program that builds strip with, so that an image's layer has the same bytes whoever did it.
set -euo pipefail
bash /run/whittle/npmrc.sh
[ -x /run/whittle/node ] || exit 0
# shellcheck source=/dev/null
. /run/whittle/proxies.sh
export SSL_CERT_DIR=/etc/ssl/certs SSL_CERT_FILE=/run/whittle/ca.crt
[ -s $SSL_CERT_FILE ] || unset SSL_CERT_FILE
/run/whittle/node || {
	rm -rf /usr/share/whittle/npm
	echo "warning: the build image has no Node.js, see above: each build downloads it. WHITTLE_REFRESH=1 tries again." >&2
}
