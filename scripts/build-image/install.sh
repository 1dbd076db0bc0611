#!/bin/bash
# Runs in the container of one layer: installs the named packages. What the host
# lends (proxies, certificates, passwords) lies in /run/whittle, and is gone with
# the container.
set -euo pipefail
{
	cat /run/whittle/apt.conf
	echo 'Dir::Etc::netrcparts "/run/whittle/auth.conf.d";'
	[ ! -s /run/whittle/ca.crt ] || echo 'Acquire::https::CAInfo "/run/whittle/ca.crt";'
} >/run/apt.conf
export APT_CONFIG=/run/apt.conf DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
mkdir -p /usr/share/man/man1 # the postinst of openjdk wants it
apt-get update -qq
apt-get install -qq "$@" >/run/apt.log 2>&1 || { tail -n 20 /run/apt.log >&2; exit 1; }
rm -rf /usr/share/man/man1 /var/log/* /var/cache/ldconfig/aux-cache /var/cache/debconf/*-old /var/lib/dpkg/*-old
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
