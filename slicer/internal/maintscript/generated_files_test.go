package maintscript

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/shell"
)

// TestCommandsThatMakeFilesAreUnderstood goes through the ways in which scripts make files; nil is what must not be
// guessed.
func TestCommandsThatMakeFilesAreUnderstood(t *testing.T) {
	for text, want := range map[string][]madeFile{
		"mkdir -p /var/lib/a /lib/b":              {{path: "var/lib/a", mode: "0755"}, {path: "usr/lib/b", mode: "0755"}},
		"mkdir -m 02770 /var/lib/a":               {{path: "var/lib/a", mode: "2770"}},
		"mkdir -pm700 /var/lib/a":                 nil,
		"install -d -m 0711 -o root -g root /srv": {{path: "srv", mode: "0711"}},
		"install -d --owner=www-data /srv":        nil,
		"install --mode 0600 /usr/share/a /etc/a": {{path: "etc/a", mode: "0600", from: "usr/share/a"}},
		"ln -sf ../a /etc/b":                      {{path: "etc/b", link: "../a"}},
		"ln /a /b":                                nil,
		"ln -sfr /a /b":                           nil,
		"cp -a /usr/share/a /etc/a":               {{path: "etc/a", from: "usr/share/a"}},
		"cp -r /usr/share/a /etc/a":               nil,
		"cp /usr/share/a /etc/":                   nil,
		"cp /usr/share/a /usr/share/b /etc":       nil,
		"cp a /etc/a":                             nil,
		"cp /usr/share/a ../etc/a":                nil,
		"ucf --three-way /usr/share/a /etc/a":     {{path: "etc/a", from: "usr/share/a"}},
		"ucf --purge /etc/a":                      nil,
		"mkdir /run/a":                            nil,
		"mkdir /var/run/../run/a":                 nil,
		"mkdir /":                                 nil,
		"mkdir $x":                                nil,
		"mkdir":                                   nil,
	} {
		commands, err := shell.Read(text, shell.Surroundings{})
		if err != nil || len(commands) != 1 {
			t.Fatalf("%s: %d commands, %v", text, len(commands), err)
		}
		got, ok := madeBy(commands[0])
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(madeFile{})); diff != "" || ok != (want != nil) {
			t.Errorf("%s: %v\n%s", text, ok, diff)
		}
	}
}
