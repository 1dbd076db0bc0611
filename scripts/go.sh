#!/usr/bin/env bash
# Prints the go command to use: the machine's, when it is 1.21 or newer (it gets
# the version that go.mod asks for by itself), else Debian's, else a toolchain
# that an older go fetches as a module. Other scripts: go=$(scripts/go.sh).
. "$(dirname "$0")/lib.sh"

want=$(awk '$1 == "go" { print $2 }' "$root/go.mod")
toolchain=golang.org/toolchain@v0.0.1-go$want.linux-$(machine)

# minor GO: the 21 of go1.21.3.
minor() { "$1" version 2>/dev/null | sed -nE 's/.*go1\.([0-9]+).*/\1/p'; }

# usable GO: it is at least 1.21, and gets at what go.mod asks for.
usable() { [ "$(minor "$1" || true)" -ge 21 ] 2>/dev/null && (cd "$root" && "$1" version >/dev/null 2>&1); }

for go in go /usr/local/go/bin/go /usr/lib/go/bin/go "$cache/toolchain/bin/go"; do
	usable "$go" && command -v "$go" && exit
done
have go || [ -x /usr/lib/go/bin/go ] || apt_install golang-go ca-certificates
old=$(command -v go || echo /usr/lib/go/bin/go)
usable "$old" && echo "$old" && exit

# Go before 1.21 does not know toolchains, but it knows modules.
log "fetch Go $want as a module (this machine's is 1.$(minor "$old"))"
tmp=$(mktemp -d)
trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
(cd "$tmp" && GOTOOLCHAIN=local GOFLAGS=-modcacherw GOPATH=$tmp "$old" mod download "$toolchain") ||
	die "cannot fetch Go $want from the module proxy with Go 1.$(minor "$old"). Check the network and GOPROXY, or install Go 1.21 or newer and put it on PATH."
rm -rf "$cache/toolchain"
mv "$tmp/pkg/mod/$toolchain" "$cache/toolchain"
chmod -R +x "$cache/toolchain/bin" "$cache/toolchain/pkg/tool"
echo "$cache/toolchain/bin/go"
