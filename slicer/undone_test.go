package slicer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestUndoneThatMatters says unasked what a program of the cut may miss, and nothing of services, owners, logs and what a condition
// decides over; but a condition on a helper that the cut itself left out hides nothing.
func TestUndoneThatMatters(t *testing.T) {
	text := txtar.Parse([]byte(`
-- names --
dictionary server quiet
-- deb/dictionary_1/DEBIAN/control --
Depends: dictionaries-common
-- deb/dictionary_1/usr/share/dict/words --
x
-- deb/dictionary_1/DEBIAN/postinst --
#!/bin/sh
if command -v update-dictionaries >/dev/null; then update-dictionaries --all; fi
-- deb/dictionaries-common_1/usr/sbin/update-dictionaries --
#!/bin/sh
-- deb/dash_1/usr/bin/sh --
elf exec
-- deb/server_1/usr/sbin/server --
elf exec
-- deb/server_1/DEBIAN/postinst --
#!/bin/sh
adduser --system server
server-compile --index /var/lib/server
touch /var/log/server.log
if grep -q x /etc/y; then build-something-else; fi
chown server /usr/sbin/server
update-rc.d server defaults
-- deb/quiet_1/usr/bin/quiet --
elf exec
-- deb/quiet_1/DEBIAN/postinst --
#!/bin/sh
chmod 0700 /usr/bin/quiet
if [ -n "$2" ]; then migrate; fi
`))
	s := newScenario(t, text, slicertest.NewKey("test", slicertest.KeyOptions{}))
	got, err := slicer.Select(t.Context(), s.want)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"dictionary postinst: update-dictionaries --all (perhaps): scripts are not run",
		"server postinst: adduser --system server: accounts are not made (and 1 more)",
	}
	if diff := cmp.Diff(want, manifest.UndoneLines(got.NotDone, false)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if all := manifest.UndoneLines(got.NotDone, true); len(all) != len(got.NotDone) || len(all) < 6 {
		t.Errorf("all: got %d lines of %d: %q", len(all), len(got.NotDone), all)
	}
}
