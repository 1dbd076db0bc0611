#!/usr/bin/env bash
# Builds every sample with pack three times: without caches, unchanged and without a network, and with one line changed.
# Prints how long the build phase took, how much of that was whittle itself (neither a language's tools nor downloads), in
# time and in processor time with its share of the phase, and what was written anew. BENCH_BUILDER names another builder than the release's.
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

# build CASE PACK-ARGUMENT...: builds the app in $work/app, and prints a line.
build() {
	local case=$1 begun=$EPOCHREALTIME log=$work/log
	"$cache/bin/pack" build whittle-bench --path "$work/app" --builder "$builder" --trust-builder --pull-policy never --no-color \
		--volume "$work/bindings:/platform/bindings:ro" --volume "$gems:/gems:ro" --env BUNDLE_MIRROR__ALL=file:///gems "${@:2}" >"$log" 2>&1 || die "cannot build $name: $(tail -n 20 "$log")"
	awk -v name="$name" -v case="$case" -v all="$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')" '
		/^Done in / { total = $3; own = $7; cpu = $9 }
		/^Adding layer .whittle\// { split($3, p, "[:\047]"); written = written " " p[3] }
		/^Reusing layer .whittle\// { reused++ }
		/^Reusing cache layer / { same[$4] = 1 }
		/^Adding cache layer .whittle\// && !same[$4] { split($4, p, "[:\047]"); saved = saved " " p[3] }
		END {
			printf "%-14s %-10s %7.1f s   %7.1f s   %6.1f s %6.1f s %5.1f %%   %d reused", name, case, all, total, own, cpu, total ? 100 * cpu / total : 0, reused
			printf "%s%s\n", written ? ", new:" written : "", saved ? "; caches saved:" saved : ""
		}' "$log"
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

printf '%-14s %-10s %9s   %9s   %8s %8s %7s   %s\n' app build all phase whittle 'its CPU' share layers
samples=("$@")
[ $# -gt 0 ] || mapfile -t samples < <(ls "$root/samples")
for name in "${samples[@]}"; do
	sample=$root/samples/$name
	chmod -R a+rX "$work"
	rm -rf "$work/app"
	cp -r "$sample" "$work/app"
	build cold --clear-cache --network host
	build unchanged --network none
	change
	build one-line --network none
	docker rmi -f whittle-bench >/dev/null
done
