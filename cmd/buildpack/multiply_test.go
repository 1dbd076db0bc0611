package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/build/language/languagetest"
)

// mostMade is how much memory a build may take in all for a file of megabytes, in bytes: some hundred times the file.
const mostMade = 1 << 30

// many is a text for each number up to n, %d being the number.
func many(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "%d", fmt.Sprint(i)))
	}
	return b.String()
}

// TestFilesOfAnAppThatMultiplyEndSoon builds apps with files that are as they should be, but for how many things they name or how deep they
// lie in themselves: what is made of them takes time and memory in proportion, or is refused.
func TestFilesOfAnAppThatMultiplyEndSoon(t *testing.T) {
	for _, row := range []struct{ name, app, file, text string }{
		{"processes", "none", "Procfile", many(100_000, "p%d: nginx\n")},
		{"processes of project.toml", "none", "project.toml", many(20_000, "[[dev.whittle.processes]]\ntype = \"p%d\"\ncommand = \"x\"\n")},
		{"long commands", "node", "Procfile", many(20, "p%d: x"+strings.Repeat("a", 127<<10)+"\n")},
		{"modules of nginx", "none", "nginx.conf", many(50_000, "load_module m%d.so;\n") + "events {}\nhttp { server { listen 80; } }\n"},
		{"keys of YAML", "pages", "Staticfile", "root: .\n" + many(80_000, "k%d: v\n")},
		{"modules of Apache's server", "php-httpd", "httpd.conf", many(100_000, "LoadModule a%d_module a%d.so\n") + "Listen 80\n"},
		{"folders that .htaccess closes", "php-httpd", "data/.htaccess", strings.Repeat("<Files x>\n", 100_000) + "deny from all\n"},
		{"extensions", "php", "composer.json", `{"require": {"php": "^8.2"` + many(50_000, `,"ext-e%d":"*"`) + `}}`},
		{"objects", "php", "composer.lock", `{"packages": [{}` + strings.Repeat(",{}", 300_000) + `]}`},
		{"vendored crates", "rust", ".cargo/config.toml", many(20_000, "[source.a%d]\ndirectory = \"v%d\"\n")},
		{"libraries of CMake", "c", "CMakeLists.txt", "project(a C)\n" + many(100_000, "find_package(P%d)\n")},
		{"libraries of a Makefile", "c-autotools", "configure.in", many(100_000, "AC_CHECK_LIB([l%d])\n")},
		{"properties", "java", "pom.xml", "<project><artifactId>a</artifactId><properties><java.version>" + strings.Repeat("${java.version}", 50) + "</java.version></properties></project>"},
		{"snapshots", "java", "pom.xml", "<project><artifactId>a</artifactId><dependencies>" + strings.Repeat("<version>1-SNAPSHOT</version>", 100_000) + "</dependencies></project>"},
		{"lines of a manifest", "java-jar", "META-INF/MANIFEST.MF", "Main-Class: a.Main\nClass-Path: a\n" + strings.Repeat(" b\n", 500_000)},
		{"tasks", "node-deno", "deno.json", `{"tasks": {"start": "deno task t0"` + many(11, `,"t%d": "deno task t%d0; deno task t%d0", "t%d0": "deno task t%d"`) + `}}`},
		{"brackets of a marker", "python", "requirements.txt", "flask ; " + strings.Repeat("(", 200_000) + "python_version > '3'" + strings.Repeat(")", 200_000) + "\n"},
		{"packages of a lock", "python-uv", "uv.lock", "version = 1\n" + many(10_000, "[[package]]\nname = \"p%d\"\nversion = \"1\"\n")},
	} {
		app, err := txtar.ParseFile("testdata/apps/" + row.app + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		dir, site := t.TempDir(), languagetest.Site(t, nil)
		for _, f := range app.Files {
			languagetest.Write(t, dir, map[string]string{f.Name: string(f.Data)})
		}
		if _, err := os.Stat(filepath.Join(dir, row.file)); err != nil {
			t.Fatalf("%s: the app has no such file: %v", row.name, err)
		}
		languagetest.Write(t, dir, map[string]string{row.file: row.text})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ended := make(chan string, 1)
		go func() { ended <- look(site, dir, true) }()
		select {
		case <-ended:
		case <-time.After(2 * time.Minute):
			t.Fatalf("%s: the build does not end", row.name)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > mostMade {
			t.Errorf("%s: a text of %d kB takes %d MB of memory", row.name, len(row.text)>>10, took>>20)
		}
	}
}
