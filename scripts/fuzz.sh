#!/usr/bin/env bash
# Runs each fuzz target for a while: scripts/fuzz.sh [SECONDS [PATTERN]]. What a target finds is kept below testdata/fuzz
# of its package, and becomes a test when it is committed.
. "$(dirname "$0")/lib.sh"

seconds=${1:-20}
pattern=${2:-.}
go=$("$root/scripts/go.sh")
cd "$root"
failed=()
while IFS=: read -r file target; do
	name=${target#func }
	[[ $name =~ $pattern ]] || continue
	log "$name ($(dirname "$file"), $seconds s)"
	"$go" test "./$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "${seconds}s" -fuzzminimizetime 10x || failed+=("$name")
done < <(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9]+' . | sed 's|^\./||' | sort)
[ ${#failed[@]} = 0 ] || die "these found something: ${failed[*]}"
