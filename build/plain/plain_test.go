package plain

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer/slicertest"
)

const loader = "interp=/lib64/ld-linux-x86-64.so.2"

func elfOf(words ...string) string { return string(slicertest.ELFOf(words...).Bytes()) }

func forMachine(m elf.Machine) string {
	return string(slicertest.ELF{Exec: true, Machine: m, Interp: "/lib/ld-linux-aarch64.so.1"}.Bytes())
}

// appImage is a program whose header says that it is an AppImage.
func appImage() string {
	b := []byte(elfOf("exec", loader))
	copy(b[8:], "AI\x02")
	return string(b)
}

// pex is the beginning of what pex and zipapp make.
const pex = "#!/usr/bin/env python3.13\nPK\x03\x04"

var dynamic = elfOf("exec", loader, "needs=libc.so.6")

// TestWhatIsOfNoLanguage gives folders to the detect phase, with the source files of another language beside.
func TestWhatIsOfNoLanguage(t *testing.T) {
	rows := []detect.Language{Language.Language, {Name: "python", Files: []string{"requirements.txt"}, Source: "*.py", Programs: []string{"python3"}}, {Name: "php", Source: "htdocs/index.php"}}
	const nginx = "[dev.whittle.run]\nslices = [\"nginx_bins\"]\n"
	for _, row := range []struct {
		name  string
		files map[string]string
		want  string // language: evidence
	}{
		{"a program", map[string]string{"server": dynamic}, "none: server"},
		{"a program in bin", map[string]string{"bin/server": dynamic, "README.md": ""}, "none: bin/server"},
		{"a static program", map[string]string{"server": elfOf("exec")}, "none: server"},
		{"a static-pie program", map[string]string{"server": elfOf()}, "none: server"},
		{"a library", map[string]string{"libx.so.1": elfOf("soname=libx.so.1", "needs=libc.so.6")}, ""},
		{"a plugin", map[string]string{"x.so": elfOf()}, ""},
		{"a broken program", map[string]string{"server": dynamic[:40]}, ""},
		{"a program elsewhere", map[string]string{"tools/server": dynamic}, ""},
		{"Debian's", map[string]string{"Procfile": "web: nginx -c nginx.conf", "project.toml": nginx}, "none: Procfile, slices"},
		{"a server's configuration", map[string]string{"nginx.conf": "events {} http {}", "index.html": "", "tool.sh": ""}, "none: nginx.conf"},
		{"a configuration that is started", map[string]string{"nginx.conf": "events {} http {}", "Procfile": "web: nginx -g 'daemon off;'", "tool.py": ""}, "none: Procfile, nginx.conf"},
		{"a configuration of Apache's", map[string]string{"httpd.conf": "Listen 80", "htdocs/index.html": ""}, "none: httpd.conf"},
		{"a configuration of Apache's beside a site of PHP", map[string]string{"httpd.conf": "Listen 80", "htdocs/index.php": ""}, "php: htdocs/index.php"},
		{"a part of a configuration", map[string]string{"nginx.conf": "server { listen 80; }"}, ""},
		{"a server's configuration beside an app", map[string]string{"nginx.conf": "http {}", "requirements.txt": ""}, "python: requirements.txt"},
		{"a server's configuration beside scripts", map[string]string{"nginx.conf": "http {}", "app.py": ""}, "python: app.py"},
		{"Debian's without slices", map[string]string{"Procfile": "web: nginx"}, ""},
		{"Debian's beside scripts", map[string]string{"Procfile": "web: A=1 exec nginx", "project.toml": nginx, "tool.py": ""}, "none: Procfile, slices"},
		{"a script with slices", map[string]string{"Procfile": "web: ./run.sh", "project.toml": "[dev.whittle.run]\nslices = [\"git\"]\n", "app.py": ""}, "python: app.py"},
		{"a manifest", map[string]string{"Procfile": "web: nginx", "project.toml": nginx, "requirements.txt": ""}, "python: requirements.txt"},
		{"a program beside source", map[string]string{"app": dynamic, "app.py": ""}, "python: app.py"},
		{"a program beside source that the Procfile starts", map[string]string{"app": dynamic, "tool.py": "", "Procfile": "web: ./app"}, "none: Procfile, app"},
		{"a zip app", map[string]string{"app.pex": pex}, "none: app.pex"},
		{"a zip app that the Procfile starts", map[string]string{"app.pyz": pex, "Procfile": "web: python3 app.pyz x"}, "none: app.pyz"},
		{"a zip app beside source", map[string]string{"app.pyz": pex, "app.py": ""}, "python: app.py"},
		{"a zip app by its name alone", map[string]string{"app.pyz": "PK"}, ""},
		{"a site of Hugo's", map[string]string{"hugo.toml": "", "content/a.md": ""}, "none: hugo.toml"},
		{"a site of Hugo's by its old name", map[string]string{"config.yaml": "theme: x\nbaseURL: https://x/\n", "content/a.md": "", "public/index.html": ""}, "none: config.yaml"},
		{"a site of Zola's", map[string]string{"config.toml": "base_url = \"https://x\"\n", "content/a.md": ""}, ""},
		{"a site of Hugo's beside an app", map[string]string{"hugo.toml": "", "content/a.md": "", "requirements.txt": ""}, "python: requirements.txt"},
		{"a site of Hugo's with a start command", map[string]string{"hugo.toml": "", "content/a.md": "", "Procfile": "web: python3 x.py"}, ""},
		{"a program beside pages", map[string]string{"app": dynamic, "index.html": ""}, "none: app"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			languagetest.Write(t, dir, row.files)
			folder, err := project.OpenFolder(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer folder.Close()
			p, err := project.Read(folder, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if app, err := detect.Find(rows, p); err == nil {
				got = app.Language + ": " + strings.Join(app.Evidence, ", ")
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// site is an app of files, with the processes of a Procfile.
func site(t *testing.T, files map[string]string, lines ...string) language.Site {
	t.Helper()
	s := languagetest.Site(t, nil)
	languagetest.Write(t, s.Dir, files)
	for _, l := range lines {
		name, line, _ := strings.Cut(l, ": ")
		s.Processes = append(s.Processes, language.Process{Type: name, Line: line, Why: "Procfile"})
	}
	return s
}

// TestOnlyWhatRunsStays: of an app that is taken as it is, what only the build and version control read goes.
func TestOnlyWhatRunsStays(t *testing.T) {
	s := site(t, map[string]string{
		"server": dynamic, "project.toml": "", "Procfile": "", ".git/HEAD": "", ".gitignore": "", ".gitmodules": "", "Dockerfile": "", ".env": "", "html/Dockerfile": "", "Makefile": "",
	}, "web: ./server")
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Fields(".env Makefile Procfile html/Dockerfile server"), languagetest.Names(t, s.Dir)); diff != "" {
		t.Error(diff)
	}
}

func TestStartByConvention(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		want  string // the command, below the app's folder
		err   string
	}{
		{"the only program", map[string]string{"bin/server": dynamic, "lib/libx.so": elfOf("soname=libx.so")}, "bin/server", ""},
		{"one a processor", map[string]string{"s-amd64": dynamic, "s-arm64": forMachine(elf.EM_AARCH64)}, "s-amd64", ""},
		{"several", map[string]string{"b": dynamic, "bin/a": dynamic}, "", "nothing says which of the app's programs starts it\n  b\n  bin/a\nNext: Write a Procfile with one line, such as \"web: ./b\""},
		{"another processor", map[string]string{"s": forMachine(elf.EM_AARCH64)}, "", "the program s cannot run in the image: it is for arm64, and the image for amd64"},
		{"an unknown processor", map[string]string{"s": forMachine(elf.EM_MIPS)}, "", "it is for EM_MIPS"},
		{"musl", map[string]string{"s": elfOf("exec", "interp=/lib/ld-musl-x86_64.so.1", "needs=libc.musl-x86_64.so.1")}, "", "it is linked to musl, the C library of Alpine"},
		{"Nix", map[string]string{"s": elfOf("exec", "interp=/nix/store/x-glibc-2.40/lib/ld-linux-x86-64.so.2")}, "", "patchelf --set-interpreter /lib64/ld-linux-x86-64.so.2 --remove-rpath s."},
		{"Android", map[string]string{"s": elfOf("exec", "interp=/system/bin/linker64")}, "", "the loader /system/bin/linker64, which is not glibc's"},
		{"an AppImage", map[string]string{"s": appImage()}, "", "it is an AppImage, which has to be mounted when it starts\nNext: Unpack it (./s --appimage-extract)"},
		{
			"an app of .NET for a machine's .NET",
			map[string]string{"s": dynamic, "s.runtimeconfig.json": `{"runtimeOptions": {"framework": {"name": "Microsoft.NETCore.App", "version": "8.0.10"}}}`},
			"",
			"the program s cannot run in the image: s.runtimeconfig.json wants Microsoft.NETCore.App 8.0.10 on the machine, and Debian has no .NET\nNext: Publish it with its .NET: dotnet publish --self-contained -r linux-x64.",
		},
		{"an app of .NET with its own", map[string]string{"s": dynamic, "createdump": dynamic, "s.runtimeconfig.json": `{"runtimeOptions": {"includedFrameworks": [{"name": "Microsoft.NETCore.App"}]}}`}, "s", ""},
		{"UPX", map[string]string{"s": elfOf("exec") + "UPX!"}, "", "it is packed by UPX, which hides what libraries it needs\nNext: Unpack it (upx -d s)."},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := site(t, row.files)
			made, err := compile(t.Context(), s)
			if languagetest.Has(t, err, row.err); err != nil {
				return
			}
			if len(made.Processes) != 1 || made.Processes[0].Command[0] != filepath.Join(s.Dir, row.want) || made.Started != nil {
				t.Errorf("got %+v", made)
			}
			info, err := os.Stat(filepath.Join(s.Dir, row.want))
			if err != nil || info.Mode().Perm() != 0o755 {
				t.Errorf("its mode is %v, %v", info.Mode(), err)
			}
		})
	}
}

// TestSingleFilesNeedTemp: a single file of PyInstaller's is warned of, as /tmp of hardened platforms runs nothing; a program that has its libraries
// beside it is not.
func TestSingleFilesNeedTemp(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		want  bool
	}{
		{"a single file", map[string]string{"app": dynamic + cookie + "x"}, true},
		{"a folder", map[string]string{"app": dynamic + cookie + "x", "_internal/base_library.zip": ""}, false},
		{"a folder of an older one", map[string]string{"app": dynamic + cookie + "x", "base_library.zip": ""}, false},
		{"another program", map[string]string{"app": dynamic}, false},
		{"what only names it", map[string]string{"app": dynamic + cookie + strings.Repeat("x", 20<<10)}, false},
	} {
		var log strings.Builder
		s := site(t, row.files)
		s.Log = language.NewLog(&log, languagetest.Noon)
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		s.Log.Late()
		if got := strings.Contains(log.String(), "app unpacks its libraries into /tmp when it starts"); got != row.want {
			t.Errorf("%s: %q", row.name, log.String())
		}
	}
}

// TestASPNETListensForAll: by itself it listens on the loopback address.
func TestASPNETListensForAll(t *testing.T) {
	s := site(t, map[string]string{"s": dynamic, "s.runtimeconfig.json": `{"runtimeOptions": {"includedFrameworks": [{"name": "Microsoft.NETCore.App"}, {"name": "Microsoft.AspNetCore.App"}]}}`})
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if want := "ASPNETCORE_URLS=${ASPNETCORE_URLS:-http://0.0.0.0:${PORT:-8080}} " + filepath.Join(s.Dir, "s"); len(made.Processes) != 1 || made.Processes[0].Line != want {
		t.Errorf("got %+v", made.Processes)
	}
}

// TestExecutePermission gives it to what a process runs, and to nothing else.
func TestExecutePermission(t *testing.T) {
	s := site(t, map[string]string{"bin/a": dynamic, "run.sh": "#!/bin/sh\n", "notes": "text", "b": dynamic}, "web: A=1 ./run.sh x && exec bin/a", "job: ./notes", "x: ../b", "y: b")
	if err := os.Symlink("b", filepath.Join(s.Dir, "link")); err != nil {
		t.Fatal(err)
	}
	s.Processes = append(s.Processes, language.Process{Type: "z", Command: []string{"./link"}})
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Processes) != 0 || len(made.Started) != 5 || made.Started[0].Line != s.Processes[0].Line {
		t.Errorf("got %+v", made)
	}
	for name, want := range map[string]os.FileMode{"bin/a": 0o755, "run.sh": 0o755, "notes": 0o644, "b": 0o644} {
		if info, err := os.Stat(filepath.Join(s.Dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}

// TestZipAppRunsByDebiansPython starts the only one, with all of the standard library.
func TestZipAppRunsByDebiansPython(t *testing.T) {
	made, err := compile(t.Context(), site(t, map[string]string{"app.pex": pex}))
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Processes) != 1 || strings.Join(made.Processes[0].Command, " ") != "python3 app.pex" || len(made.Slices) != 1 || made.Slices[0].Name != "python3" {
		t.Errorf("got %+v", made)
	}
}

// TestStaticIsTold holds what the note about a run image without libc depends on.
func TestStaticIsTold(t *testing.T) {
	for _, row := range []struct {
		program string
		want    bool
	}{{elfOf("exec"), true}, {dynamic, false}} {
		made, err := compile(t.Context(), site(t, map[string]string{"s": row.program}))
		if err != nil || made.Static != row.want {
			t.Errorf("got %v, %v, want %v", made.Static, err, row.want)
		}
	}
}

// TestModulesOfAGoProgram reads those of the test's own program: go test records none but the standard library.
func TestModulesOfAGoProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := site(t, nil)
	if err := os.Link(self, filepath.Join(s.Dir, "server")); err != nil {
		text, rerr := os.ReadFile(self)
		if rerr != nil {
			t.Fatal(err, rerr)
		}
		languagetest.Write(t, s.Dir, map[string]string{"server": string(text)})
	}
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(s.Dir, "server")}
	if len(made.Components) == 0 || made.Components[len(made.Components)-1].Name != "stdlib" {
		t.Fatalf("components are %+v", made.Components)
	}
	if diff := cmp.Diff(want, made.Components[0].Paths); diff != "" {
		t.Error(diff)
	}
}

// TestNginxIsPrepared gives start commands with nginx; the pages are those of build/nginx.
func TestNginxIsPrepared(t *testing.T) {
	const conf = "events {}\nhttp { server { listen 80; } }"
	for _, row := range []struct {
		name, line string
		files      map[string]string
		want       string // LAYER stands for the layer, APP for the app's folder
		text       string // that the configuration has
		note, err  string
	}{
		{
			name: "by its usual name", line: `nginx -g "daemon off;"`, files: map[string]string{"nginx.conf": conf},
			want: "PORT=${PORT:-8080}; render CONFIG LAYER/nginx.conf && together -s QUIT nginx -e stderr -c $CONFIG -pAPP/", text: "listen 80;", note: "nginx listens on 80, whatever PORT says",
		},
		{
			name: "named, after another command", line: `./migrate && A=1 nginx -c conf/x.conf -p /srv -e /dev/null 2>&1`, files: map[string]string{"conf/x.conf": "http { server { listen ${PORT}; } }"},
			want: "./migrate && A=1 && PORT=${PORT:-8080}; render CONFIG LAYER/nginx.conf && together -s QUIT nginx -e stderr -c $CONFIG -p/srv 2>&1", text: "listen ${PORT};",
		},
		{name: "pages alone", line: "nginx", files: map[string]string{"public/index.html": ""}, want: "PORT=${PORT:-8080}; render CONFIG LAYER/nginx.conf && together -s QUIT nginx -e stderr -c $CONFIG -pAPP/", text: `root "APP/public";`},
		{name: "Debian's own", line: "nginx -c /etc/nginx/nginx.conf", want: "nginx -c /etc/nginx/nginx.conf"},
		{name: "a variable", line: "nginx -c $CONF", want: "nginx -c $CONF"},
		{name: "not the last", line: "nginx && echo", want: "nginx && echo"},
		{name: "nothing to serve", line: "nginx", err: "nginx has neither a configuration nor pages to serve"},
		{name: "no such file", line: "nginx -c none.conf", err: "cannot read nginx's configuration: "},
		{name: "a broken one", line: "nginx", files: map[string]string{"nginx.conf": "http {"}, err: "cannot read nginx.conf: line 1: the end of the file comes before"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := site(t, row.files, "web: "+row.line)
			made, err := compile(t.Context(), s)
			if languagetest.Has(t, err, row.err); err != nil {
				return
			}
			layer, err := s.Layer(layerNginx)
			if err != nil {
				t.Fatal(err)
			}
			places := strings.NewReplacer(layer.Path, "LAYER", s.Dir, "APP")
			if diff := cmp.Diff(row.want, places.Replace(made.Started[0].Line)); diff != "" {
				t.Error(diff)
			}
			if row.text != "" && !strings.Contains(places.Replace(languagetest.Read(t, filepath.Join(layer.Path, "nginx.conf"))), row.text) {
				t.Errorf("the configuration lacks %s", row.text)
			}
			if row.note != "" && !strings.Contains(strings.Join(made.Notes, "\n"), row.note) {
				t.Errorf("notes are %q", made.Notes)
			}
		})
	}
}

// TestNginxByItsConfiguration starts an app that has nothing but nginx.conf and pages, and asks for what that needs.
func TestNginxByItsConfiguration(t *testing.T) {
	s := site(t, map[string]string{"nginx.conf": "stream { server { listen 1; } } http { server { listen {{port}}; } }", "public/index.html": ""})
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if len(made.Processes) != 1 || made.Started != nil || !strings.HasSuffix(made.Processes[0].Line, "nginx -e stderr -c $CONFIG -p"+s.Dir+"/") || made.Processes[0].Why != "nginx.conf" {
		t.Errorf("got %+v", made.Processes)
	}
	var names []string
	for _, one := range made.Slices {
		names = append(names, one.Name)
	}
	if diff := cmp.Diff([]string{"libnginx-mod-stream_data", "nginx_bins", "nginx-common_mime-types"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestHTTPDByItsConfiguration starts an app that has nothing but httpd.conf and pages.
func TestHTTPDByItsConfiguration(t *testing.T) {
	s := site(t, map[string]string{"httpd.conf": "Listen 80\nLoadModule ldap_module modules/mod_ldap.so\n", "htdocs/index.html": ""})
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	layer, err := s.Layer(layerHTTPD)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(layer.Path, "httpd.conf")
	if !strings.Contains(languagetest.Read(t, file), "LoadModule ldap_module /usr/lib/apache2/modules/mod_ldap.so\n") {
		t.Error("the configuration is not prepared")
	}
	if want := "PORT=${PORT:-8080} together -s WINCH apache2 -f " + file + " -DFOREGROUND"; len(made.Processes) != 1 || made.Processes[0].Line != want {
		t.Errorf("got %+v", made.Processes)
	}
	if len(made.Slices) != 3 || len(made.Omit) == 0 || len(made.Notes) != 2 {
		t.Errorf("got slices %v, omits %v, notes %q", made.Slices, made.Omit, made.Notes)
	}
}
