package release

import (
	"testing"
)

func FuzzReadDefinition(f *testing.F) {
	f.Add("v3", "package: git\nslices:\n  bins:\n    essential: {libc6_libs: {arch: amd64}}\n    contents:\n      /usr/bin/git: {mutable: true}\n")
	f.Add("v1", "package: git\nessential: [git_copyright]\nslices:\n  all: &a\n    contents: {/x/: {make: true, mode: 01777}, /y*: }\n  bis: {<<: *a}\n")
	f.Add("v2", "package: git\nslices:\n  all:\n    v3-essential: {a-b_ccc: {arch: [amd64, arm64]}}\n    mutate: |\n      content.read('/x')\n")
	f.Fuzz(func(t *testing.T, format, text string) {
		r := &Release{Format: format, packages: map[string]*Package{}}
		p, err := r.readDefinition("slices/git.yaml", []byte(text))
		if err != nil {
			return
		}
		r.packages[p.Name] = p
		if r.Validate() != nil {
			return
		}
		for _, s := range p.Slices {
			if _, err := r.Select([]Key{s.Key()}, "amd64"); err != nil && len(s.Contents) == 0 {
				t.Errorf("%s is valid, but can't be selected: %v", s, err)
			}
		}
	})
}

// FuzzReadConfig reads anything as chisel.yaml: what is accepted has archives, each with keys and a priority.
func FuzzReadConfig(f *testing.F) {
	f.Add("format: v1\nmaintenance: {standard: 2025-01-01, end-of-life: 2030-01-01}\narchives:\n  debian: {version: 13, suites: [trixie], components: [main], public-keys: [k], default: true}\n" +
		"public-keys: {k: {id: 0123456789ABCDEF, armor: |\n  -----BEGIN PGP PUBLIC KEY BLOCK-----\n  }}\n")
	f.Add("format: v3\narchives: {a: {priority: 10}, b: {priority: -10, pro: fips}}\n")
	f.Add("format: v2\nv2-archives: &a {<<: *a}\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := &Release{packages: map[string]*Package{}}
		if r.readConfig([]byte(text)) != nil {
			return
		}
		if r.Format == "" {
			t.Error("it has no format")
		}
		for name, a := range r.Archives {
			if name == "" || a == nil {
				t.Errorf("archive %q is %v", name, a)
			}
		}
	})
}
