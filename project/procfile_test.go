package project

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

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
			want: []Process{{Type: "web", Line: "gunicorn app:app --bind :$PORT", By: "Procfile"}, {Type: "worker", Line: "python3 w.py", By: "Procfile"}},
		},
		{name: "no colon", text: "web: a\npython3 app.py", err: `line 2 is not "type: command": "python3 app.py"`},
		{name: "no command", text: "web:  ", err: "line 1 is not"},
		{name: "a type with a blank", text: "my web: a", err: "line 1 is not"},
		{name: "a type that is a path", text: "../web: a", err: "line 1 is not"},
		{name: "twice", text: "web: a\nweb: b", err: `line 2: there are two processes "web"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := readProcfile(files("Procfile=" + row.text))
			if (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Fatalf("error is %v, want %q", err, row.err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got, err := readProcfile(files()); got != nil || err != nil {
		t.Errorf("without a file: %v, %v", got, err)
	}
}

// TestEntrypointOfAppEngine: app.yaml says how an app starts where nothing else does, and a file of that name that says nothing of the
// kind is passed over.
func TestEntrypointOfAppEngine(t *testing.T) {
	const python = "app.yaml=runtime: python312\nentrypoint: gunicorn -b :$PORT main:app\n"
	for _, row := range []struct {
		files []string
		env   map[string]string
		want  string
	}{
		{[]string{python}, nil, "web=gunicorn -b :$PORT main:app(app.yaml)"},
		{[]string{"app.yaml=runtime: nodejs\nenv: flex\nentrypoint: >\n  node\n  server.js\n"}, nil, "web=node server.js(app.yaml)"},
		{[]string{python, "Procfile=job: q"}, nil, "job=q(Procfile)"},
		{[]string{python}, map[string]string{"GOOGLE_ENTRYPOINT": "python x.py"}, "web=python x.py(GOOGLE_ENTRYPOINT)"},
		{[]string{"app.yaml=runtime: ruby33\n"}, nil, ""},
		{[]string{"app.yaml=runtime: php83\nentrypoint: serve public/index.php\n"}, nil, ""},
		{[]string{"app.yaml=runtime: go122\nentrypoint: main\n"}, nil, ""},
		{[]string{"app.yaml=kind: Deployment\n---\nentrypoint: x\n"}, nil, ""},
		{[]string{"app.yaml={{- if .Values.on }}\nruntime: python3\nentrypoint: x\n"}, nil, ""},
		{[]string{"app.yaml=runtime: python3\nentrypoint: [a, b]\n"}, nil, ""},
	} {
		p, err := Read(files(row.files...), row.env)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range p.Processes {
			got = append(got, one.Type+"="+one.Line+"("+one.By+")")
		}
		if diff := cmp.Diff(row.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%q: %s", row.files, diff)
		}
	}
}

// TestWhoDecidesHowTheAppStarts gives a Procfile, processes in project.toml and a setting, in all combinations.
func TestWhoDecidesHowTheAppStarts(t *testing.T) {
	const procfile, descriptor, setting = "web: p\njob: q", "[[dev.whittle.processes]]\ntype = \"web\"\ncommand = \"d\"\ndefault = true\n[[dev.whittle.processes]]\ntype = \"cron\"\ncommand = \"e\"", "s"
	for _, row := range []struct{ procfile, descriptor, setting, want string }{
		{"", "", "", ""},
		{procfile, "", "", "web=p(Procfile) job=q(Procfile)"},
		{procfile, descriptor, "", "web=d(project.toml)* cron=e(project.toml)"},
		{procfile, descriptor, setting, "web=s(BP_WHITTLE_START)* cron=e(project.toml)"},
		{procfile, "", setting, "web=s(BP_WHITTLE_START) job=q(Procfile)"},
		{"job: q", "", setting, "web=s(BP_WHITTLE_START) job=q(Procfile)"},
		{"", "", setting, "web=s(BP_WHITTLE_START)"},
		{"no Procfile at all", descriptor, "", "web=d(project.toml)* cron=e(project.toml)"},
	} {
		dir := fstest.MapFS{}
		for name, text := range map[string]string{"Procfile": row.procfile, "project.toml": row.descriptor} {
			if text != "" {
				dir[name] = &fstest.MapFile{Data: []byte(text)}
			}
		}
		p, err := Read(dir, map[string]string{"BP_WHITTLE_START": row.setting})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, one := range p.Processes {
			text := fmt.Sprintf("%s=%s(%s)", one.Type, one.Text(), one.By)
			if one.Default {
				text += "*"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(row.want, strings.Join(got, " ")); diff != "" {
			t.Error(diff)
		}
	}
}

// TestFileThatNodeRuns: BP_LAUNCHPOINT is a file, which may have blanks in its name; a whole command line goes before it.
func TestFileThatNodeRuns(t *testing.T) {
	for _, row := range []struct {
		env  map[string]string
		want []Process
	}{
		{map[string]string{"BP_LAUNCHPOINT": "src/the app.js"}, []Process{{Type: "web", Command: []string{"node", "src/the app.js"}, By: "BP_LAUNCHPOINT"}, {Type: "job", Line: "q", By: "Procfile"}}},
		{map[string]string{"BP_LAUNCHPOINT": "a.js", "GOOGLE_ENTRYPOINT": "gunicorn a:b"}, []Process{{Type: "web", Line: "gunicorn a:b", By: "GOOGLE_ENTRYPOINT"}, {Type: "job", Line: "q", By: "Procfile"}}},
		{map[string]string{"BP_WHITTLE_START": "s", "GOOGLE_ENTRYPOINT": "t"}, []Process{{Type: "web", Line: "s", By: "BP_WHITTLE_START"}, {Type: "job", Line: "q", By: "Procfile"}}},
		{map[string]string{"BP_LAUNCHPOINT": "a.js", "BP_WHITTLE_START": "s"}, []Process{{Type: "web", Line: "s", By: "BP_WHITTLE_START"}, {Type: "job", Line: "q", By: "Procfile"}}},
	} {
		p, err := Read(fstest.MapFS{"Procfile": {Data: []byte("web: p\njob: q")}}, row.env)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, p.Processes); diff != "" {
			t.Error(diff)
		}
	}
}

func TestStartIsOfWebElseOfTheFirst(t *testing.T) {
	for want, types := range map[string][]string{"": nil, "web": {"a", "web"}, "a": {"a", "b"}} {
		var p Project
		for _, name := range types {
			p.Processes = append(p.Processes, Process{Type: name, Line: name})
		}
		if got := p.Start().Text(); got != want {
			t.Errorf("%v: got %q", types, got)
		}
	}
}

func TestProgram(t *testing.T) {
	for line, want := range map[string]string{
		"": "", "./a b": "./a", "A=1 B=2 nginx -g x": "nginx", "cd web && exec npm start": "npm", "exec ./a": "./a",
		"./migrate && b": "b", "mkdir -p x; A=1 nginx": "nginx", "b || true": "b", "cd web": "cd", "sh -c 'bundle exec puma -p $PORT'": "bundle",
		`bash -lc "cd x && gunicorn app:app"`: "gunicorn", "env -i A=1 uvicorn app": "uvicorn", "sh run.sh": "sh", `"./my app" x`: "./my app", "'open": "open", "&& ;": "",
		"gunicorn app >log 2>&1": "gunicorn", "./a &>log": "./a", "./a 2>&1 & ./b": "./b", "./a >| log": "./a", "node server.js | pino-pretty": "node", "a || b": "a",
		"test -f x || ./make && ./a | tee log": "./a", "'2>&1' && b": "b",
	} {
		if got := Program(line); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}
