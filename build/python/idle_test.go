package python

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestIdleFiles tells of files that define functions which a platform calls: Python would end at once.
func TestIdleFiles(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"a function for AWS", "\"\"\"A function.\n\nfor AWS\"\"\"\nimport json\nfrom os import path\n\nTABLE = os.environ['TABLE']\nlogger = logging.getLogger(__name__)\nITEMS = [\n    1,\n]\n\ndef handler(event, context):\n    return {}\n", "handler"},
		{"one for Code Engine, in two parts", "def main(params):\n    return {}\n\nasync def other(x): # a comment\n    pass\n", "main other"},
		{"no function", "import json\nX = 1\n", ""},
		{"what is called", "def f():\n    pass\n\nf()\n", ""},
		{"what is called under a condition", "def f():\n    pass\n\nif __name__ == '__main__':\n    f()\n", ""},
		{"a decorator, which may register it", "import x\n@x.task\ndef f():\n    pass\n", ""},
		{"another file of the app", "import shop\ndef f():\n    pass\n", ""},
		{"another file of the app, after a package", "import json, shop\ndef f():\n    pass\n", ""},
		{"a value that something makes", "def f():\n    pass\nserver = f()\n", ""},
	} {
		m := module{Path: "main.py", Text: row.text, Code: blank(row.text)}
		if diff := cmp.Diff(row.want, strings.Join(m.idle([]module{m, {Path: "shop.py"}}), " ")); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// TestIdleApps are refused, with the setting that has a function served which answers requests.
func TestIdleApps(t *testing.T) {
	for text, want := range map[string]string{
		"def handler(event, context):\n    return 1\n":                   "main.py defines functions, and nothing calls them\n  handler\nNext: Write a Procfile",
		"def a(x):\n    return 1\ndef hello(request):\n    return 'x'\n": "GOOGLE_FUNCTION_TARGET=hello; or write a Procfile",
	} {
		s, err := findStart(languagetest.Files(map[string]string{"main.py": text, "requirements.txt": "x"}), &plan{By: "requirements.txt"})
		if err != nil {
			t.Fatal(err)
		}
		p := python{begin: s}
		if err := p.chooseStart(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
