package native

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/slicer/slicertest"
)

// program is an ELF file that is a program.
var program = slicertest.ELF{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"libc.so.6"}}.Bytes()

// fake is the build systems, which make and install what is written down.
type fake struct {
	t         *testing.T
	makes     []string // programs, below the folder that is compiled in
	installs  []string // files, below the prefix
	codemodel map[string]string
	meson     string // the targets that Meson tells
	tests     string // the tests that Meson or CTest tell
	fails     string // the program that fails
	ran       []string
	environ   map[string]string
}

func (f *fake) run(_ context.Context, c language.Command) error {
	f.ran = append(f.ran, strings.Join(c.Args, " "))
	switch {
	case c.Args[0] == "gcc":
		_, err := fmt.Fprintln(c.Stdout, "14.2.0")
		return err
	case strings.Contains(strings.Join(c.Args, " "), f.fails) && f.fails != "":
		return &language.ProgramError{Args: c.Args, Err: errors.New("exit status 2"), Output: "a.c:1:1: error: x"}
	case c.Args[0] == "cmake" && c.Args[1] == "-S":
		f.environ = c.Env
		languagetest.Write(f.t, filepath.Join(c.Args[4], ".cmake/api/v1/reply"), f.codemodel)
		f.write(c.Args[4], f.makes)
	case c.Args[0] == "ctest":
		_, err := fmt.Fprintln(c.Stdout, strings.ReplaceAll(f.tests, "BUILD", c.Args[2]))
		return err
	case c.Args[0] == "meson" && c.Args[1] == "setup":
		f.environ = c.Env
		languagetest.Write(f.t, c.Args[2], map[string]string{
			"meson-info/intro-targets.json": strings.ReplaceAll(f.meson, "BUILD", c.Args[2]), "meson-info/intro-tests.json": strings.ReplaceAll("["+f.tests+"]", "BUILD", c.Args[2]),
		})
		f.write(c.Args[2], f.makes)
	case slices.Contains(c.Args, "install") || slices.Contains(c.Args, "--install"):
		f.write(f.prefix(c), f.installs)
	case c.Args[0] == "make":
		f.environ = c.Env
		f.write(c.Dir, f.makes)
	}
	return nil
}

// prefix is where a call installs to.
func (f *fake) prefix(c language.Command) string {
	at, stage := filepath.Join(filepath.Dir(filepath.Dir(c.Dir)), "native"), ""
	for _, a := range c.Args {
		if p, ok := strings.CutPrefix(a, "PREFIX="); ok {
			at = p
		}
		if d, ok := strings.CutPrefix(a, "DESTDIR="); ok {
			stage = d
		}
	}
	if rpath := c.Env["LDFLAGS"]; strings.Contains(rpath, "-rpath,") {
		_, at, _ = strings.Cut(rpath, "-rpath,")
		at = filepath.Dir(at)
	}
	return filepath.Join(stage, at)
}

func (f *fake) write(dir string, names []string) {
	for _, name := range names {
		file := filepath.Join(dir, name)
		data := []byte("text")
		if filepath.Ext(name) == "" || strings.HasSuffix(name, ".so.1") {
			data = program
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, data, 0o755)); err != nil {
			f.t.Fatal(err)
		}
	}
}

// mesonLibrary are the targets of a library that is installed, with a program that is not.
const mesonLibrary = `[{"type": "shared library", "filename": ["BUILD/libx.so"], "installed": true}, {"type": "executable", "filename": ["BUILD/check"]}]`

// library are programs as targets has them, beside a library that is installed.
func library(lines ...string) map[string]string {
	all := targets(append(lines, "libx x.c install")...)
	for name, text := range all {
		if strings.Contains(text, `"libx"`) {
			all[name] = strings.ReplaceAll(text, "EXECUTABLE", "SHARED_LIBRARY")
		}
	}
	return all
}

// targets are what CMake's file API tells of programs: "name source" or "name source install".
func targets(lines ...string) map[string]string {
	files := map[string]string{}
	var refs []string
	for i, line := range lines {
		words := strings.Fields(line)
		install := ""
		if len(words) > 2 {
			install = `, "install": {"destinations": []}`
		}
		name := fmt.Sprintf("target-%d.json", i)
		files[name] = fmt.Sprintf(`{"name": %q, "type": "EXECUTABLE", "artifacts": [{"path": %q}], "sources": [{"path": %q}]%s}`, words[0], words[0], words[1], install)
		refs = append(refs, fmt.Sprintf(`{"jsonFile": %q}`, name))
	}
	files["codemodel-v2-1.json"] = `{"configurations": [{"targets": [` + strings.Join(refs, ",") + `]}]}`
	return files
}

// TestCompile builds projects as they are found: which programs the image has, which one it runs, and what is left of the
// app's folder.
func TestCompile(t *testing.T) {
	for _, row := range []struct {
		name  string
		fake  fake
		files map[string]string
		env   map[string]string
		user  bool   // the user names processes
		want  string // processes, "*" after the default one
		left  string
		ran   string // a part of a call
		err   string
	}{
		{
			name: "CMake without an install rule", fake: fake{codemodel: targets("shop src/shop.c", "bench tools/bench.c"), makes: []string{"shop", "bench"}},
			files: map[string]string{"CMakeLists.txt": "project(shop C)", "src/shop.c": "", "data/a.txt": ""}, want: "web*", left: "data/a.txt", ran: "-DCMAKE_BUILD_TYPE=Release",
		},
		{
			name: "CMake, several targets, the project's name", fake: fake{codemodel: targets("shop a.c", "tool b.c"), makes: []string{"shop", "tool"}},
			files: map[string]string{"CMakeLists.txt": "cmake_minimum_required(VERSION 3.20)\nproject(shop C)", "a.c": ""}, want: "shop*,tool",
		},
		{
			name: "CMake, several targets, nothing decides", fake: fake{codemodel: targets("x a.c", "y b.c"), makes: []string{"x", "y"}},
			files: map[string]string{"CMakeLists.txt": "project(shop C)"}, err: "Set BP_C_PROGRAM=x, or write a Procfile: web: x",
		},
		{
			name: "CMake, several targets, the setting decides", fake: fake{codemodel: targets("x a.c", "y b.c"), makes: []string{"x", "y"}},
			files: map[string]string{"CMakeLists.txt": "project(shop C)"}, env: map[string]string{"BP_C_PROGRAM": "y"}, want: "x,y*",
		},
		{
			name: "CMake, a setting that is none of them", fake: fake{codemodel: targets("x a.c"), makes: []string{"x"}},
			files: map[string]string{"CMakeLists.txt": ""}, env: map[string]string{"BP_C_PROGRAM": "z"}, err: "there is no program z",
		},
		{
			name: "CMake, several targets, the user's processes decide", fake: fake{codemodel: targets("x a.c", "y b.c"), makes: []string{"x", "y"}},
			files: map[string]string{"CMakeLists.txt": ""}, user: true, want: "x,y",
		},
		{
			name: "CMake, a preset and the user's arguments", fake: fake{codemodel: targets("x a.c"), makes: []string{"x"}},
			files: map[string]string{"CMakeLists.txt": "", "CMakePresets.json": `{"configurePresets": [{"name": "base", "hidden": true}, {"name": "vcpkg", "toolchainFile": "vcpkg.cmake"}, {"name": "dev"}, {"name": "release"}]}`},
			env:   map[string]string{"BP_C_BUILD_ARGS": `-DNAME="a b"`}, want: "web*", ran: `--preset release -DCMAKE_BUILD_TYPE`,
		},
		{name: "CMake, nothing that runs", fake: fake{codemodel: targets()}, files: map[string]string{"CMakeLists.txt": ""}, err: "cmake built no program"},
		{
			name: "Meson, installed", fake: fake{meson: `[{"type": "executable", "filename": ["BUILD/web"], "installed": true}, {"type": "executable", "filename": ["BUILD/probe"]}]`, makes: []string{"web", "probe"}, installs: []string{"bin/web", "share/web/page.txt", "include/web.h", "share/man/web.txt"}},
			files: map[string]string{"meson.build": "project('web', 'c')", "web.c": "", "templates/t.html": ""}, want: "web*", left: "templates/t.html",
		},
		{
			name: "Meson without an install rule", fake: fake{meson: `[{"type": "executable", "filename": ["BUILD/web"]}, {"type": "shared library", "filename": ["BUILD/libx.so"]}]`, makes: []string{"web"}},
			files: map[string]string{"meson.build": ""}, want: "web*",
		},
		{
			name: "Meson, a library and its tests", fake: fake{meson: mesonLibrary, tests: `{"name": "x", "cmd": ["BUILD/check", "-v"]}`, makes: []string{"check"}, installs: []string{"lib/libx.so.txt"}},
			files: map[string]string{"meson.build": ""}, err: "the project is a library, and an image runs a program\n  built by meson only for its tests: check",
		},
		{
			name: "Meson, a library and a test that is the app", fake: fake{meson: mesonLibrary, tests: `{"name": "x", "cmd": ["BUILD/check", "-v"]}`, makes: []string{"check"}, installs: []string{"lib/libx.so.txt"}},
			files: map[string]string{"meson.build": ""}, env: map[string]string{"BP_C_PROGRAM": "check"}, want: "check*",
		},
		{
			name: "Meson, a library and a program without a test", fake: fake{meson: mesonLibrary, makes: []string{"check"}, installs: []string{"lib/libx.so.txt"}},
			files: map[string]string{"meson.build": ""}, want: "web*",
		},
		{
			name: "CMake, a library and its tests", fake: fake{codemodel: library("check a.c"), tests: `{"kind": "ctestInfo", "tests": [{"name": "x", "command": ["BUILD/check"]}]}`, makes: []string{"check"}, installs: []string{"lib/libx.so.txt"}},
			files: map[string]string{"CMakeLists.txt": ""}, err: "built by cmake only for its tests: check",
		},
		{
			name: "CMake, a test of an app", fake: fake{codemodel: targets("app a.c"), tests: `{"tests": [{"name": "x", "command": ["BUILD/app"]}]}`, makes: []string{"app"}},
			files: map[string]string{"CMakeLists.txt": ""}, want: "web*",
		},
		{name: "autotools", fake: fake{installs: []string{"bin/clock", "share/clock/face.txt"}}, files: map[string]string{"configure": "#! /bin/sh\n# Generated by GNU Autoconf 2.72.\n", "configure.ac": "", "Makefile.am": "", "clock.c": ""}, want: "web*", ran: "native/lib --disable-static"},
		{name: "a configure script by hand", fake: fake{installs: []string{"bin/clock"}}, files: map[string]string{"configure": "#!/bin/sh\n", "src/clock.c": ""}, want: "web*", ran: "sh ./configure --prefix=PREFIX"},
		{name: "a configure script by hand, of another shell", fake: fake{installs: []string{"bin/clock"}}, files: map[string]string{"configure": "#!/usr/bin/env bash\n", "clock.cc": ""}, want: "web*", ran: "bash ./configure --prefix=PREFIX"},
		{name: "autotools from its source", fake: fake{installs: []string{"bin/clock"}}, files: map[string]string{"configure.ac": ""}, want: "web*", ran: "autoreconf --force --install"},
		{
			name: "autotools from its source, by a script of the project", fake: fake{fails: "autoreconf", installs: []string{"bin/clock"}},
			files: map[string]string{"configure.ac": "", "autogen.sh": "", "buildconf": ""}, want: "web*", ran: "env NOCONFIGURE=1 sh ./autogen.sh",
		},
		{name: "autotools from a broken source", fake: fake{fails: "autoreconf"}, files: map[string]string{"configure.ac": ""}, err: "cannot run autoreconf"},
		{name: "make with an install rule", fake: fake{installs: []string{"bin/a", "bin/b"}}, files: map[string]string{"Makefile": "a: a.c\n\t$(CC) -o a a.c\n\ninstall: a\n\tcp a $(DESTDIR)$(PREFIX)/bin\n", "a.c": ""}, user: true, want: "a,b", ran: "DESTDIR="},
		{name: "make with an install rule that knows no prefix", fake: fake{fails: "make install", makes: []string{"a"}}, files: map[string]string{"Makefile": "a: a.c\n\t$(CC) -o a a.c\n\ninstall: a\n\tcp a /usr/bin\n", "a.c": ""}, want: "web*"},
		{name: "make without one", fake: fake{makes: []string{"out/server", "tests/t", "a.o"}}, files: map[string]string{"makefile": "all:\n\tgcc -o out/server a.c\n", "a.c": ""}, want: "web*", ran: "make -j"},
		{name: "the compiler fails", fake: fake{fails: "make"}, files: map[string]string{"Makefile": "a:\n\tcc a.c\n", "a.c": ""}, err: "cannot run make"},
		{name: "another build system than the first", fake: fake{makes: []string{"a"}}, files: map[string]string{"CMakeLists.txt": "", "Makefile": "a:\n\tcc a.c\n"}, env: map[string]string{"BP_C_BUILD_SYSTEM": "make"}, want: "web*"},
		{name: "arguments with an open quote", files: map[string]string{"Makefile": "a:\n\tcc a.c\n", "a.c": ""}, env: map[string]string{"BP_C_BUILD_ARGS": `"a`}, err: "cannot read BP_C_BUILD_ARGS"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := row.fake
			f.t = t
			s := languagetest.Site(t, f.run)
			languagetest.Write(t, s.Dir, row.files)
			for k, v := range row.env {
				s.Env[k] = v
			}
			if row.user {
				s.Processes = []language.Process{{Type: "web", Line: "a"}}
			}
			a, err := compile(t.Context(), s)
			languagetest.Has(t, err, row.err)
			if row.err != "" {
				return
			}
			if got := languagetest.Types(a.Processes); got != row.want {
				t.Errorf("processes are %q", got)
			}
			if diff := cmp.Diff(strings.Fields(row.left), languagetest.Names(t, s.Dir)); diff != "" && row.left != "" {
				t.Error(diff)
			}
			ran := strings.ReplaceAll(row.ran, "PREFIX", a.Roots[0]+"\n")
			if !slices.ContainsFunc(f.ran, func(line string) bool { return strings.Contains(line+"\n", ran) }) {
				t.Errorf("ran %q", f.ran)
			}
			for _, name := range languagetest.Names(t, a.Roots[0]) {
				if strings.HasSuffix(name, ".h") || strings.HasPrefix(name, "share/man") {
					t.Errorf("the layer has %s", name)
				}
			}
			if flags := f.environ["CFLAGS"]; f.environ != nil && !strings.Contains(flags, "-ffile-prefix-map=") {
				t.Errorf("CFLAGS are %q", flags)
			}
		})
	}
}

// TestBrokenProjectsAreTold builds projects that are broken in what is of C and C++; how compilers and build systems fail is told by
// package failure.
func TestBrokenProjectsAreTold(t *testing.T) {
	cmake := map[string]string{"CMakeLists.txt": "project(shop C)"}
	two := fake{codemodel: targets("x a.c", "y b.c"), makes: []string{"x", "y"}}
	var told languagetest.Problems
	for _, row := range []struct {
		name       string
		fake       fake
		files, env map[string]string
	}{
		{name: "several programs", fake: two, files: cmake},
		{name: "a program that is none of them", fake: two, files: cmake, env: map[string]string{"BP_C_PROGRAM": "z"}},
		{name: "no program", fake: fake{codemodel: targets()}, files: cmake},
		{name: "no program by make", fake: fake{makes: []string{"a.o"}}, files: map[string]string{"Makefile": "a.o:\n\t$(CC) -c a.c\n", "a.c": ""}},
		{name: "a library", fake: fake{meson: `[{"type": "shared library", "filename": ["BUILD/libx.so"], "installed": true}]`, installs: []string{"lib/libx.so.1"}}, files: map[string]string{"meson.build": ""}},
		{name: "a library and its tests", fake: fake{meson: mesonLibrary, tests: `{"name": "x", "cmd": ["BUILD/check"]}`, makes: []string{"check"}}, files: map[string]string{"meson.build": ""}},
		{name: "a build system without its files", files: cmake, env: map[string]string{"BP_C_BUILD_SYSTEM": "meson"}},
		{name: "no build system", files: map[string]string{"a.c": ""}},
		{name: "arguments with an open quote", files: cmake, env: map[string]string{"BP_C_BUILD_ARGS": `-DNAME="a`}},
	} {
		f := row.fake
		f.t = t
		s := languagetest.Site(t, f.run)
		languagetest.Write(t, s.Dir, row.files)
		maps.Copy(s.Env, row.env)
		_, err := compile(t.Context(), s)
		told.Add(t, row.name, err, strings.NewReplacer(s.Dir, "").Replace)
	}
	told.Golden(t)
}

// TestNothingIsCompiledTwice: where nothing changed nothing is run, and after a change the files that did not are older than
// what was made of them.
func TestNothingIsCompiledTwice(t *testing.T) {
	f := fake{t: t, makes: []string{"web"}}
	s := languagetest.Site(t, f.run)
	files := map[string]string{"Makefile": "web: a.c b.c\n\t$(CC) -o web a.c b.c\n", "a.c": "1", "b.c": "2"}
	build := func() {
		t.Helper()
		languagetest.Write(t, s.Dir, files)
		f.ran = nil
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	build()
	build()
	if diff := cmp.Diff([]string{"gcc -dumpfullversion"}, f.ran); diff != "" {
		t.Error(diff)
	}
	files["a.c"] = "3"
	build()
	if !slices.ContainsFunc(f.ran, func(line string) bool { return strings.HasPrefix(line, "make -j") }) {
		t.Errorf("ran %q", f.ran)
	}
	layer, err := s.Layer(layerBuild)
	if err != nil {
		t.Fatal(err)
	}
	age := func(name string) int64 {
		info, err := os.Stat(filepath.Join(layer.Path, "source", name))
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime().Unix()
	}
	if !(age("b.c") < age("web") && age("b.c") < age("a.c")) {
		t.Errorf("b.c %d, a.c %d, web %d", age("b.c"), age("a.c"), age("web"))
	}
	if got := languagetest.Read(t, filepath.Join(layer.Path, "source/a.c")); got != "3" {
		t.Errorf("the copy of a.c has %q", got)
	}
}

// TestEveryBuildSystemMayBeNamed holds what BP_C_BUILD_SYSTEM may be against the build systems that there are.
func TestEveryBuildSystemMayBeNamed(t *testing.T) {
	var names []string
	for _, s := range systems {
		names = append(names, s.name)
	}
	if diff := cmp.Diff(names, Language.Choices[0].Words); diff != "" {
		t.Error(diff)
	}
}

func TestClaims(t *testing.T) {
	for _, row := range []struct{ files, want string }{
		{"CMakeLists.txt= meson.build=", "CMakeLists.txt meson.build"},
		{"configure=Autoconf", "configure"},
		{"configure= src/core/a.c=", "configure"},
		{"configure= cc/gcc= os/linux=", ""}, // of sources that are elsewhere
		{"configure= configure.ac=", "configure.ac"},
		{"Makefile=deploy:;kubectl", ""},
		{"Makefile=all:;$(CC) lib/core/os/a.cxx=", "Makefile"},
		{"Makefile=all:;$(CC) node_modules/a/a.c=", ""},
		{"GNUmakefile=all: main.c=", "GNUmakefile"},
		{"Makefile=all: src/main.cpp=", "Makefile"},
		{"main.c=", ""},
	} {
		dir := fstest.MapFS{}
		for word := range strings.FieldsSeq(row.files) {
			name, text, _ := strings.Cut(word, "=")
			dir[name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := strings.Join(claims(dir), " "); got != row.want {
			t.Errorf("%s: %q", row.files, got)
		}
	}
}

// TestBuildPackages: what the files of build systems ask for brings the packages that have it.
func TestBuildPackages(t *testing.T) {
	for _, row := range []struct{ file, text, want string }{
		{"CMakeLists.txt", "find_package(CURL REQUIRED)\n# find_package(ZLIB REQUIRED)\nfind_package(PNG)\nfind_package(fmt 9 CONFIG REQUIRED)\nfind_package(Doxygen QUIET)\n", "libcurl4-openssl-dev libpng-dev libfmt-dev"},
		{"CMakeLists.txt", "pkg_check_modules(DB REQUIRED IMPORTED_TARGET sqlite3>=3.1 libpq)\n", "libsqlite3-dev libpq-dev"},
		{"meson.build", "a = dependency('libcurl', required: true)\nb = dependency('threads')\n", "libcurl4-openssl-dev"},
		{"configure.ac", "LIBS=\"-levent $saved_LIBS\"\nAC_SEARCH_LIBS([inflate], [foo z])\nCFLAGS=\"-Wl-lxx\"\n", "libevent-dev zlib1g-dev"},
		{"configure.ac", "PKG_CHECK_MODULES([EV], [libevent >= 2])\nAC_CHECK_LIB([z], [inflate])\n", "libevent-dev zlib1g-dev"},
		{"Makefile", "LDLIBS = -lcurl -lm\nX = `pkg-config --libs jansson`\n", "libcurl4-openssl-dev libjansson-dev"},
		{"src/CMakeLists.txt", "find_package(OpenSSL REQUIRED)\n", "libssl-dev"},
		{"CMakeLists.txt", "find_package(Libwebsockets 3.2.0 REQUIRED)\nfind_library(LIBUV_LIBRARY NAMES uv libuv)\nfind_library(M m)\n", "libwebsockets-dev libuv1-dev"},
		{"tests/CMakeLists.txt", "find_package(GTest REQUIRED)\n", ""},
		{"notes.txt", "find_package(CURL REQUIRED)\n", ""},
	} {
		var got []string
		for _, p := range buildPackages(fstest.MapFS{row.file: {Data: []byte(row.text)}}, nil, builders.Builder{}) {
			got = append(got, p.Name)
		}
		if diff := cmp.Diff(row.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", row.text, diff)
		}
	}
}
