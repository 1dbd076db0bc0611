#!/usr/bin/env bash
# Runs whittle beside dpkg-deb, xz, zstd and cp on the same packages, then the Go
# benchmarks, and keeps what they print in out/bench.txt; the plots are out/bench.svg and out/growth.svg.
# BENCH_ROUNDS says how often each case is run, BENCH_SOURCES names other apt sources.
. "$(dirname "$0")/lib.sh"

"$root/scripts/build.sh"
go=$("$root/scripts/go.sh")
cd "$root"
mkdir -p out/bench
have xz zstd dpkg-deb ar || apt_install xz-utils zstd dpkg binutils
sources=${BENCH_SOURCES:-out/bench/debian.sources}
[ -n "${BENCH_SOURCES:-}" ] || scripts/debian-sources.sh >"$sources"
{
	date -u +'# %Y-%m-%d %H:%M UTC'
	echo "# $(nproc) processors, load $(cut -d' ' -f1-3 /proc/loadavg) when it began"
	"$go" run ./scripts/bench -whittle bin/whittle -sources "$sources" -work out/bench -rounds "${BENCH_ROUNDS:-5}" -svg out/bench.svg -growth out/growth.svg
	echo "# Go benchmarks"
	"$go" test -run '^$' -bench . -benchmem ./slicer ./slicer/release ./internal/{deb,archive,closure} | grep -E '^(Benchmark|pkg:)'
	if docker image inspect "whittle/builder:$release" >/dev/null 2>&1; then
		echo "# Builds of the samples"
		scripts/bench-build.sh
	fi
} | tee out/bench.txt
