#!/usr/bin/env bash
# The tests against a real daemon, pack, lifecycle and registry. Arguments go to
# 'go test', for example -run TestPython.
. "$(dirname "$0")/lib.sh"

go=$("$root/scripts/go.sh")
"$root/scripts/docker.sh"
"$root/scripts/syft.sh" # the scanner that the images are shown to
"$root/scripts/kpack.sh"
# What is cut for arm64 runs under this; without it those tests are skipped.
have qemu-aarch64-static || have qemu-aarch64 || (apt_install qemu-user-static) || true
registry=$(mktemp -d)
WHITTLE_REGISTRY=$("$root/scripts/registry.sh" start "$registry")
# A program that is killed leaves its temporary files, and tests that time out their containers' volumes. Another run's are its own.
tmp=$(mktemp -d)
chmod 0755 "$tmp"
volumes=whittle-test-$$-
trap '"$root/scripts/registry.sh" stop "$registry"; find "$tmp" -xdev -type d ! -perm -u+w -exec chmod u+w {} +; rm -rf --one-file-system "$registry" "$tmp"; forget_volumes "$volumes"' EXIT
export WHITTLE_REGISTRY WHITTLE_TEST_VOLUMES=$volumes TMPDIR=$tmp PATH="$cache/bin:$root/bin:$PATH"
cd "$root"
log "integration tests (registry $WHITTLE_REGISTRY)"
export WHITTLE_PLATFORMS=$tmp/platforms.txt # where the table of platforms is written
"$go" test -count=1 -timeout 60m -tags integration ./integration/... ./internal/compiled "$@"
[ ! -e "$WHITTLE_PLATFORMS" ] || cat "$WHITTLE_PLATFORMS"
