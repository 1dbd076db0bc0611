#!/bin/bash
# Runs in the container of a layer above the packages: compiles Go's standard
# library as the buildpack compiles apps (build/golang), into a build cache that
# builds read. No app compiles it again, and no cache of a build has to keep it.
set -euo pipefail
export GOCACHE=/usr/share/whittle/go-build GOENV=off GOTOOLCHAIN=local CGO_ENABLED=0 HOME=/run
mkdir -p "$GOCACHE"
go build -trimpath std
rm -f "$GOCACHE/trim.txt" "$GOCACHE/README"
find "$GOCACHE" -type d -empty -delete
chmod -R a+rX,a-w "$GOCACHE"
du -sh "$GOCACHE"
