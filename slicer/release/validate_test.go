package release

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// generated is a valid release of many packages, with the mix of globs that real releases have.
func generated(packages int) *Release {
	r := &Release{packages: map[string]*Package{}}
	for i := range packages {
		name := fmt.Sprintf("package%d", i)
		lib := fmt.Sprintf("/usr/lib/*-linux-*/lib%s.so.", name)
		p := &Package{Name: name, Slices: map[string]*Slice{}}
		for j := range 3 {
			s := &Slice{Package: name, Name: fmt.Sprintf("part%d", j), Essential: map[Key]Essential{}, Contents: map[string]PathInfo{
				fmt.Sprintf("%s%d*", lib, j):                             {Kind: Glob},
				fmt.Sprintf("/usr/bin/%s-%d", name, j):                   {},
				fmt.Sprintf("/usr/share/%s/part%d/**", name, j):          {Kind: Glob},
				fmt.Sprintf("/usr/lib/*-linux-*/%s/%d/**/*.so", name, j): {Kind: Glob},
				fmt.Sprintf("/etc/%s/%d.conf", name, j):                  {Kind: Text},
			}}
			if i > 0 {
				s.Essential[Key{fmt.Sprintf("package%d", i/2), "part0"}] = Essential{}
			}
			p.Slices[s.Name] = s
		}
		r.packages[name] = p
	}
	return r
}

func TestValidateGeneratedRelease(t *testing.T) {
	r := generated(50)
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	r.packages["package7"].Slices["part0"].Contents["/usr/**/part2/x"] = PathInfo{Kind: Glob}
	if err := r.Validate(); err == nil || strings.Count(err.Error(), "conflict on") < 49 {
		t.Errorf("a glob that crosses all packages is not refused: %v", err)
	}
}

// TestIntersectingIsExact holds the walk through the tree against comparing each pattern with each path.
func TestIntersectingIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{"a", "b", "ab", "*", "a*", "?b", "**", "a**", "", "*b"}
	var paths []string
	for range 400 {
		p := ""
		for range 1 + random.IntN(4) {
			p += "/" + parts[random.IntN(len(parts))]
		}
		paths = append(paths, p)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	tree := newSegment("")
	for _, p := range paths {
		tree.add(p)
	}
	tree.sort()
	for _, a := range paths {
		var want []string
		for _, b := range paths {
			if globsIntersect(a, b) {
				want = append(want, b)
			}
		}
		if diff := cmp.Diff(want, tree.intersecting(a)); diff != "" {
			t.Fatalf("%s: %s", a, diff)
		}
	}
}

func TestMatcher(t *testing.T) {
	s := &Slice{Package: "git", Name: "bins", Contents: map[string]PathInfo{
		"/usr/bin/git":            {},
		"/usr/bin/git-copy":       {Info: "/usr/bin/git"},
		"/usr/lib/git-core/**":    {Kind: Glob},
		"/usr/lib/git-core/git-*": {Kind: Glob, Until: "mutate"},
		"/usr/bin/armed":          {Arch: []string{"arm64"}},
		"/etc/git":                {Kind: Text, Info: "x"},
	}}
	m := s.Matcher("amd64")
	for member, want := range map[string][]string{
		"/usr/bin/git":              {"/usr/bin/git", "/usr/bin/git-copy"},
		"/usr/lib/git-core/":        {"/usr/lib/git-core/"},
		"/usr/lib/git-core/git-add": {"/usr/lib/git-core/git-add", "/usr/lib/git-core/git-add"},
		"/usr/bin/armed":            nil,
		"/etc/git":                  nil,
	} {
		var got []string
		for _, w := range m.Wants(member) {
			got = append(got, w.Path)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", member, diff)
		}
	}
	members := []string{"/usr/lib/git-core/x", "/usr/bin/armed"}
	want := []string{"/usr/bin/git", "/usr/lib/git-core/git-*"}
	if diff := cmp.Diff(want, m.Missing(slices.Values(members))); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefusesHugeFile(t *testing.T) {
	_, err := Read(fstest.MapFS{"chisel.yaml": {Data: make([]byte, maxFile+1)}})
	if err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkValidate700(b *testing.B) {
	r := generated(700)
	for b.Loop() {
		if err := r.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}
