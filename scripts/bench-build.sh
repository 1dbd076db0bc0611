#!/usr/bin/env bash
# Builds every sample with pack three times: without caches, unchanged and without a network, and with one line changed.
# Prints a Markdown table, a row a sample, as docs/benchmarks.md has it: how long the whole of pack build took and its build phase, for
# how long of that whittle alone was at work (neither a language's tools nor downloads), how much processor time whittle itself
# took, and which share of the whole each is. What was written anew goes to stderr. BENCH_BUILDER names another builder than the release's.
# Usage: bench-build.sh [SAMPLE...]
. "$(dirname "$0")/lib.sh"

builder=${BENCH_BUILDER:-whittle/builder:$release}
docker image inspect "$builder" >/dev/null 2>&1 || die "cannot find the builder $builder. Run 'make builder' first."
work=$(mktemp -d)
trap 'rm -rf "$work"; docker rmi -f whittle-bench >/dev/null 2>&1 || true; forget_volumes pack-cache-library_whittle-bench_' EXIT
export PACK_VOLUME_KEY=whittle-bench
mkdir -p "$work/bindings/ca"
printf ca-certificates >"$work/bindings/ca/type"
cp /etc/ssl/certs/ca-certificates.crt "$work/bindings/ca/"

gems=$("$root/scripts/gems.sh") # in place of the registry of gems

# build CASE PACK-ARGUMENT...: builds the app in $work/app. Sets all and phase, the seconds of the whole and of the build phase, own,
# those of the phase in which whittle alone was at work, and cpu, the seconds of processor time of whittle itself.
build() {
	local case=$1 begun=$EPOCHREALTIME log=$work/log
	"$cache/bin/pack" build whittle-bench --path "$work/app" --builder "$builder" --trust-builder --pull-policy never --no-color \
		--volume "$work/bindings:/platform/bindings:ro" --volume "$gems:/gems:ro" --env BUNDLE_MIRROR__ALL=file:///gems "${@:2}" >"$log" 2>&1 || die "cannot build $name: $(tail -n 20 "$log")"
	all=$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
	read -r phase own cpu < <(awk '/^Done in / { print $3, $7, $9 }' "$log")
	awk -v name="$name" -v case="$case" '
		/^Adding layer .whittle\// { split($3, p, "[:\047]"); written = written " " p[3] }
		/^Reusing layer .whittle\// { reused++ }
		/^Reusing cache layer / { same[$4] = 1 }
		/^Adding cache layer .whittle\// && !same[$4] { split($4, p, "[:\047]"); saved = saved " " p[3] }
		END {
			printf "%s, %s: %d layers reused", name, case, reused
			printf "%s%s\n", written ? ", new:" written : "", saved ? "; caches saved:" saved : ""
		}' "$log" >&2
}

# row NUMBER...: prints the numbers of a sample.
row() {
	awk -v name="$name" 'BEGIN {
		printf "| %s | %.1f s | %.1f s | %.1f s | %.1f %% | %.1f s | %.1f %% | %.1f s | %.1f s | %.1f s | %.1f s |\n", name,
			ARGV[1], ARGV[2], ARGV[3], 100 * ARGV[3] / ARGV[1], ARGV[4], 100 * ARGV[4] / ARGV[1], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
	}' "$@"
}

# change adds a line to a source of the app; an app without sources gets a file.
change() {
	local file
	for file in main.go app.py server.c src/server.ts src/main/java/web/Main.java config.ru public/index.php src/main.rs; do
		[ -e "$work/app/$file" ] || continue
		case $file in *.py | *.ru) echo '# changed' ;; *) echo '// changed' ;; esac >>"$work/app/$file"
		return
	done
	echo changed >"$work/app/changed.txt"
}

echo '| sample | cold: whole | build phase | whittle alone | of the whole | its processor time | of the whole | unchanged: whole | processor time | one line: whole | processor time |'
echo '|---|---|---|---|---|---|---|---|---|---|---|'
samples=("$@")
[ $# -gt 0 ] || mapfile -t samples < <(ls "$root/samples")
for name in "${samples[@]}"; do
	sample=$root/samples/$name
	chmod -R a+rX "$work"
	rm -rf "$work/app"
	cp -r "$sample" "$work/app"
	build cold --clear-cache --network host
	numbers=("$all" "$phase" "$own" "$cpu")
	build unchanged --network none
	numbers+=("$all" "$cpu")
	change
	build one-line --network none
	row "${numbers[@]}" "$all" "$cpu"
	docker rmi -f whittle-bench >/dev/null
done
