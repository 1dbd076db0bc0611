package language

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func isLoopback(line string) bool { return strings.HasPrefix(line, "listen localhost") }

// TestLoopbackIsToldOnce has three files that listen on the loopback address, one of them a test and one of somebody else.
func TestLoopbackIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	s := Site{Log: NewLog(&log, noon), Files: fstest.MapFS{
		"a_test.go": {Data: []byte("listen localhost")}, "node_modules/x/x.go": {Data: []byte("listen localhost")},
		"b.go": {Data: []byte("// listen localhost\n\nlisten localhost\nlisten localhost\n")}, "c.go": {Data: []byte("listen localhost")}, "d.txt": {Data: []byte("listen localhost")},
	}}
	s.Listening(Serving{Endings: []string{".go"}, Loopback: isLoopback})
	if log.Len() > 0 {
		t.Errorf("it is told before the end of the log: %s", &log)
	}
	s.Log.Late()
	s.Log.Late()
	if got, want := log.String(), "  ! b.go line 3: it names the loopback address: "+Unreached+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCommentsAreNoServers: a line that begins with a star is passed over, and what follows it is read.
func TestCommentsAreNoServers(t *testing.T) {
	for text, want := range map[string]string{
		"/* what it does:\n * listen localhost\n */\nlisten localhost\n": "a.go line 4",
		"/** listen localhost */\n*p = 3\nlisten localhost":              "a.go line 3",
		"/* x */ y\n*\nlisten localhost":                                 "a.go line 3",
		"// listen localhost\n/*\n*/\n":                                  "",
		"x\n#[cfg(test)]\nlisten localhost":                              "",
		"#[cfg(test)]\nlisten localhost;\nx\nlisten localhost":           "a.go line 4",
	} {
		s := Site{Log: NewLog(io.Discard, noon), Files: fstest.MapFS{"a.go": {Data: []byte(text)}}}
		if got := s.Listening(Serving{Endings: []string{".go"}, Loopback: isLoopback, Tests: "#[cfg(test)]"}).Loopback; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestFoldersOfTheApp: a program that lies among examples is read, and the other examples and what it has from others are not.
func TestFoldersOfTheApp(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"a.go", "examples/x.go", "examples/cli/x.go", "examples/web/x.go", "examples/web/pages/x.go", "examples/website/x.go", "vendor/v/x.go", ".git/x.go", "tools/x.go"} {
		files[name] = &fstest.MapFile{Data: []byte("line\n")}
	}
	var got []string
	s := Site{Log: NewLog(io.Discard, noon), Files: files}
	s.Listening(Serving{Endings: []string{".go"}, Own: []string{".", "examples/web"}}, func(file string, _ int, _ string) { got = append(got, file) })
	if want := "a.go examples/web/pages/x.go examples/web/x.go"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestFixedPort has servers on a port of their own, and those that may have another one.
func TestFixedPort(t *testing.T) {
	listens := regexp.MustCompile(`\.listen\(\s*(?:\{[^}]*\bport:\s*)?(\w+)`)
	for name, row := range map[string]struct {
		files     fstest.MapFS
		processes []Process
		want      string
	}{
		"a number":                         {files: fstest.MapFS{"a.js": {Data: []byte("x\napp.listen(3000)")}}, want: "a.js line 2 listens on port 3000, whatever PORT says"},
		"a call of several lines":          {files: fstest.MapFS{"a.js": {Data: []byte("serve.listen({\n  host,\n  port: 4000,\n})")}}, want: "a.js line 3 listens on port 4000, whatever PORT says"},
		"a call whose first line has more": {files: fstest.MapFS{"a.js": {Data: []byte("x.listen({ host: f(1),\n  port: 4000 })")}}, want: "a.js line 2 listens on port 4000, whatever PORT says"},
		"a list":                           {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(socket),\n{ port: 4000 }")}}},
		"a definition":                     {files: fstest.MapFS{"a.js": {Data: []byte("#define APP_PORT 4000 /* ours */\napp.listen(APP_PORT)")}}, want: "a.js line 2 listens on port 4000, whatever PORT says"},
		"an address with a scheme":         {files: fstest.MapFS{"a.js": {Data: []byte("static const char *url = \"http://0.0.0.0:4000\";\napp.listen(url)")}}, want: "a.js line 2 listens on port 4000, whatever PORT says"},
		"a call that is over":              {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(\n  socket);\n{ port: 4000 }")}}},
		"a call of another file":           {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(")}, "b.js": {Data: []byte("4000)")}}},
		"an option":                        {files: fstest.MapFS{"a.js": {Data: []byte("serve.listen({ port: 4000 })")}}, want: "a.js line 1 listens on port 4000, whatever PORT says"},
		"a constant":                       {files: fstest.MapFS{"a.js": {Data: []byte("const PORT = 3000;\napp.listen(PORT, () => {})")}}, want: "a.js line 2 listens on port 3000, whatever PORT says"},
		"a constant with type":             {files: fstest.MapFS{"a.js": {Data: []byte("const port: number = 3000\napp.listen(port)")}}, want: "a.js line 2 listens on port 3000, whatever PORT says"},
		"an address":                       {files: fstest.MapFS{"a.js": {Data: []byte("addr := \"0.0.0.0:8000\"\nhttp.listen(addr)")}}, want: "a.js line 2 listens on port 8000, whatever PORT says"},
		"another file's":                   {files: fstest.MapFS{"a.js": {Data: []byte("const port = 3000")}, "b.js": {Data: []byte("app.listen(port)")}}},
		"from the environment":             {files: fstest.MapFS{"a.js": {Data: []byte("const port = process.env.PORT || 3000\napp.listen(port)")}}},
		"taken apart":                      {files: fstest.MapFS{"a.js": {Data: []byte("const { PORT = 3000 } = process.env\napp.listen(PORT)")}}},
		"from another variable":            {files: fstest.MapFS{"a.js": {Data: []byte("const port = process.env.APP_PORT || 3000\napp.listen(port)")}}},
		"read elsewhere":                   {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(3000)")}, "b.js": {Data: []byte(`get("PORT")`)}}},
		"the command says":                 {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(3000)")}}, processes: []Process{{Type: "web", Line: "node a.js --port $PORT"}}},
		"a test":                           {files: fstest.MapFS{"a.test.js": {Data: []byte("app.listen(3000)")}, "test/a.js": {Data: []byte("app.listen(3000)")}}},
		"a flag":                           {files: fstest.MapFS{"a.js": {Data: []byte("var port = flag.Int(\"port\", 9898, \"what it listens on\")\nx.listen(port)")}}, want: "a.js line 2 listens on port 9898, whatever PORT says"},
		"a flag with a letter":             {files: fstest.MapFS{"a.js": {Data: []byte("flags.StringVarP(&o.addr, \"addr\", \"a\", \":9898\", \"address\")\nx.listen(addr)")}}, want: "a.js line 2 listens on port 9898, whatever PORT says"},
		"another value":                    {files: fstest.MapFS{"a.js": {Data: []byte("var port = settings.Get(\"port\", 9898)\nx.listen(port)")}}},
		"the loopback address":             {files: fstest.MapFS{"a.js": {Data: []byte(`app.listen(127.0.0.1)`)}}},
		"a profile":                        {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(6060)\napp.listen(3000)")}}, want: "a.js line 2 listens on port 3000, whatever PORT says"},
		"another program":                  {files: fstest.MapFS{"client/a.js": {Data: []byte("app.listen(3000)")}}},
		"no port":                          {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(socket)")}}},
		"a package of a name":              {files: fstest.MapFS{"src/main/java/com/example/a.js": {Data: []byte("app.listen(3000)")}}, want: "src/main/java/com/example/a.js line 1 listens on port 3000, whatever PORT says"},
		"a package without a build tool":   {files: fstest.MapFS{"src/com/example/a.js": {Data: []byte("app.listen(3000)")}}, want: "src/com/example/a.js line 1 listens on port 3000, whatever PORT says"},
		"an example":                       {files: fstest.MapFS{"example/src/main/java/a.js": {Data: []byte("app.listen(3000)")}}},
	} {
		if got := (Site{Files: row.files, Processes: row.processes}).Listening(Serving{Endings: []string{".js"}, Port: listens, Aside: "6060", Not: []string{"client"}}).Fixed; got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

// TestNamedLoopback: an address may have a name, of which a start command says another value.
func TestNamedLoopback(t *testing.T) {
	how := Serving{Endings: []string{".go"}, Port: regexp.MustCompile(`Listen\(\*?(\w+)`), Aside: "6060"}
	for text, want := range map[string]string{
		"addr := \"localhost:8080\"\nListen(addr)":                                "a.go line 2",
		"var addr = flag.String(\"addr\", \"127.0.0.1:80\", \"\")\nListen(*addr)": "a.go line 2",
		"addr := \"[::1]:8080\"\nListen(addr)":                                    "a.go line 2",
		"addr := \":8080\"\nListen(addr)":                                         "",
		"addr := \"localhost:6060\"\nListen(addr)":                                "",
		"addr := \"localhost:8080\"\nDial(addr)":                                  "",
	} {
		s := Site{Log: NewLog(io.Discard, noon), Files: fstest.MapFS{"a.go": {Data: []byte(text)}}}
		if got := s.Listening(how).Loopback; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		s.Processes = []Process{{Type: "web", Line: "shop -addr :8080"}}
		if got := s.Listening(how).Loopback; got != "" {
			t.Errorf("%q with a command: %q", text, got)
		}
	}
}
