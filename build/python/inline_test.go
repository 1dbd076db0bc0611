package python

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestPlanScript reads what a script says in its comments (PEP 723).
func TestPlanScript(t *testing.T) {
	const block = "# /// script\n# requires-python = \">=3.11\"\n# dependencies = [\n#   \"flask>=3\",\n#   \"Rich\",\n# ]\n# ///\n"
	for _, row := range []struct {
		name  string
		files map[string]string
		want  string // the lines of the only step
		by    string
	}{
		{"a script", map[string]string{"main.py": "#!/usr/bin/env -S uv run --script\n" + block + "import flask\n"}, "flask>=3 rich", "main.py"},
		{"by Windows", map[string]string{"main.py": strings.ReplaceAll(block, "\n", "\r\n")}, "flask>=3 rich", "main.py"},
		{"the one that is started", map[string]string{"tool.py": strings.ReplaceAll(block, "flask", "click"), "app.py": block}, "flask>=3 rich", "app.py"},
		{"without dependencies", map[string]string{"main.py": "# /// script\n# requires-python = \">=3.11\"\n# ///\n"}, "", "main.py"},
		{"another block", map[string]string{"main.py": strings.ReplaceAll(block, "script", "other")}, "", ""},
		{"no end", map[string]string{"main.py": strings.TrimSuffix(block, "# ///\n") + "x = 1\n"}, "", ""},
	} {
		p, err := planNothing(languagetest.Files(row.files), nil)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		var lines []string
		for _, s := range p.Steps {
			lines = append(lines, s.Lines...)
		}
		if got := strings.Join(lines, " "); got != row.want || p.By != row.by {
			t.Errorf("%s: got %q by %q, want %q by %q", row.name, got, p.By, row.want, row.by)
		}
	}
	_, err := planNothing(languagetest.Files(map[string]string{"main.py": "# /// script\n# dependencies = [\n# ///\n"}), nil)
	if err == nil || !strings.Contains(err.Error(), "main.py (the metadata in its comments)") {
		t.Errorf("a broken block: %v", err)
	}
}
