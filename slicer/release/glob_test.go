package release

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		pattern, path string
		want          bool
	}{
		{"/d/*", "/d/f", true},
		{"/d/*", "/d/e/", false},
		{"/d/*/", "/d/e/", true},
		{"/d/*/", "/d/f", false},
		{"/d/**", "/d/", true},
		{"/d/**", "/d/a/b/c", true},
		{"/d/**", "/dx", false},
		{"/d**", "/dx/y", true},
		{"/d**", "/d", true},
		{"/d?f", "/d/f", false},
		{"/d?f", "/déf", true},
		{"/**/x*.so", "/a/b/xc.so", true},
		{"/**/x*.so", "/a/x/c.so", false},
		{"/a*/**.b", "/aa/c/d.b", true},
		{"/*a*b*", "/xaaxb", true},
		{"/***c", "/a/b/c", true},
		{"/[a]", "/a", false},
		{"/a", "/a/", false},
		{"", "", true},
		{"/x?", "/x\xff", true},
		{"/x\xff", "/x\xfe", false},
		{"**b/*", "a/b/b/c", true},
	} {
		if got := Match(test.pattern, test.path); got != test.want {
			t.Errorf("Match(%q, %q) = %v", test.pattern, test.path, got)
		}
	}
}

func globsIntersect(a, b string) bool { return intersects(compile(a), compile(b)) }

func TestIntersects(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"/a/*", "/a/b", true},
		{"/a/*", "/a/b/", false},
		{"/a/*b", "/a/c*", true},
		{"/a/*b", "/a/*c", false},
		{"/**/b", "/a/**", true},
		{"/a/*/c", "/a/**", true},
		{"/a?", "/a/", false},
		{"/a/**", "/b/**", false},
		{"/a/**", "/a**", true},
		{"/usr/lib/*-linux-*/libc.so*", "/usr/lib/x86_64-linux-gnu/libc.so.6", true},
		{"/é*", "/?x", true},
		{"/*/x", "/**y", false},
		{"*a", "a*", true},
		{"/\xff*", "/\xfe*", false},
	} {
		if got := globsIntersect(test.a, test.b); got != test.want {
			t.Errorf("Intersects(%q, %q) = %v", test.a, test.b, got)
		}
		if got := globsIntersect(test.b, test.a); got != test.want {
			t.Errorf("Intersects(%q, %q) = %v", test.b, test.a, got)
		}
	}
}

func asRegexp(pattern string) string {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for pattern != "" {
		n := 1
		switch {
		case strings.HasPrefix(pattern, "**"):
			b.WriteString(`.*`)
			n = 2
		case pattern[0] == '*':
			b.WriteString(`[^/]*`)
		case pattern[0] == '?':
			b.WriteString(`[^/]`)
		default:
			_, n = utf8.DecodeRuneInString(pattern)
			b.WriteString(regexp.QuoteMeta(pattern[:n]))
		}
		pattern = pattern[n:]
	}
	return b.String() + `\z`
}

func FuzzMatch(f *testing.F) {
	f.Add("/usr/**/lib*.so", "/usr/lib/x/libc.so")
	f.Add("/a/*b?/***", "/a/xbé/y/z")
	f.Add("**b/*a*", "a/b/b/ca")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(path) || len(pattern) > 60 || len(path) > 200 {
			return
		}
		want := regexp.MustCompile(asRegexp(pattern)).MatchString(path)
		if got := Match(pattern, path); got != want {
			t.Errorf("Match(%q, %q) = %v, the regular expression says %v", pattern, path, got, want)
		}
		if strings.ContainsAny(path, "*?") {
			return
		}
		if got := globsIntersect(pattern, path); got != want {
			t.Errorf("Intersects(%q, %q) = %v, the regular expression says %v", pattern, path, got, want)
		}
	})
}
