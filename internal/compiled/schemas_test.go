package compiled

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func readFiles(t *testing.T, pattern string) []File {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no files %s: %v", pattern, err)
	}
	var files []File
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, File{filepath.Base(name), data})
	}
	return files
}

// TestSchemasAreThoseOfTheTool compares with what glib-compile-schemas 2.84 made of the same files.
func TestSchemasAreThoseOfTheTool(t *testing.T) {
	want, err := os.ReadFile("testdata/gschemas.compiled")
	if err != nil {
		t.Fatal(err)
	}
	got, ignored := Schemas(readFiles(t, "testdata/schemas/*"))
	if diff := cmp.Diff(readGVDB(t, want), readGVDB(t, got)); diff != "" {
		t.Errorf("-tool +got:\n%s", diff)
	}
	var said []string
	for _, i := range ignored {
		said = append(said, i.Name+": "+i.Err.Error())
	}
	if diff := cmp.Diff([]string{
		`broken.gschema.xml: schema org.example.bad: key a: cannot read value "'no number'": it is not of type i`,
		`10_vendor.gschema.override: schema org.example: key small: cannot read value "70000": "70000" is no number of type n`,
		`10_vendor.gschema.override: schema org.example: there is no key unknown`,
		`10_vendor.gschema.override: schema org.example.derived: key choice: 'blue' is no choice`,
	}, said); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNoSchemasGiveNoFile(t *testing.T) {
	if got, _ := Schemas([]File{{"a.gschema.override", []byte("[a]\nb=1\n")}}); got != nil {
		t.Errorf("got %d bytes", len(got))
	}
}

// TestWrongVariantsInsideOthers has values that are not of the type that something around them gives them.
func TestWrongVariantsInsideOthers(t *testing.T) {
	for _, row := range [][2]string{{"mb", "0"}, {"mb", "just 'x'"}, {"v", "<[1, 'a']>"}, {"v", "<just <@i 'x'>>"}, {"a(ms)", "[(1,)]"}, {"a{sv}", "{'a': <@y 'x'>}"}} {
		vt, err := parseType(row[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseVariant(vt, row[1]); err == nil || !strings.HasPrefix(err.Error(), "cannot read value ") {
			t.Errorf("%s %q: got error %v", row[0], row[1], err)
		}
	}
}

func FuzzVariantText(f *testing.F) {
	for _, s := range [][2]string{{"a{sv}", "{'a': <[1, 2.5]>}"}, {"(ybms)", "(1, true, just 'x')"}, {"as", "@as []"}, {"v", "<<{1, 'a'}>>"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, typ, text string) {
		vt, err := parseType(typ)
		if err != nil {
			return
		}
		v, err := parseVariant(vt, text)
		if err == nil && vt.size() != 0 && len(v.data) != vt.size() {
			t.Errorf("%s %q: %d bytes, not %d", typ, text, len(v.data), vt.size())
		}
		if err != nil && !strings.Contains(err.Error(), "cannot read value") {
			t.Errorf("%v", err)
		}
	})
}
