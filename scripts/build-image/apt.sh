# shellcheck shell=bash
# Has apt use what the host lends.
{
	cat /run/whittle/apt.conf
	echo 'Dir::Etc::netrcparts "/run/whittle/auth.conf.d";'
	[ ! -s /run/whittle/ca.crt ] || echo 'Acquire::https::CAInfo "/run/whittle/ca.crt";'
} >/run/apt.conf
export APT_CONFIG=/run/apt.conf DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
