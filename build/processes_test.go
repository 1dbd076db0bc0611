package build

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestFromLine makes processes of lines; programs that the build compiled go before those of the PATH.
func TestFromLine(t *testing.T) {
	w := newWorkshop(t)
	languagetest.Write(t, w.dir, map[string]string{"workspace/tool": "#!", "buildpack/bin/start": "program"})
	b := &builder{log: languagetest.Quiet()}
	b.WorkingDir, b.dir, b.Layers.Path, b.CNBPath, b.contract = w.app, w.app, w.layers, w.dir+"/buildpack", contract{Floor: foreignFloor("amd64")}
	start := w.layers + "/start/bin/start"
	for _, row := range []struct {
		line string
		want []string
	}{
		{"python3 app.py 'a b'", []string{"python3", "app.py", "a b"}},
		{"web -v", []string{"/made/web", "-v"}},
		{"./bin/web", []string{"/made/web"}},
		{"./tool", []string{"./tool"}},
		{"gunicorn -b :$PORT app", []string{start, "gunicorn -b :$PORT app"}},
		{"cd a && web", []string{start, "cd a && web"}},
	} {
		p, err := b.fromLine(language.Process{Type: "x", Line: row.line, Why: "Procfile"}, map[string]string{"web": "/made/web", "tool": "/made/tool"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, p.Command); diff != "" {
			t.Errorf("%s: %s", row.line, diff)
		}
	}
	if languagetest.Read(t, start) != "program" || len(b.layers) != 1 {
		t.Errorf("layers are %+v", b.layers)
	}
}

// TestDefaultProcess gives process types, those that say they are the default with a star.
func TestDefaultProcess(t *testing.T) {
	for _, row := range []struct{ types, want string }{{"a web b", "web"}, {"a b", "a"}, {"a web b*", "b"}, {"a b*", "b"}} {
		var all []language.Process
		for _, name := range strings.Fields(row.types) {
			all = append(all, language.Process{Type: strings.TrimSuffix(name, "*"), Command: []string{name}, Default: strings.HasSuffix(name, "*")})
		}
		for _, p := range (&builder{log: languagetest.Quiet()}).launch(all) {
			if p.Default != (p.Type == row.want) {
				t.Errorf("%s: default of %s is %v", row.types, p.Type, p.Default)
			}
		}
	}
}
