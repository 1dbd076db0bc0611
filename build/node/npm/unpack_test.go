package npm_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/node/npm"
	"whittle.dev/whittle/build/node/npm/npmtest"
)

// TestPackageOfManyDirectories unpacks more directories than stay open at once, in no order.
func TestPackageOfManyDirectories(t *testing.T) {
	r := npmtest.New(t)
	files := map[string]string{"package.json": "{}"}
	for i := range 600 {
		files[fmt.Sprintf("lib/%d/a.js", i)] = fmt.Sprint("a", i)
		files[fmt.Sprintf("lib/%d/deeper/b.js", i)] = fmt.Sprint("b", i)
	}
	r.Add(t, "many", "1.0.0", files)
	all, err := r.Npm().Releases(t.Context(), "many")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := r.Npm().Unpack(t.Context(), "many", all[0], dir, t.TempDir(), npm.Everything); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, name := range languagetest.Names(t, dir) {
		got[name] = languagetest.Read(t, filepath.Join(dir, name))
	}
	if diff := cmp.Diff(files, got); diff != "" {
		t.Error(diff)
	}
}

// TestNothingIsReadBehindTheLastFile unpacks a tarball that is broken behind the files that are wanted; its checksum is held all the
// same.
func TestNothingIsReadBehindTheLastFile(t *testing.T) {
	r := npmtest.New(t)
	r.AddTarball("tool", "1.0.0", brokenBehind(t, "program", "x"))
	all, err := r.Npm().Releases(t.Context(), "tool")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	take := npm.Taking{Name: npm.Everything.Name, Most: 1}
	if err := r.Npm().Unpack(t.Context(), "tool", all[0], dir, t.TempDir(), take); err != nil {
		t.Fatal(err)
	}
	if got := languagetest.Read(t, dir+"/program"); got != "x" {
		t.Errorf("got %q", got)
	}
	if err := r.Npm().Unpack(t.Context(), "tool", all[0], t.TempDir(), t.TempDir(), npm.Everything); err == nil {
		t.Error("a broken tarball is taken")
	}
	r.Spoiled = true
	if err := r.Npm().Unpack(t.Context(), "tool", all[0], dir, t.TempDir(), take); err == nil || len(languagetest.Names(t, dir)) > 0 {
		t.Errorf("another tarball than the index says: %v, and %v stays", err, languagetest.Names(t, dir))
	}
}

// brokenBehind is a tarball with one file, and with noise in place of what should follow.
func brokenBehind(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "package/" + name, Mode: 0o755, Size: int64(len(text))})
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err = errors.Join(err, w.Flush(), z.Flush()); err != nil {
		t.Fatal(err)
	}
	b.WriteString(strings.Repeat("noise", 100))
	return b.Bytes()
}
