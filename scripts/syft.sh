#!/usr/bin/env bash
# Builds the pinned syft of syft/go.mod into .cache/bin/syft: large, so only the
# tests that ask for it call this.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
cd "$root/scripts/syft"
key=$(digest go.mod go.sum "$root/scripts/syft.sh")
[ "$(cat "$cache/syft.key" 2>/dev/null)" != "$key" ] || exit 0
log "build syft (some 4 minutes on 2 cores, once)"
CGO_ENABLED=0 "$go" build -trimpath -ldflags '-s -w' -o "$cache/bin/syft" github.com/anchore/syft/cmd/syft
echo "$key" >"$cache/syft.key"
