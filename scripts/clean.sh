#!/usr/bin/env bash
# Removes what the scripts made: bin, out, .cache, and with 'clean.sh images' the
# images in the daemon too. A dockerd that docker.sh started goes on running.
. "$(dirname "$0")/lib.sh"

if [ "${1:-}" = images ] && docker version >/dev/null 2>&1; then
	docker image ls --format '{{.Repository}}:{{.Tag}}' 'whittle/*' | xargs -r docker rmi --force >/dev/null
	docker image ls --format '{{.Repository}}:{{.Tag}}' 'demo-*' | { grep -E '^demo-(python-gmpy2|go-web|slim-python|slim-go):' || true; } | xargs -r docker rmi --force >/dev/null
	for name in demo-python-gmpy2 demo-go-web; do forget_volumes "pack-cache-library_$name"; done
	forget_volumes whittle-test- # of integration tests that were killed
fi
chmod -R u+w "$cache" # the module cache of a fetched toolchain is read-only
find "$cache" -mindepth 1 -maxdepth 1 ! -name 'dockerd.*' -exec rm -rf {} +
rm -rf "${root:?}/bin" "${root:?}/out"
