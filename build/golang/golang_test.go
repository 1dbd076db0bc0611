package golang

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/contract"
)

func TestTargets(t *testing.T) {
	const main, lib = "package main\n", "package lib\n"
	for _, row := range []struct {
		name, setting, tags, flags string
		files                      map[string]string
		process                    string // web
		want, err                  string // "argument name", joined by commas; a star for the one that the image runs by itself
	}{
		{name: "the root, named as its module", files: map[string]string{"go.mod": "module example.com/x/shop/v2\n", "main.go": main, "cmd/tool/main.go": main}, want: ". shop*"},
		{name: "the root of no module", files: map[string]string{"main.go": main}, want: ". app*"},
		{name: "all of cmd", files: map[string]string{"go.mod": "module x", "lib.go": lib, "cmd/b/b.go": main, "cmd/a/a.go": main, "tools/gen.go": main}, want: "./cmd/a a*,./cmd/b b"},
		{name: "the only one elsewhere", files: map[string]string{"lib.go": lib, "svc/web/web.go": main}, want: "./svc/web web*"},
		{name: "generators, tests and other folders are none", files: map[string]string{
			"gen.go": "//go:build ignore\n\n" + main, "x_test.go": main, "vendor/v/v.go": main, "testdata/t.go": main, "_old/o.go": main, ".hidden/h.go": main,
			"w.go": "//go:build windows\n\n" + main, "svc/web.go": "//go:build linux\n\n" + main,
		}, want: "./svc svc*"},
		{name: "another system's by its name", files: map[string]string{"main_windows.go": main, "svc/s.go": main}, want: "./svc svc*"},
		{name: "without a tag that nobody sets", files: map[string]string{"main.go": "//go:build !lambda\n\n" + main, "svc/s.go": main}, want: ". app*"},
		{name: "with a tag that nobody sets", files: map[string]string{"main.go": "//go:build lambda\n\n" + main, "svc/s.go": main}, want: "./svc svc*"},
		{name: "with a tag that a setting has", tags: "lambda x", files: map[string]string{"main.go": "//go:build lambda\n\n" + main, "svc/s.go": main}, want: ". app*"},
		{name: "with a tag that flags have", flags: "-race -tags lambda", files: map[string]string{"main.go": "//go:build lambda\n\n" + main, "svc/s.go": main}, want: ". app*"},
		{name: "with a tag that flags have, in one word", flags: `-gcflags="all=-l" --tags=x,lambda`, files: map[string]string{"main.go": "//go:build lambda\n\n" + main, "svc/s.go": main}, want: ". app*"},
		{name: "with or without cgo", files: map[string]string{"a/a.go": "//go:build cgo\n\n" + main}, want: "./a a*"},
		{name: "an old tag", files: map[string]string{"a/a.go": "// +build linux,!windows\n\n" + main, "b/b.go": "// +build ignore\n\n" + main}, want: "./a a*"},
		{name: "settings", setting: "./cmd/web:tool.go, .", files: map[string]string{"go.mod": "module x.org/y", "cmd/web/w.go": main, "tool.go": main}, want: "./cmd/web web*,./tool.go tool,. y"},
		{name: "examples and tools lose", files: map[string]string{"go.mod": "module x", "examples/hello/h.go": main, "internal/tools/t.go": main, "svc/s.go": main}, want: "./svc svc*"},
		{name: "an example alone is the app", files: map[string]string{"go.mod": "module x", "example/e.go": main}, want: "./example example*"},
		{name: "a workspace whose library has an example", files: map[string]string{
			"go.work": "go 1.24\nuse (\n\t./app\n\t./lib\n)\n", "app/go.mod": "module a", "app/main.go": main, "lib/go.mod": "module l", "lib/l.go": lib, "lib/example/e.go": main,
		}, want: "./app app*"},
		{name: "a workspace of two apps", files: map[string]string{
			"go.work": "go 1.24\nuse ./worker\nuse ./web\n", "worker/go.mod": "module a", "worker/main.go": main, "web/go.mod": "module b", "web/main.go": main, "other/go.mod": "module c", "other/main.go": main,
		}, want: "./web web*,./worker worker"},
		{name: "a module of its own is another's", files: map[string]string{"go.mod": "module x", "svc/s.go": main, "gen/go.mod": "module g", "gen/main.go": main}, want: "./svc svc*"},
		{name: "the server of cmd", files: map[string]string{"go.mod": "module x", "cmd/admin/a.go": main, "cmd/server/v2/s.go": main}, want: "./cmd/admin admin,./cmd/server/v2 server*"},
		{name: "the module's name in cmd", files: map[string]string{"go.mod": "module example.com/shop", "cmd/admin/a.go": main, "cmd/shop/s.go": main}, want: "./cmd/admin admin,./cmd/shop shop*"},
		{name: "a go.work that cannot be read", files: map[string]string{"go.work": "use\n", "main.go": main}, err: "cannot read go.work"},
		{name: "a generator in internal/ is less than an example", files: map[string]string{"go.mod": "module x", "examples/base/e.go": main, "server/internal/gen/g.go": main}, want: "./examples/base base*"},
		{name: "a generator in internal/ and no example", files: map[string]string{"go.mod": "module x", "server/internal/gen/g.go": main}, want: "./server/internal/gen gen*"},
		{name: "a server and its client", files: map[string]string{"go.mod": "module x", "greeter_client/c.go": main, "greeter_server/s.go": main}, want: "./greeter_server greeter_server*"},
		{name: "a client that a workspace names", files: map[string]string{
			"go.work": "go 1.24\nuse (\n./client\n./worker\n)\n", "client/go.mod": "module c", "client/c.go": main, "worker/go.mod": "module w", "worker/w.go": main,
		}, want: "./client client*,./worker worker"},
		{name: "a client alone", files: map[string]string{"go.mod": "module x", "client/c.go": main}, want: "./client client*"},
		{name: "the daemon of cmd", files: map[string]string{"go.mod": "module x.org/wtf", "cmd/wtf/c.go": main, "cmd/wtfd/d.go": main}, want: "./cmd/wtf wtf,./cmd/wtfd wtfd*"},
		{name: "Heroku's directive", files: map[string]string{"go.mod": "// +heroku install ./cmd/... ./other\n\nmodule x.org/y\n", "main.go": main, "cmd/b/b.go": main, "cmd/a/a.go": main, "other/o.go": main}, want: "./cmd/a a*,./cmd/b b,./other other"},
		{name: "a setting goes before Heroku's directive", setting: "./other", files: map[string]string{"go.mod": "module x\n// +heroku install ./cmd/...\n", "cmd/a/a.go": main, "other/o.go": main}, want: "./other other*"},
		{name: "a pattern in the setting", setting: "./...", files: map[string]string{"go.mod": "module x", "a/a.go": main, "b/b.go": main, "c/go.mod": "module c", "c/c.go": main}, want: "./a a*,./b b"},
		{name: "examples in a pattern of Heroku's directive", files: map[string]string{"go.mod": "// +heroku install ./...\nmodule x\n", "web/w.go": main, "examples/hello/h.go": main, "internal/gen/g.go": main}, want: "./web web*"},
		{name: "a pattern that matches examples alone", setting: "./examples/...", files: map[string]string{"go.mod": "module x", "web/w.go": main, "examples/a/a.go": main, "examples/b/b.go": main}, want: "./examples/a a*,./examples/b b"},
		{name: "an import path in the setting", setting: "x.org/y/cmd/web", files: map[string]string{"go.mod": "module x.org/y", "cmd/web/w.go": main}, want: "./cmd/web web*"},
		{name: "a pattern and one of its packages", setting: "./cmd/... ./cmd/a", files: map[string]string{"go.mod": "module x", "cmd/a/a.go": main, "cmd/b/b.go": main}, want: "./cmd/a a*,./cmd/b b"},
		{name: "a folder of the module's name", setting: "x", files: map[string]string{"go.mod": "module x", "main.go": main, "x/m.go": main}, want: "./x x*"},
		{name: "the module's own path", setting: "x.org/y", files: map[string]string{"go.mod": "module x.org/y", "main.go": main}, want: ". y*"},
		{name: "a pattern that matches nothing", files: map[string]string{"go.mod": "// +heroku install ./cmd/...\nmodule x", "main.go": main}, err: "the target \"./cmd/...\" of go.mod (+heroku install) matches no main package"},
		{name: "a function that nothing serves", files: map[string]string{"go.mod": "module x", "f.go": lib + "\nfunc Hello(w http.ResponseWriter, r *http.Request) {}\n"}, err: "GOOGLE_FUNCTION_TARGET=Hello; or add a main package that serves it."},
		{name: "one for builds with a tag", files: map[string]string{"go.mod": "module x", "a/a.go": "//go:build windows\n\n" + main, "b/b.go": "//go:build !ping\n\n" + lib, "c/c.go": "//go:build ping\n// +build ping\n\n" + main}, err: "there is one in c, for builds with the tag ping\nNext: Set BP_GO_BUILD_TAGS=ping.\n"},
		{name: "one for builds with a tag that is there", tags: "ping", files: map[string]string{"go.mod": "module x", "c/c.go": "//go:build ping\n\n" + main}, want: "./c c*"},
		{name: "a module in a folder", files: map[string]string{"readme.txt": "x", "api/go.mod": "module x", "api/main.go": main}, err: "BP_WHITTLE_APP=api"},
		{name: "a module further down", files: map[string]string{"go.mod": "module x", "find.go": lib, "cmd/cli/go.mod": "module y", "cmd/cli/main.go": main}, err: "BP_WHITTLE_APP=cmd/cli"},
		{
			name: "modules further down, and one is a library", files: map[string]string{"go.mod": "module x", "find.go": lib, "a/go.mod": "module a", "a/lib.go": lib, "b/go.mod": "module b", "b/cmd/b/main.go": main, "c/go.mod": "module c", "c/main.go": main},
			err: "modules of their own that have one: b, c\nNext: Name the folder of one: BP_WHITTLE_APP=b.\n",
		},
		{name: "several, and the first is a client", files: map[string]string{"a/client/a.go": main, "a/server/s.go": main, "b/b.go": main}, err: "BP_GO_TARGETS=./a/server"},
		{name: "a target of another module", setting: "./cmd/cli", files: map[string]string{"go.mod": "module x", "find.go": lib, "cmd/cli/go.mod": "module y", "cmd/cli/main.go": main}, err: "the target \"./cmd/cli\" of BP_GO_TARGETS is of a module of its own"},
		{name: "a target in a workspace", setting: "./cli", files: map[string]string{"go.work": "go 1.24\nuse ./cli\n", "cli/go.mod": "module y", "cli/main.go": main}, want: "./cli cli*"},
		{name: "no module, named by its process", files: map[string]string{"main.go": main, "vendor/v/v.go": main}, process: "shop -port $PORT", want: ". shop*"},
		{name: "no module, named by its process in bin/", files: map[string]string{"main.go": main}, process: "./bin/shop", want: ". shop*"},
		{name: "no module, started by a script", files: map[string]string{"main.go": main}, process: "sh run.sh", want: ". app*"},
		{name: "no module, started by a program of the run image", files: map[string]string{"main.go": main}, process: "env -S shop", want: ". app*"},
		{name: "no module, and two programs start", files: map[string]string{"main.go": main}, process: "migrate && shop", want: ". app*"},
		{name: "a module, named otherwise by its process", files: map[string]string{"go.mod": "module x", "main.go": main}, process: "shop", want: ". x*"},
		{name: "none", files: map[string]string{"lib.go": lib}, err: "there is no main package"},
		{name: "several, and nothing decides", files: map[string]string{"a/a.go": main, "b/b.go": main}, err: "BP_GO_TARGETS=./a"},
		{name: "a setting that leads nowhere", setting: "./cmd/none", files: map[string]string{"main.go": main}, err: `the target "./cmd/none" of BP_GO_TARGETS is not in the app`},
		{name: "a setting that leads out", setting: "../other", files: map[string]string{"main.go": main}, err: `"../other"`},
		{name: "two of a name", setting: "a/web b/web", files: map[string]string{"a/web/w.go": main, "b/web/w.go": main}, err: "two programs would be called web"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := languagetest.Files(row.files)
			bin := t.TempDir()
			if err := os.WriteFile(filepath.Join(bin, "sh"), nil, 0o755); err != nil {
				t.Fatal(err)
			}
			g := golang{Site: language.Site{Files: dir, Dir: t.TempDir(), Env: map[string]string{"BP_GO_TARGETS": row.setting, "BP_GO_BUILD_TAGS": row.tags, "BP_GO_BUILD_FLAGS": row.flags, "PATH": bin}, Floor: &contract.Floor{Files: []string{"usr/bin/env"}}}}
			if row.process != "" {
				g.Processes = []language.Process{{Type: "web", Line: row.process, Why: "Procfile"}}
			}
			targets, err := g.targets()
			languagetest.Has(t, err, row.err)
			var got []string
			for _, t := range targets {
				standard := ""
				if t.Standard {
					standard = "*"
				}
				got = append(got, fmt.Sprintf("%s %s%s", t.Arg, t.Name, standard))
			}
			if diff := cmp.Diff(row.want, strings.Join(got, ",")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRemoveGoSourcesKeepsData(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{}
	for _, f := range strings.Fields("main.go go.mod go.sum cmd/web/main.go vendor/m/data.txt testdata/x.json web/testdata/y.html .git/HEAD Godeps/Readme Dockerfile templates/index.html static/a.js Procfile web/gen.go web/page.html locales/vendor.txt") {
		files[f] = f
	}
	files["cmd/web/main.go"] = "router.LoadHTMLGlob(\"./web/testdata/*\")\n// \"testdata\"\n"
	files["cmd/web/main_test.go"] = "open(\"testdata/x.json\")\n"
	languagetest.Write(t, dir, files)
	removed, err := removeGoSources(dir, lookAt(os.DirFS(dir)).Testdata)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields("Procfile locales/vendor.txt static/a.js templates/index.html web/page.html web/testdata/y.html"), languagetest.Names(t, dir)); diff != "" {
		t.Error(diff)
	}
	if removed != 11 {
		t.Errorf("removed %d files and folders", removed)
	}
	if language.Exists(dir + "/cmd") {
		t.Error("an empty directory is left")
	}
}

func TestHasOldTags(t *testing.T) {
	for text, want := range map[string]bool{
		"// +build linux\n\npackage main\n": true, "package main\n// +build linux\n": false, "//go:build linux\n\npackage main\n": false,
		"//go:build linux\n// +build linux\n\npackage main\n": false,
	} {
		for name, counts := range map[string]bool{"main.go": true, "lib/sub/x.go": true, "vendor/x/x.go": false, "testdata/x.go": false} {
			if got, err := hasOldTags(fstest.MapFS{name: {Data: []byte(text)}}); err != nil || got != (want && counts) {
				t.Errorf("%s %q: got %v, %v", name, text, got, err)
			}
		}
	}
}

// lookAt looks at the sources of an app of one program.
func lookAt(files fs.FS) seen {
	g := golang{Site: language.Site{Files: files}}
	return g.look([]target{{Dir: "."}})
}

// TestPortOfAProgram has sources that take PORT, and one that is a program though its folder's name says otherwise.
func TestPortOfAProgram(t *testing.T) {
	for name, want := range map[string]bool{
		"main.go": true, "web/server.go": true, "examples/web/main.go": true, "main_test.go": false, "vendor/m/m.go": false, "examples/cli/main.go": false, "readme.txt": false,
	} {
		files := fstest.MapFS{"other.go": {Data: []byte("package main")}, name: {Data: []byte(`var port = os.Getenv("PORT")`)}}
		g := golang{Site: language.Site{Files: files}}
		if got := g.variables(g.look([]target{{Dir: "examples/web"}}).ReadsPort)["PORT"]; (got == "8080") != want {
			t.Errorf("%s: PORT is %q", name, got)
		}
	}
}

// TestPortOfOtherPrograms: a program that is not built has no part in it, and a target may be a file.
func TestPortOfOtherPrograms(t *testing.T) {
	listens := func(port string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("package main\n\nfunc main() { http.ListenAndServe(\":" + port + "\", nil) }\n")}
	}
	files := fstest.MapFS{"client/main.go": listens("3000"), "server/main.go": listens("4000"), "tool.go": listens("5000")}
	for setting, want := range map[string]string{"": "4000", "./client": "3000", "./tool.go": "5000"} {
		g := golang{Site: language.Site{Files: files, Env: map[string]string{"BP_GO_TARGETS": setting}}}
		if setting == "" {
			g.Files = fstest.MapFS{"client/main.go": files["client/main.go"], "server/main.go": files["server/main.go"]}
		}
		targets, err := g.targets()
		if got := g.look(targets).Fixed; err != nil || !strings.Contains(got, "listens on port "+want) {
			t.Errorf("%q: %q, %v", setting, got, err)
		}
	}
}

func TestListensOn(t *testing.T) {
	for line, want := range map[string]string{
		`http.ListenAndServe(":8080", nil)`: "8080", `http.ListenAndServe(addr, nil)`: "addr", `net.Listen("tcp", "0.0.0.0:9000")`: "9000",
		`http.ListenAndServeTLS(":443", cert, key, nil)`: "443", `r.Run(":3000")`: "3000", `e.Start(":1323")`: "1323", `server.Default(server.WithHostPorts(":8888"))`: "8888", `log.Fatal(app.Listen(":3000"))`: "3000",
		`srv := &http.Server{Addr: ":3333", Handler: h}`: "3333", `redis.Options{Addr: "localhost:6379"}`: "", `grpc.Dial(":50051")`: "",
		`http.ListenAndServe(":"+port, nil)`: "port", `app.Listen(":" + *port)`: "port", `r.Run(fmt.Sprintf(":%d", cfg.HTTP.Port))`: "Port", `http.ListenAndServe(*addr, nil)`: "addr",
		`s := &http.Server{Addr: fmt.Sprintf(":%s", port)}`: "port", `s := &http.Server{Addr: ":" + strconv.Itoa(port)}`: "port", `redis.Options{Addr: addr}`: "", `http.ListenAndServe(":"+os.Getenv("P"), nil)`: "Getenv",
		`http.ListenAndServe("127.0.0.1:80", nil)`: "127", `http.ListenAndServe("localhost:6060", nil)`: "localhost", `cmd.Run()`: "",
	} {
		got := ""
		if m := listensOn.FindStringSubmatch(line); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for line, want := range map[string]bool{
		`http.ListenAndServe("localhost:8080", nil)`: true, `log.Fatal(http.ListenAndServeTLS("127.0.0.1:443", c, k, nil))`: true, `l, err := net.Listen("tcp", "[::1]:80")`: true,
		`r.Run("localhost:8080")`: true, `e.Logger.Fatal(e.Start("127.0.0.1:1323"))`: true, `srv := &http.Server{Addr: "localhost:8080", Handler: h}`: true, `h := server.New(server.WithHostPorts("127.0.0.1:8080"))`: true,
		`http.ListenAndServe("127.0.0.1:"+port, nil)`: true, `go http.ListenAndServe("localhost:6060", nil)`: false, `http.ListenAndServe(":8080", nil)`: false,
		`redis.NewClient(&redis.Options{Addr: "localhost:6379"})`: false, `http.Get("http://localhost:8080/x")`: false, `sql.Open("postgres", "host=localhost")`: false,
	} {
		if got := loopback.MatchString(line); got != want {
			t.Errorf("%s: got %v", line, got)
		}
	}
}
