#!/usr/bin/env bash
# Builds the tool as bin/whittle, the same bytes from the same source.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
cd "$root"
CGO_ENABLED=0 "$go" build -trimpath -ldflags "-s -w" -o bin/whittle ./cmd/whittle
