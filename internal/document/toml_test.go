package document

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// TestTOMLThatLiesDeepInItselfEndsEarly decodes texts of a megabyte that the library would take hours for.
func TestTOMLThatLiesDeepInItselfEndsEarly(t *testing.T) {
	for name, text := range map[string]string{
		"tables":  "a = " + strings.Repeat("{a=", 300_000),
		"lists":   "a = " + strings.Repeat("[", 1_000_000),
		"keys":    strings.Repeat("a.", 500_000) + "a = 1",
		"headers": "[" + strings.Repeat("a . ", 250_000) + "a]",
		"quoted":  strings.Repeat(`"[".`, 250_000) + "a = 1",
	} {
		var v map[string]any
		_, err := TOML(text, &v)
		if _, is := err.(toml.ParseError); !is || !strings.Contains(err.Error(), "more than 64 deep") {
			t.Errorf("%s: got error %.200v", name, err)
		}
	}
}

func TestTOML(t *testing.T) {
	text := "many = [" + strings.Repeat("1.5, ", 1000) + "]\n# " + strings.Repeat("[", 100) + "\na = '" + strings.Repeat("[", 100) + "'\nb = \"\"\"\n\\\"" + strings.Repeat("{", 100) + "\"\"\"\n[[c.d]]\ne = { f = [ 1.5, 2.5 ], g = '''\n" +
		strings.Repeat("[", 100) + "''' }\nh = \"\\\"" + strings.Repeat("[.", 100) + "\"\n"
	var v struct {
		A, B string
		Many []float64
		C    struct{ D []struct{ H string } }
	}
	if _, err := TOML(text, &v); err != nil || len(v.A) != 100 || len(v.B) != 101 || len(v.Many) != 1000 || len(v.C.D) != 1 || len(v.C.D[0].H) != 201 {
		t.Errorf("got %v, %+v", err, v)
	}
	if _, err := TOML("a = 'x\nb = 1", &v); err == nil {
		t.Error("a broken text is read")
	}
}

// FuzzTOML has the check of the depth find nothing in a text that has few brackets and dots, whatever its strings and comments are.
func FuzzTOML(f *testing.F) {
	for _, text := range []string{"a = 1", "[a.b]\nc = [1, {d = '''x'''}]", "a = \"\"\"x\\\"\"\"\"", "# [\n[[a]]", "a = '"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "[")+strings.Count(text, "{")+strings.Count(text, ".") < maxNested {
			if err := checkNested(text); err != nil {
				t.Errorf("got %v", err)
			}
		}
		var v map[string]any
		_, _ = TOML(text, &v) // its error may be any
	})
}
