#!/usr/bin/env bash
# Builds kpack/, which answers for a cluster with kpack, into .cache/bin/kpack:
# its Kubernetes libraries are large, so only the integration tests call this.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
cd "$root/scripts/kpack"
key=$(digest go.mod go.sum ./*.go "$root/scripts/kpack.sh")
[ "$(cat "$cache/kpack.key" 2>/dev/null)" != "$key" ] || exit 0
log "build what kpack says of manifests (some 2 minutes on 2 cores, once)"
CGO_ENABLED=0 "$go" build -trimpath -ldflags '-s -w' -o "$cache/bin/kpack" .
echo "$key" >"$cache/kpack.key"
