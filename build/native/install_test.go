package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestRunPathHasNoPathOfTheBuild: a program gets the library of its own that no rule installed, and is told where that is.
func TestRunPathHasNoPathOfTheBuild(t *testing.T) {
	layers := t.TempDir()
	lib := filepath.Join(layers, "native/lib")
	for _, row := range []struct {
		name, had string
		needs     string
		want      string // the call of CMake's that sets it; empty for none
	}{
		{name: "paths of the build", had: layers + "/native-build/build/lib:ROOT/lib", needs: "libx.so.1", want: lib},
		{name: "a path of the image", had: "/opt/lib:" + layers + "/build/usr/lib", needs: "libx.so.1", want: "/opt/lib:" + lib},
		{name: "right as it is", had: lib, needs: "libx.so.1"},
		{name: "none at all", needs: "libx.so.1"},
		{name: "no library of its own", had: lib, needs: "libc.so.6", want: "-"},
	} {
		var scripts []string
		n := native{Site: languagetest.Site(t, func(_ context.Context, c language.Command) error {
			if c.Args[0] == "cmake" {
				scripts = append(scripts, languagetest.Read(t, c.Args[2]))
			}
			return nil
		})}
		n.prefix, n.work = filepath.Join(layers, "native"), filepath.Join(layers, "native-build")
		elf := slicertest.ELF{Interp: "/lib64/ld-linux-x86-64.so.2", Needed: []string{row.needs}, RunPath: strings.ReplaceAll(row.had, "ROOT", n.Root)}
		languagetest.Write(t, n.work, map[string]string{"a": string(elf.Bytes()), "lib/libx.so.1.2": string(slicertest.ELF{Soname: "libx.so.1"}.Bytes())})
		err := errors.Join(os.RemoveAll(n.prefix), os.RemoveAll(filepath.Join(n.work, "lib/libx.so.1")), os.Symlink("libx.so.1.2", filepath.Join(n.work, "lib/libx.so.1")))
		if err != nil {
			t.Fatal(err)
		}
		n.built = built{Programs: []string{filepath.Join(n.work, "a")}, Libraries: []string{n.work}}
		if err := n.install(t.Context()); err != nil {
			t.Fatal(err)
		}
		files := []string{"bin/a", "lib/libx.so.1"}
		if row.needs != "libx.so.1" {
			files = files[:1]
		}
		if diff := cmp.Diff(files, languagetest.Names(t, n.prefix)); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
		var want []string
		if row.want != "" {
			want = []string{fmt.Sprintf("file(RPATH_SET FILE %q NEW_RPATH %q)\n", filepath.Join(n.prefix, "bin/a"), strings.Trim(row.want, "-"))}
		}
		if diff := cmp.Diff(want, scripts); diff != "" {
			t.Errorf("%s: %s", row.name, diff)
		}
	}
}

// TestOwnLibraryThatLeadsOut: a link of the project's must not bring a file of the build image.
func TestOwnLibraryThatLeadsOut(t *testing.T) {
	n := native{Site: languagetest.Site(t, language.Exec)}
	layers := t.TempDir()
	n.prefix, n.work = filepath.Join(layers, "native"), filepath.Join(layers, "native-build")
	languagetest.Write(t, layers, map[string]string{"secret": "x", "native-build/none": ""})
	if err := errors.Join(os.MkdirAll(filepath.Join(n.prefix, "bin"), 0o755), os.Symlink(filepath.Join(layers, "secret"), filepath.Join(n.work, "libc.so.6"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.prefix, "bin/a"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	n.built.Libraries = []string{n.work}
	languagetest.Has(t, n.ownLibraries(), "cannot use the app's library libc.so.6: it leads out of the build")
}

// TestCopyHasTheHistory: build systems that take the version of the history find it where the sources are copied to, and it is not copied.
func TestCopyHasTheHistory(t *testing.T) {
	f := fake{t: t, makes: []string{"a"}}
	s := languagetest.Site(t, func(ctx context.Context, c language.Command) error {
		if c.Args[0] == "make" {
			if head, err := os.ReadFile(filepath.Join(c.Dir, ".git/HEAD")); string(head) != "ref" {
				t.Errorf("no history: %q, %v", head, err)
			}
			if info, err := os.Lstat(filepath.Join(c.Dir, ".git")); err != nil || info.IsDir() {
				t.Errorf("a copy of the history: %v", err)
			}
		}
		return f.run(ctx, c)
	})
	languagetest.Write(t, s.Dir, map[string]string{"Makefile": "all:\n\t$(CC) a.c\n", "a.c": "", ".git/HEAD": "ref"})
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}
