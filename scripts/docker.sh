#!/usr/bin/env bash
# Makes sure that a Docker daemon answers: uses the one that runs, else installs
# docker.io and starts dockerd. It runs until the machine stops, or until
# 'docker.sh stop'. WHITTLE_DOCKER_ROOT chooses where its images lie.
. "$(dirname "$0")/lib.sh"

data=${WHITTLE_DOCKER_ROOT:-/var/lib/docker}
socket=${DOCKER_HOST:-unix:///var/run/docker.sock}
pidfile=$cache/dockerd.pid
logfile=$cache/dockerd.log

if [ "${1:-}" = stop ]; then
	[ -s "$pidfile" ] || die "no dockerd of this script runs."
	log "stop dockerd $(cat "$pidfile")"
	kill "$(cat "$pidfile")"
	while [ -e "$pidfile" ] && kill -0 "$(cat "$pidfile" 2>/dev/null)" 2>/dev/null; do read -rt 0.2 <> <(:) || :; done
	exit
fi

answers() { timeout 10 docker version >/dev/null 2>&1; }

# What 'make test' takes at its peak, in GB, measured and rounded up: 3.3 from nothing, of which images and the layers that they
# are made of are 2.2; so much less where the build image is there.
from_nothing=4
with_images=2

# room DIRECTORY NEED
room() {
	local free
	free=$(df --output=avail --block-size=1M "$1" | tail -n 1)
	[ "$free" -ge $(($2 * 1024)) ] ||
		die "too little room for images: $((free / 1024)) GB are free in $1, and $2 GB are needed. Remove what Docker does not use ('docker system prune'), or set WHITTLE_DOCKER_ROOT to a directory with more."
}

# ready: ends this script, unless a daemon of this machine lacks room.
ready() {
	local root need=$from_nothing
	root=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null || true)
	if docker image inspect "whittle/build:$release" >/dev/null 2>&1; then need=$with_images; fi
	[ ! -d "$root" ] || room "$root" $need
	exit
}

if have docker; then
	code=0
	answers || code=$?
	[ $code != 0 ] || ready
	[ $code != 124 ] || die "something listens at $socket but does not answer within 10 s. Find it with 'pgrep -a dockerd' and stop it, or set DOCKER_HOST to a free unix:// path."
fi

case $socket in
unix://*) ;;
*) die "the Docker daemon at $socket does not answer. Start it, or unset DOCKER_HOST to use one on this machine." ;;
esac
if [ -S "${socket#unix://}" ] && timeout 10 docker version 2>&1 | grep -q 'permission denied'; then
	die "a Docker daemon runs, but this user may not use it. Add yourself to the group docker ('sudo usermod -aG docker $(id -un)', then log in again), or run this as root."
fi
[ "$(id -u)" = 0 ] || die "no Docker daemon answers at $socket, and starting one needs root. Start Docker ('sudo systemctl start docker'), or run this once with sudo: sudo $0"
{ have dockerd && have iptables && have docker; } || apt_install docker.io iptables
mkdir -p "$data"
room "$data" 1 # images may lie there already, which only the daemon knows

# Bridges have an MTU of 1500 unless told; behind a smaller one containers hang.
mtu=$(cat "/sys/class/net/$(awk '$2 == "00000000" { print $1; exit }' /proc/net/route)/mtu" 2>/dev/null || echo 1500)
run=${WHITTLE_DOCKER_RUN:-/var/run/docker}
log "start dockerd (images in $data)"
for try in 1 2 3; do
	# What a killed dockerd left behind: the PID file of a containerd that is gone makes the next one wait in vain.
	pgrep -f "containerd --config $run/containerd" >/dev/null || rm -f "$run/containerd/"*.pid "$run/containerd/"*.sock "$run/containerd/"*.sock.ttrpc
	setsid dockerd --host "$socket" --data-root "$data" --exec-root "$run" \
		--pidfile "$pidfile" --mtu "$mtu" --storage-driver overlay2 "$@" >"$logfile" 2>&1 </dev/null &
	started=$!
	for _ in $(seq 100); do
		if answers; then ready; fi
		kill -0 $started 2>/dev/null || break
		sleep 0.3
	done
	grep -q 'containerd to start\|is still running\|ensure docker is not running' "$logfile" || break
	log "another dockerd is still ending, or its containerd (attempt $try of 3)"
	sleep 3
done
tail -n 5 "$logfile" >&2
if grep -q 'address already in use\|ensure docker is not running\|is still running\|bind: ' "$logfile"; then
	die "cannot start Docker: $socket or its bridge network is taken by another daemon that does not answer. Stop that one ('pgrep -a dockerd'), or set DOCKER_HOST to a free unix:// path."
fi
die "cannot start Docker: dockerd did not answer within 30 s, see above and $logfile. In a container without privileges it can't run: use the Docker of the machine outside (mount its socket)."
