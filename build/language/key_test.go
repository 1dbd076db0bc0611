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
	} {
		if (row.key == one) != row.equal {
			t.Errorf("%s: equal is %v", row.name, !row.equal)
		}
	}
}
