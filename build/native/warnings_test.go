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

// TestWarningsAreNoErrors: a project whose Makefile makes errors of warnings is compiled with what a newer compiler warns of, unless
// it names the warning, or the user names the compiler; while it is configured, the compiler is left as it is.
func TestWarningsAreNoErrors(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc")
	}
	for _, row := range []struct {
		name, option, compiler, clang string
		fails                         bool
	}{
		{name: "all warnings", option: "-Werror"},
		{name: "the old word", option: "-pedantic-errors -Werror"},
		{name: "one warning", option: "-Werror=unused-variable", fails: true},
		{name: "the user's compiler", option: "-Werror", compiler: "gcc", fails: true},
		{name: "a build with Clang", option: "-Werror", clang: "clang", fails: true},
	} {
		var configured, compiled error
		s := languagetest.Site(t, func(ctx context.Context, c language.Command) error {
			try := func() error {
				args := append(strings.Fields(c.Env["CFLAGS"]+" -Wall "+row.option), "-c", "-o", filepath.Join(c.Dir, "a.o"), filepath.Join(c.Dir, "a.c"))
				return exec.CommandContext(ctx, "gcc", args...).Run()
			}
			switch c.Args[0] {
			case "sh":
				configured = try()
			case "make":
				compiled = try()
			}
			return nil
		})
		bin := t.TempDir()
		if row.clang != "" {
			languagetest.Write(t, bin, map[string]string{row.clang: ""})
		}
		s.Env["PATH"], s.Env["CC"] = bin+":"+os.Getenv("PATH"), row.compiler
		languagetest.Write(t, s.Dir, map[string]string{"configure": "", "a.c": "int main(void) { int x; return 0; }\n"})
		if _, err := compile(t.Context(), s); err == nil {
			t.Errorf("%s: programs out of nothing", row.name)
		}
		if configured == nil || (compiled != nil) != row.fails {
			t.Errorf("%s: configured %v, compiled %v", row.name, configured, compiled)
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
