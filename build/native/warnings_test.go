package native

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestWarningsAreNoErrors: a project whose Makefile makes errors of warnings is compiled with what a newer compiler warns of, also where its
// flags are its own (CFLAGS = -Wall -Werror), unless it names the warning; while it is configured, the compiler is left as it is.
func TestWarningsAreNoErrors(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc")
	}
	for _, row := range []struct {
		name, option, compiler string
		own                    bool // the Makefile's flags replace those of the environment
		fails                  bool
	}{
		{name: "all warnings", option: "-Werror"},
		{name: "the old word", option: "-pedantic-errors -Werror"},
		{name: "one warning", option: "-Werror=unused-variable", fails: true},
		{name: "the Makefile's own flags", option: "-Werror", own: true},
		{name: "one warning of the Makefile's own flags", option: "-Werror=unused-variable", own: true, fails: true},
		{name: "the user's compiler", option: "-Werror", compiler: "gcc"},
	} {
		var configured, compiled error
		s := languagetest.Site(t, func(ctx context.Context, c language.Command) error {
			try := func() error {
				flags := c.Env["CFLAGS"]
				if row.own {
					flags = ""
				}
				args := append(strings.Fields(flags+" -Wall "+row.option), "-c", "-o", filepath.Join(c.Dir, "a.o"), filepath.Join(c.Dir, "a.c"))
				gcc := exec.CommandContext(ctx, "gcc", args...)
				gcc.Env = []string{"PATH=" + os.Getenv("PATH"), "LIBRARY_PATH=" + c.Env["LIBRARY_PATH"]}
				return gcc.Run()
			}
			switch c.Args[0] {
			case "gcc":
				out, err := exec.CommandContext(ctx, "gcc", c.Args[1:]...).Output()
				_, _ = c.Stdout.Write(out)
				return err
			case "sh":
				configured = try()
			case "make":
				compiled = try()
			}
			return nil
		})
		s.Env["CC"] = row.compiler
		languagetest.Write(t, s.Dir, map[string]string{"configure": "", "a.c": "int main(void) { int x; return 0; }\n"})
		if _, err := compile(t.Context(), s); err == nil {
			t.Errorf("%s: programs out of nothing", row.name)
		}
		if configured == nil || (compiled != nil) != row.fails {
			t.Errorf("%s: configured %v, compiled %v", row.name, configured, compiled)
		}
	}
}

// TestOldCode: what GCC has made errors of in version 14 is compiled with a warning that tells of it, unless the project names it or a pointer loses half of itself.
func TestOldCode(t *testing.T) {
	if got := forgotten("12.2.0"); got != noErrors {
		t.Errorf("GCC 12 is told of options that it does not know: %s", got)
	}
	if version, err := exec.Command("gcc", "-dumpfullversion").Output(); err == nil && string(version) >= "14" {
		tryOldCode(t, strings.TrimSpace(string(version)))
	}
	for said, want := range map[string]string{
		"": "",
		"a.c:1:9: warning: unused variable 'x' [-Wunused-variable]\n": "",
		"/workspace/a.c:3:5: warning: implicit declaration of function 'exit' [-Wimplicit-function-declaration]\nb.c:1:1: warning: return type defaults to 'int' [-Wimplicit-int]\n": "a.c:3: implicit declaration of function 'exit' (and 1 more like it): since version 14 GCC by itself refuses such code",
	} {
		var log strings.Builder
		s := languagetest.Site(t, func(_ context.Context, c language.Command) error {
			_, err := c.Stderr.Write([]byte(said))
			return err
		})
		s.Log = language.NewLog(&log, languagetest.Noon)
		n := native{Site: s, dir: "/workspace"}
		if err := n.run(t.Context(), s.Dir, "make"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(log.String(), want) || want == "" && log.Len() > 0 {
			t.Errorf("%q: %q", said, log.String())
		}
	}
}

// tryOldCode compiles by a compiler that has the errors.
func tryOldCode(t *testing.T, version string) {
	specs, err := exec.Command("gcc", "-dumpspecs").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "specs")
	if err := os.WriteFile(file, []byte(strings.TrimRight(string(specs), "\n")+forgotten(version)), 0o644); err != nil {
		t.Fatal(err)
	}
	for source, row := range map[string]struct {
		flags string
		fails bool
	}{
		"main(){ exit(f()); }\nf() { return 1; }\n":              {},
		"int main(void) { return f(); }\n":                       {flags: "-Werror=implicit-function-declaration", fails: true},
		"int main(void) { int *p = open_it(); return !p; }\n":    {fails: true},
		"int main(void) { char *p = 0; int *q = p; return !q; }": {},
	} {
		languagetest.Write(t, dir, map[string]string{"a.c": source})
		args := append(strings.Fields(row.flags), "-specs="+file, "-c", "-o", filepath.Join(dir, "a.o"), filepath.Join(dir, "a.c"))
		if out, err := exec.Command("gcc", args...).CombinedOutput(); (err != nil) != row.fails {
			t.Errorf("%s: %v: %s", source, err, out)
		}
	}
}

// TestDefaultsOfMakefiles: a variable that a Makefile sets where the environment does not is left to it, and nothing else is: webdis has
// the folders of its headers there.
func TestDefaultsOfMakefiles(t *testing.T) {
	for _, row := range []struct {
		name, file, text string
		user             string
		want             bool // the environment has CFLAGS
	}{
		{"a default", "Makefile", "CFLAGS ?= -Isrc/x\nall:\n\t$(CC) a.c\n", "", false},
		{"a default of a part", "src/Makefile", "export CFLAGS?=-Ix\n", "", false},
		{"the user's flags", "Makefile", "CFLAGS ?= -Isrc/x\nall:\n\t$(CC) a.c\n", "-O3", true},
		{"of another variable", "Makefile", "MY_CFLAGS ?= -Isrc/x\nall:\n\t$(CC) a.c\n", "", true},
		{"set for good", "Makefile", "CFLAGS = -Isrc/x\nall:\n\t$(CC) a.c\n", "", true},
		{"of C++", "Makefile", "CXXFLAGS ?= -Isrc/x\nall:\n\t$(CC) a.c\n", "", true},
		{"of no Makefile", "CMakeLists.txt", "# CFLAGS ?= x\n", "", true},
	} {
		f := fake{t: t, makes: []string{"a"}, codemodel: targets("a a.c")}
		s := languagetest.Site(t, f.run)
		s.Env["CFLAGS"] = row.user
		languagetest.Write(t, s.Dir, map[string]string{row.file: row.text, "a.c": ""})
		if row.file == "src/Makefile" {
			languagetest.Write(t, s.Dir, map[string]string{"Makefile": "all:\n\t$(MAKE) -C src\n"})
		}
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if got := strings.HasPrefix(f.environ["CFLAGS"], "-O"); got != row.want {
			t.Errorf("%s: CFLAGS are %q", row.name, f.environ["CFLAGS"])
		}
	}
}
