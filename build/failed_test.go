package build

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/build/failure"
	"whittle.dev/whittle/build/golang"
	"whittle.dev/whittle/build/java"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/native"
	"whittle.dev/whittle/build/node"
	"whittle.dev/whittle/build/php"
	"whittle.dev/whittle/build/python"
	"whittle.dev/whittle/build/ruby"
	"whittle.dev/whittle/build/rust"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer/packages"
)

// withTools are the languages that have package managers.
var withTools = []language.Language{golang.Language, python.Language, node.Language, php.Language, java.Language, rust.Language, ruby.Language, native.Language}

// TestFailuresAreTold writes the error of every output that the tools were seen to fail with.
func TestFailuresAreTold(t *testing.T) {
	outputs, err := txtar.ParseFile("failure/testdata/outputs.txtar")
	if err != nil {
		t.Fatal(err)
	}
	const lib = "usr/lib/x86_64-linux-gnu/"
	b := &builder{sources: sources{installed: newMemory("installed"), archive: newMemory("archive")}, log: languagetest.Quiet(), Deps: Deps{Languages: withTools, Root: t.TempDir()}}
	b.builders = builders.All{{Release: "debian-13", Versions: map[string][]string{"python": {"3.13"}}}, {Release: "debian-12", Versions: map[string][]string{"python": {"3.11"}}}}
	b.WorkingDir = "/workspace"
	b.project = project.Project{Settings: project.Settings{Packages: []project.Setting{{Name: "libmpc-dev", By: "project.toml"}, {Name: "libx", By: "BP_WHITTLE_BUILD_PACKAGES"}}}}
	archive := b.archive.(*memory)
	for name, files := range map[string]string{
		"libmpfr-dev": "usr/include/mpfr.h", "libmpfr-doc": "usr/share/doc/libmpfr-doc/mpfr.h", "libpq-dev": "usr/bin/pg_config", "postgresql-server-dev-17": "usr/lib/postgresql/17/bin/pg_config",
		"libmariadb-dev": lib + "pkgconfig/libmariadb.pc", "libmariadb-dev-compat": lib + "pkgconfig/mysqlclient.pc", "libxslt1-dev": lib + "pkgconfig/libxslt.pc", "libxml2-dev": lib + "pkgconfig/libxml-2.0.pc",
		"libldap-dev": "usr/include/lber.h", "libjpeg62-turbo-dev": "usr/include/jpeglib.h", "libcairo2-dev": "usr/include/cairo/cairo.h", "libssl-dev": lib + "pkgconfig/openssl.pc",
		"libsqlite3-dev": "usr/include/sqlite3.h " + lib + "libsqlite3.so", "libvips-dev": lib + "pkgconfig/vips.pc", "libcurl4-openssl-dev": "usr/bin/curl-config " + lib + "pkgconfig/libcurl.pc",
		"cargo": "usr/bin/cargo", "rustc": "usr/bin/rustc", "libfmt-dev": lib + "cmake/fmt/fmt-config.cmake", "libwebsockets-dev": lib + "pkgconfig/libwebsockets.pc", "libev-dev": "usr/include/ev.h " + lib + "libev.so",
	} {
		archive.add(packages.Package{Name: name, Version: "1"}, strings.Fields(files)...)
	}
	b.installed.(*memory).add(packages.Package{Name: "libcairo2-dev", Version: "1"})
	var all strings.Builder
	for _, f := range outputs.Files {
		name, command, _ := strings.Cut(f.Name, ": ")
		program := &language.ProgramError{Args: strings.Fields(command), Err: errors.New("exit status 1"), Output: string(f.Data)}
		fmt.Fprintf(&all, "-- %s --%s", name, b.advice(t.Context()).explain(fmt.Errorf("cannot build the app: %w", program)))
	}
	languagetest.Golden(t, "failures.txt", all.String())
}

// TestAdviceFollowsTheBuild: what is advised depends on what is bound, on what was shown, and on what can be looked at.
func TestAdviceFollowsTheBuild(t *testing.T) {
	vendored := t.TempDir()
	languagetest.Write(t, vendored, map[string]string{"deps/My_Shop-1.0-py3-none-any.whl": "x"})
	pip := &language.ProgramError{Args: []string{"pip", "install"}, Err: errors.New("exit status 1"), Output: "ERROR: Could not find a version that satisfies the requirement my-shop==1.0 (from versions: none)\n"}
	modular := t.TempDir()
	languagetest.Write(t, modular, map[string]string{".gitmodules": "[submodule \"x\"]\n\tpath = extern/fmt\n"})
	program := func(output string, shown bool) error {
		return &language.ProgramError{Args: strings.Fields("npm ci"), Err: errors.New("exit status 1"), Output: output, Shown: shown}
	}
	scripted := advice{languages: []language.Language{{Tools: []language.Tool{{Name: "npm", AddTo: "devDependencies in package.json", PackageOf: func(program string) string {
		return map[string]string{"ng": "@angular/cli"}[program]
	}}}}}}
	for _, row := range []struct {
		name   string
		advice advice
		err    error
		want   []string
		not    string
	}{
		{"an untrusted server, and a binding", advice{bound: []string{"ca"}}, program("SELF_SIGNED_CERT_IN_CHAIN", true), []string{"The binding ca does not hold"}, "service binding of type"},
		{"unknown, and shown", advice{}, program("line 1\nline 2", true), []string{"npm failed", "Its own messages are above."}, "line 2"},
		{"unknown, and not shown", advice{}, program("line 1\nline 2", false), []string{"line 2", "What it wrote last is above."}, "Its own messages"},
		{"nothing written", advice{}, program("", false), []string{"It wrote nothing that would tell why."}, "above"},
		{"a header, and no archive", advice{}, program("a.c:1:1: fatal error: x/y.h: No such file or directory", true), []string{"the build lacks the header x/y.h", "whittle find y.h"}, "Its own messages"},
		{"a header that nobody has", advice{find: func(failure.Cause) []found { return nil }}, program("a.c:1:1: fatal error: x/y.h: No such file or directory", true), []string{"whittle find y.h may name it"}, ""},
		{"a header that a submodule may have", advice{app: modular}, program("a.c:1:1: fatal error: x/y.h: No such file or directory", true), []string{"git submodule update --init extern/fmt; or add the Debian package"}, ""},
		{"a folder that is a submodule", advice{app: modular}, program("The source directory\n\n  /workspace/extern/fmt\n\ndoes not contain a CMakeLists.txt file.\n", false), []string{"the app lacks /workspace/extern/fmt", "git submodule update --init extern/fmt."}, "--recursive"},
		{"a file of a submodule", advice{app: modular}, program("include could not find requested file:\n\n  extern/fmt/support/a.cmake\n", false), []string{"git submodule update --init extern/fmt."}, "--recursive"},
		{"a program of a package, in a script", scripted, program("> app@1.0.0 build\n> ng build\n\nsh: 1: ng: not found", true), []string{"the build lacks the program ng", "Add the package @angular/cli, which has the program ng, to devDependencies"}, "Debian"},
		{"a program of the system, in a script", scripted, program("sh: 1: cmake: not found", true), []string{"the build lacks the program cmake", "Add the Debian package"}, "devDependencies"},
		{"a program that another tool lacks", scripted, &language.ProgramError{Args: []string{"make"}, Err: errors.New("exit status 1"), Output: "sh: 1: ng: not found"}, []string{"Add the Debian package"}, "devDependencies"},
		{"a wheel in the app", advice{app: vendored}, pip, []string{"the index has no package my-shop==1.0", "PIP_FIND_LINKS=deps,"}, "Correct the name"},
		{"no such wheel in the app", advice{app: t.TempDir()}, pip, []string{"Correct the name"}, "PIP_FIND_LINKS"},
		{"no such program", advice{}, &language.ProgramError{Args: []string{"cobol"}, Err: language.ErrNoProgram}, []string{"the build image has no program cobol"}, "above"},
		{"killed", advice{}, &language.ProgramError{Args: []string{"npm"}, Err: errors.New("signal: killed"), Shown: true}, []string{"ran out of memory"}, "above"},
		{"a long command", advice{}, &language.ProgramError{Args: []string{"pip", strings.Repeat("x", 500)}, Err: errors.New("exit status 1")}, []string{"cannot run pip xxx", " …: exit status 1"}, strings.Repeat("x", 100)},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := row.advice.explain(fmt.Errorf("cannot install packages: %w", row.err)).Error()
			for _, want := range row.want {
				if !strings.Contains(got, want) {
					t.Errorf("it lacks %q:\n%s", want, got)
				}
			}
			if row.not != "" && strings.Contains(got, row.not) {
				t.Errorf("it has %q:\n%s", row.not, got)
			}
		})
	}
}

// TestVersionsWithoutEnd: a range that ends is one that the runtime is too new for.
func TestVersionsWithoutEnd(t *testing.T) {
	for versions, want := range map[string]bool{
		">=22": true, ">= 3.4": true, "1.99 or newer": true, "20.19+ or 22.12+": true, "newer ones": true,
		"8 || 10 || 12": false, ">=3.9,<3.13": false, "<3.13,>=3.9": false, ">=14 <17": false, "<=3.13": false,
	} {
		if got := forNewer(versions); got != want {
			t.Errorf("%s: got %t", versions, got)
		}
	}
}
