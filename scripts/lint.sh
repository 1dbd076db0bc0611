#!/usr/bin/env bash
# Format, go vet, staticcheck, and shellcheck where the machine has it. The tools
# are pinned in lint/go.mod. 'lint.sh format' rewrites what is badly formatted.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
tools=$cache/lint
key=$(digest "$root"/scripts/lint/go.{mod,sum} - < <("$go" version))
if [ "$(cat "$tools/key" 2>/dev/null)" != "$key" ]; then
	log "build staticcheck and gofumpt"
	(cd "$root/scripts/lint" && GOBIN=$tools "$go" install honnef.co/go/tools/cmd/staticcheck mvdan.cc/gofumpt)
	echo "$key" >"$tools/key"
fi
cd "$root"
mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.go' | while read -r f; do [ -e "$f" ] && echo "$f"; done)
if [ "${1:-}" = format ]; then exec "$tools/gofumpt" -w "${files[@]}"; fi

log "format"
bad=$([ ${#files[@]} = 0 ] || "$tools/gofumpt" -l "${files[@]}")
[ -z "$bad" ] || die "badly formatted: $(echo "$bad" | tr '\n' ' '). Run 'make format'."
log "vet"
"$go" vet ./...
log "staticcheck"
PATH="$(dirname "$go"):$PATH" "$tools/staticcheck" ./...
if have shellcheck; then
	log "shellcheck"
	shellcheck -x -P "$root/scripts" .ci/run scripts/*.sh scripts/{build-image,sizes}/*.sh
fi
