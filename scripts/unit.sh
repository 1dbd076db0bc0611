#!/usr/bin/env bash
# The tests that need nothing but Go, in the product's module.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
cd "$root"
mapfile -t packages < <("$go" list ./... | grep -v '/integration\b')
log "unit tests"
"$go" test "${packages[@]}" "$@"
