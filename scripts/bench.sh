#!/usr/bin/env bash
# Runs the benchmarks of the product's module and keeps their output in out/bench.txt.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
cd "$root"
mkdir -p out
"$go" test -run '^$' -bench . -benchmem "${@:-./...}" | tee out/bench.txt
