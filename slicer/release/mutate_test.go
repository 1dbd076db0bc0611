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
	slice := &Slice{Package: "certs", Name: "data", Contents: map[string]PathInfo{
		"/etc/ssl/bundle.crt":    {Kind: Text, Mutable: true},
		"/etc/ssl/fixed.crt":     {Kind: Text},
		"/usr/share/certs/**":    {Kind: Glob},
		"/usr/share/arm/one.crt": {Kind: Copy, Arch: []string{"arm64"}},
	}}
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
		{name: "no reading past the selection", script: `content.read("/usr/share/doc/x")`, err: "cannot read /usr/share/doc/x: no selected slice has it"},
		{name: "no reading of another architecture's paths", script: `content.read("/usr/share/arm/one.crt")`, err: "no selected slice has it"},
		{name: "no writing of what is not mutable", script: `content.write("/etc/ssl/fixed.crt", "")`, err: "line 1: cannot write /etc/ssl/fixed.crt: it is not mutable"},
		{name: "no unclean path", script: `content.read("/usr/share/certs/../doc/x")`, err: "not absolute and clean"},
		{name: "no load", script: `load("x.star", "y")`, err: "load not implemented"},
		{name: "no while", script: "while True:\n  pass", err: "does not support while loops"},
		{name: "no endless work", script: "for i in range(1000000000):\n  x = i", err: "too many steps"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := memory{
				"/etc/ssl/bundle.crt": "", "/etc/ssl/fixed.crt": "", "/usr/share/certs/a.crt": "A", "/usr/share/certs/b.crt": "B",
				"/usr/share/certs/more/c.crt": "C", "/usr/share/doc/x": "secret",
			}
			err := Mutate("certs_data", test.script, Guard(files, []*Slice{slice}, "amd64"))
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
