package document

import (
	"fmt"
	"strings"
	"testing"
)

// TestYAMLOfManyKeysEndsEarly decodes texts that the library would take minutes or gigabytes for.
func TestYAMLOfManyKeysEndsEarly(t *testing.T) {
	var keys strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&keys, "k%d: v\n", i)
	}
	for name, row := range map[string]struct{ text, err string }{
		"keys":    {keys.String(), "too many keys"},
		"nested":  {"a:\n  b: [x]\nc:\n  - " + strings.ReplaceAll(keys.String(), ": v\n", ": v\n    "), "too many keys"},
		"size":    {"a: " + strings.Repeat("x", 1<<20), "more than 1 MB"},
		"aliases": {"a0: &a0 [x]\n" + laughs(), "excessive aliasing"},
		"itself":  {"a: &a [*a]", "contains itself"},
	} {
		var v map[string]any
		if err := YAML(row.text, &v); err == nil || !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s: got error %.200v, want %q", name, err, row.err)
		}
	}
}

// laughs are lists of the lists before them.
func laughs() string {
	var b strings.Builder
	for i := range 11 {
		fmt.Fprintf(&b, "a%d: &a%[1]d [%s]\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
	}
	return b.String()
}

func TestYAML(t *testing.T) {
	var v struct {
		Root string
		Rest map[string]any `yaml:",inline"`
	}
	if err := YAML("root: x\nb: &b {c: 1}\nd: {<<: *b, e: 2}\n", &v); err != nil || v.Root != "x" || len(v.Rest) != 2 || fmt.Sprint(v.Rest["d"]) != "map[c:1 e:2]" {
		t.Errorf("got %+v, %v", v, err)
	}
	if err := YAML("# nothing\n", &v); err != nil {
		t.Errorf("got %v of no text", err)
	}
	if err := YAML("a: [", &v); err == nil {
		t.Error("a broken text is read")
	}
	if err := JSON([]byte(`{"root": [`+strings.Repeat("{},", 100_000)), &v); err == nil || !strings.Contains(err.Error(), "more objects") {
		t.Errorf("got error %v of JSON", err)
	}
}
