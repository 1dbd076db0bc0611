#!/usr/bin/env bash
# Starts an OCI registry for tests on a free port of 127.0.0.1 and prints its
# address; blobs lie in DIR, manifests in its memory. The same DIR gives the
# registry that runs already.
# Usage: registry.sh start DIR | registry.sh stop DIR
. "$(dirname "$0")/lib.sh"

[ $# = 2 ] || die "usage: registry.sh start DIR | registry.sh stop DIR"
mkdir -p "$2/blobs"
dir=$(cd "$2" && pwd)

running() { [ -s "$dir/pid" ] && grep -qz crane "/proc/$(cat "$dir/pid")/cmdline" 2>/dev/null; }

case $1 in
start)
	if running; then
		cat "$dir/address"
		exit
	fi
	[ -x "$cache/bin/crane" ] || "$root/scripts/tools.sh"
	rm -rf "$dir/blobs" "$dir/log" # without their manifests blobs are of no use
	mkdir -p "$dir/blobs"
	setsid "$cache/bin/crane" registry serve --address 127.0.0.1:0 --disk "$dir/blobs" >"$dir/log" 2>&1 </dev/null &
	echo $! >"$dir/pid"
	for _ in $(seq 50); do
		port=$(sed -n 's/.*serving on port //p' "$dir/log" 2>/dev/null)
		[ -n "$port" ] && echo "127.0.0.1:$port" | tee "$dir/address" && exit
		kill -0 "$(cat "$dir/pid")" 2>/dev/null || break
		sleep 0.1
	done
	cat "$dir/log" >&2
	die "cannot start a registry: see above and $dir/log."
	;;
stop)
	if running; then kill "$(cat "$dir/pid")"; fi
	rm -rf "$dir/pid" "$dir/address" "$dir/blobs" "$dir/log"
	;;
*) die "unknown command $1. Usage: registry.sh start DIR | registry.sh stop DIR" ;;
esac
