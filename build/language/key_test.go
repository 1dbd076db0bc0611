package language

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeyTellsTreesApart(t *testing.T) {
	key := func(files ...string) string {
		dir := t.TempDir()
		for _, f := range files {
			name, text, _ := strings.Cut(f, "=")
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		k := NewKey()
		k.Add("x", []string{"a", "b"})
		if err := k.Tree(dir, func(base string) bool { return base != "README" }); err != nil {
			t.Fatal(err)
		}
		return k.String()
	}
	one := key("a=1", "b/c=2")
	for _, row := range []struct {
		name  string
		key   string
		equal bool
	}{
		{"the same elsewhere", key("a=1", "b/c=2"), true},
		{"what nobody takes", key("a=1", "b/c=2", "README=x"), true},
		{"version control", key("a=1", "b/c=2", ".git/HEAD=x"), true},
		{"other content", key("a=1", "b/c=3"), false},
		{"another name", key("a=1", "b/d=2"), false},
		{"one more", key("a=1", "b/c=2", "d="), false},
		{"a file that reads as two", key("a=1\"b/c\"\n2"), false},
		{"a file that reads as two, with the size of the other", key("a=1\"b/c\"\n1\n2"), false},
	} {
		if (row.key == one) != row.equal {
			t.Errorf("%s: equal is %v", row.name, !row.equal)
		}
	}
}

func TestKeyTellsValuesApart(t *testing.T) {
	seen := map[string]string{}
	for what, values := range map[string][]any{
		"a text": {"1"}, "a number": {1}, "another": {2}, "large numbers": {int64(5 << 30)}, "others": {int64(6 << 30)}, "true": {true}, "false": {false}, "its name": {"true"},
		"a list": {[]string{"a", "b"}}, "one text": {[]string{"a b"}}, "two texts": {"a", "b"}, "a text of two lines": {"a\"\n\"b"},
	} {
		k := NewKey()
		k.Add(values...)
		if other := seen[k.String()]; other != "" {
			t.Errorf("%s has the key of %s", what, other)
		}
		seen[k.String()] = what
	}
}
