package language

import (
	"regexp"
	"testing"
	"testing/fstest"
)

// TestFixedPort has servers on a port of their own, and those that may have another one.
func TestFixedPort(t *testing.T) {
	listens := regexp.MustCompile(`\.listen\((?:\{\s*port:\s*)?(\w+)`)
	for name, row := range map[string]struct {
		files     fstest.MapFS
		processes []Process
		want      string
	}{
		"a number":                       {files: fstest.MapFS{"a.js": {Data: []byte("x\napp.listen(3000)")}}, want: "a.js line 2 listens on port 3000, whatever PORT says"},
		"an option":                      {files: fstest.MapFS{"a.js": {Data: []byte("serve.listen({ port: 4000 })")}}, want: "a.js line 1 listens on port 4000, whatever PORT says"},
		"a constant":                     {files: fstest.MapFS{"a.js": {Data: []byte("const PORT = 3000;\napp.listen(PORT, () => {})")}}, want: "a.js line 2 listens on port 3000, whatever PORT says"},
		"a constant with type":           {files: fstest.MapFS{"a.js": {Data: []byte("const port: number = 3000\napp.listen(port)")}}, want: "a.js line 2 listens on port 3000, whatever PORT says"},
		"an address":                     {files: fstest.MapFS{"a.js": {Data: []byte("addr := \"0.0.0.0:8000\"\nhttp.listen(addr)")}}, want: "a.js line 2 listens on port 8000, whatever PORT says"},
		"another file's":                 {files: fstest.MapFS{"a.js": {Data: []byte("const port = 3000")}, "b.js": {Data: []byte("app.listen(port)")}}},
		"from the environment":           {files: fstest.MapFS{"a.js": {Data: []byte("const port = process.env.PORT || 3000\napp.listen(port)")}}},
		"taken apart":                    {files: fstest.MapFS{"a.js": {Data: []byte("const { PORT = 3000 } = process.env\napp.listen(PORT)")}}},
		"from another variable":          {files: fstest.MapFS{"a.js": {Data: []byte("const port = process.env.APP_PORT || 3000\napp.listen(port)")}}},
		"read elsewhere":                 {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(3000)")}, "b.js": {Data: []byte(`get("PORT")`)}}},
		"the command says":               {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(3000)")}}, processes: []Process{{Type: "web", Line: "node a.js --port $PORT"}}},
		"a test":                         {files: fstest.MapFS{"a.test.js": {Data: []byte("app.listen(3000)")}, "test/a.js": {Data: []byte("app.listen(3000)")}}},
		"a package of a name":            {files: fstest.MapFS{"src/main/java/com/example/a.js": {Data: []byte("app.listen(3000)")}}, want: "src/main/java/com/example/a.js line 1 listens on port 3000, whatever PORT says"},
		"a package without a build tool": {files: fstest.MapFS{"src/com/example/a.js": {Data: []byte("app.listen(3000)")}}, want: "src/com/example/a.js line 1 listens on port 3000, whatever PORT says"},
		"an example":                     {files: fstest.MapFS{"example/src/main/java/a.js": {Data: []byte("app.listen(3000)")}}},
		"no port":                        {files: fstest.MapFS{"a.js": {Data: []byte("app.listen(socket)")}}},
	} {
		if got := (Site{Files: row.files, Processes: row.processes}).FixedPort([]string{".js"}, listens); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}
