package build

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadProcfile(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       []Process
		err        string
	}{
		{name: "empty"},
		{
			name: "comments, blanks, a mark and line ends of Windows", text: "\uFEFFweb: gunicorn app:app --bind :$PORT\r\n\r\n# worker: no\n  worker :  python3 w.py  \n",
			want: []Process{{Type: "web", Line: "gunicorn app:app --bind :$PORT", Why: "Procfile"}, {Type: "worker", Line: "python3 w.py", Why: "Procfile"}},
		},
		{name: "no colon", text: "web: a\npython3 app.py", err: `line 2 is not "type: command": "python3 app.py"`},
		{name: "no command", text: "web:  ", err: "line 1 is not"},
		{name: "a type with a blank", text: "my web: a", err: "line 1 is not"},
		{name: "a type that is a path", text: "../web: a", err: "line 1 is not"},
		{name: "twice", text: "web: a\nweb: b", err: `line 2: there are two processes "web"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := readProcfile(row.text)
			has(t, err, row.err)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFromLine makes processes of lines; programs that the build compiled go before those of the PATH.
func TestFromLine(t *testing.T) {
	w := newWorkshop(t)
	write(t, w.dir, map[string]string{"workspace/tool": "#!", "buildpack/bin/start": "program"})
	b := &builder{log: quiet()}
	b.WorkingDir, b.Layers.Path, b.CNBPath, b.contract = w.app, w.layers, w.dir+"/buildpack", runContract{Floor: foreignFloor("amd64")}
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
		p, err := b.fromLine(Process{Type: "x", Line: row.line, Why: "Procfile"}, map[string]string{"web": "/made/web", "tool": "/made/tool"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, p.Command); diff != "" {
			t.Errorf("%s: %s", row.line, diff)
		}
	}
	if read(t, start) != "program" || len(b.layers) != 1 {
		t.Errorf("layers are %+v", b.layers)
	}
}

func TestWebIsTheDefaultElseTheFirst(t *testing.T) {
	for _, row := range []struct{ types, want string }{{"a web b", "web"}, {"a b", "a"}} {
		var all []Process
		for _, name := range fields(row.types) {
			all = append(all, Process{Type: name, Command: []string{name}})
		}
		for _, p := range (&builder{log: quiet()}).launch(all) {
			if p.Default != (p.Type == row.want) {
				t.Errorf("%s: default of %s is %v", row.types, p.Type, p.Default)
			}
		}
	}
}
