package release

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type memory map[string]string

func (m memory) Read(p string) ([]byte, error) {
	if text, ok := m[p]; ok {
		return []byte(text), nil
	}
	return nil, fmt.Errorf("cannot read %s: no such file", p)
}

func (m memory) Write(p string, data []byte) error { m[p] = string(data); return nil }

func (m memory) List(dir string) ([]string, error) {
	var names []string
	for _, p := range slices.Sorted(maps.Keys(m)) {
		if rest, ok := strings.CutPrefix(p, strings.TrimSuffix(dir, "/")+"/"); ok {
			name, _, below := strings.Cut(rest, "/")
			if below {
				name += "/"
			}
			names = append(names, name)
		}
	}
	return slices.Compact(names), nil
}

func TestMutate(t *testing.T) {
	for _, test := range []struct {
		name, script, want, err string
	}{
		{name: "bundle", script: `
text = ""
for name in content.list("/usr/share/certs"):
    if name.endswith("/"):
        continue
    text = text + content.read("/usr/share/certs/" + name)
content.write("/etc/ssl/bundle.crt", text)
`, want: "AB"},
		{name: "parents of selected paths can be listed", script: `content.write("/etc/ssl/bundle.crt", ",".join(content.list("/usr/share/")))`, want: "certs/,doc/"},
		{name: "an unclean path is cleaned", script: `content.write("/etc//ssl/./bundle.crt", content.read("/usr/share/doc/../certs//a.crt"))`, want: "A"},
		{name: "the error of a read has the script's line", script: "x = 1\ncontent.read(\"/none\")", err: "line 2: cannot read /none: no such file"},
		{name: "no relative path", script: `content.read("usr/share/certs/a.crt")`, err: "it is not absolute"},
		{name: "no load", script: `load("x.star", "y")`, err: "load not implemented"},
		{name: "no while", script: "while True:\n  pass", err: "does not support while loops"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := memory{
				"/etc/ssl/bundle.crt": "", "/usr/share/certs/a.crt": "A", "/usr/share/certs/b.crt": "B",
				"/usr/share/certs/more/c.crt": "C", "/usr/share/doc/x": "X",
			}
			err := Mutate(t.Context(), "certs_data", test.script, files)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("want an error with %q, got %v", test.err, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, files["/etc/ssl/bundle.crt"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}
