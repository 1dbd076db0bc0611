package deb_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/deb"
)

func TestParseDependencies(t *testing.T) {
	for text, want := range map[string][]deb.Dependency{
		"":        nil,
		" , ,":    nil,
		"libc6":   {{{Name: "libc6"}}},
		"a, b,":   {{{Name: "a"}}, {{Name: "b"}}},
		"a\n, b":  {{{Name: "a"}}, {{Name: "b"}}},
		"a | b|c": {{{Name: "a"}, {Name: "b"}, {Name: "c"}}},
		"libc6 (>= 2.14), libgmp10 (<<2:7)": {
			{{Name: "libc6", Op: ">=", Version: "2.14"}},
			{{Name: "libgmp10", Op: "<<", Version: "2:7"}},
		},
		"a(=1)":                    {{{Name: "a", Op: "=", Version: "1"}}},
		"a (<= 1)":                 {{{Name: "a", Op: "<=", Version: "1"}}},
		"a (>> 1)":                 {{{Name: "a", Op: ">>", Version: "1"}}},
		"a (< 1), b (> 1)":         {{{Name: "a", Op: "<=", Version: "1"}}, {{Name: "b", Op: ">=", Version: "1"}}},
		"python3:any (>= 3.13~)":   {{{Name: "python3", Qualifier: "any", Op: ">=", Version: "3.13~"}}},
		"perl:native":              {{{Name: "perl", Qualifier: "native"}}},
		"a [amd64 !i386]":          {{{Name: "a", Arches: []string{"amd64", "!i386"}}}},
		"a:any ( >= 1 ) [amd64]|b": {{{Name: "a", Qualifier: "any", Op: ">=", Version: "1", Arches: []string{"amd64"}}, {Name: "b"}}},
		"libstdc++6, g++-12, a.b":  {{{Name: "libstdc++6"}}, {{Name: "g++-12"}}, {{Name: "a.b"}}},
	} {
		got, err := deb.ParseDependencies(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseDependenciesRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"a |":                  "no package name",
		"| a":                  "no package name",
		"a || b":               "no package name",
		"(>= 1)":               "no package name",
		"a (>= 1":              "no closing parenthesis",
		"a (1)":                `bad operator ""`,
		"a (== 1)":             `bad operator "=="`,
		"a (=> 1)":             `bad operator "=>"`,
		"a (>=)":               "no upstream version",
		"a (= ${x})":           `character '$'`,
		"a b":                  `cannot understand "b"`,
		"a (= 1) b":            `cannot understand "b"`,
		"a <!nocheck>":         `cannot understand "<!nocheck>"`,
		"a []":                 "bad list of architectures",
		"a [amd64":             "bad list of architectures",
		"a:":                   "nothing behind the colon",
		"../a":                 `bad package name "../a"`,
		"-a":                   `bad package name "-a"`,
		"ok, x (>= 2), a (!1)": `cannot parse relation "a (!1)"`,
	} {
		got, err := deb.ParseDependencies(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v and error %v, want %q", text, got, err, want)
		}
	}
}

func TestAcceptsVersion(t *testing.T) {
	const older, same, newer = "1.0~rc1", "0:1.0", "1.0+deb13u1"
	for op, want := range map[string][3]bool{
		"":   {true, true, true},
		"<<": {true, false, false},
		"<=": {true, true, false},
		"=":  {false, true, false},
		">=": {false, true, true},
		">>": {false, false, true},
		"!!": {false, false, false},
	} {
		r := deb.Relation{Name: "a", Op: op, Version: "1.0"}
		got := [3]bool{r.AcceptsVersion(older), r.AcceptsVersion(same), r.AcceptsVersion(newer)}
		if got != want {
			t.Errorf("%q 1.0: got %v, want %v for older, same, newer", op, got, want)
		}
	}
}
