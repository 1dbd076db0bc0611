#!/bin/bash
# Runs in a container of the build image: unpacks packages of Debian whole, with the certificates as one file, and prints
# how many bytes their files have, each once, and how many the compressed tar. Usage: unpack.sh PACKAGE...
set -euo pipefail
cd /tmp
options=(-o APT::Sandbox::User=root)
[ ! -s /run/whittle/ca.crt ] || options+=(-o Acquire::https::CAInfo=/run/whittle/ca.crt)
apt-get "${options[@]}" update -qq >&2
apt-get "${options[@]}" download -qq "$@" >&2
mkdir -p tree/etc/ssl/certs
for deb in ./*.deb; do dpkg-deb -x "$deb" tree; done
cp /etc/ssl/certs/ca-certificates.crt tree/etc/ssl/certs/
find tree -type f -printf '%i %s\n' | sort -u | awk '{ n += $2 } END { print n }'
tar -C tree -c . | gzip -6 | wc -c
