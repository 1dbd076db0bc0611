#!/usr/bin/env bash
# Takes the profile that Go's compiler optimises whittle by, cmd/whittle/default.pgo,
# from cold cuts of the packages that bench.sh measures. It is worth doing anew when
# the decoder of xz or the Go release changes.
. "$(dirname "$0")/lib.sh"

"$root/scripts/build.sh"
go=$("$root/scripts/go.sh")
cd "$root"
mkdir -p out/bench
sources=${BENCH_SOURCES:-out/bench/debian.sources}
[ -n "${BENCH_SOURCES:-}" ] || scripts/debian-sources.sh >"$sources"
"$go" run -trimpath ./scripts/bench -whittle bin/whittle -sources "$sources" -work out/bench -profile cmd/whittle/default.pgo
