package script

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	perlName  = regexp.MustCompile(`\b([A-Za-z_]\w*(?:::\w+)+)`)
	pyDist    = regexp.MustCompile(`["']([A-Za-z0-9][\w.-]*)(?:\s*[=<>~!]=?\s*[\w.]+)?["']`)
	pyLiteral = regexp.MustCompile(`["']([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?::[\w.]+)?["']`)
)

func groups(of *regexp.Regexp, text []byte) []string {
	var all []string
	for _, m := range of.FindAllSubmatch(text, -1) {
		all = append(all, string(m[1]))
	}
	return all
}

// FuzzScan holds the hand-written scanners against the expressions that they stand for.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		"", "A::B", "x A::B::C y", "1A::B::C", "A:::B", "A::", "::A", "A::B::", "a1_::2 b::c'd::e", "_::_", "é::B::C",
		`"a.b"`, `'a.b:c.d'`, `"a."`, `"a" "b"`, `"a':"b:c"`, `"a..b" "c:"d"`, "\"a\nb\"", `"1" "_x"`, `"`, `'x`, `"a:b`,
		`"a-b==1.2" 'c >= 3' "d=" "e<f'`, `"a ""b"`, "'a\n~=\t1'", `"a!!b"`, `"1a" "_b" "-c"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var names, literals, distributions []string
		quotedDistributions(text, func(n []byte) { distributions = append(distributions, string(n)) })
		if diff := cmp.Diff(groups(pyDist, text), distributions); diff != "" {
			t.Errorf("distributions of %q, -expression +scanner:\n%s", text, diff)
		}
		qualified(text, func(n []byte) { names = append(names, string(n)) })
		quotedNames(text, func(n []byte) { literals = append(literals, string(n)) })
		if diff := cmp.Diff(groups(perlName, text), names); diff != "" {
			t.Errorf("names of %q, -expression +scanner:\n%s", text, diff)
		}
		if diff := cmp.Diff(groups(pyLiteral, text), literals); diff != "" {
			t.Errorf("literals of %q, -expression +scanner:\n%s", text, diff)
		}
	})
}
