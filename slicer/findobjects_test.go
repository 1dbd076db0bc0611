package slicer

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

// zipOf makes a zip of names and contents in turn. A name that begins with "=" is stored, not compressed.
func zipOf(t *testing.T, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		name, stored := strings.CutPrefix(files[i], "=")
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if stored {
			h.Method = zip.Store
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func elfOf(words ...string) string { return string(slicertest.ELFOf(words...).Bytes()) }

func treeOf(files ...string) fstest.MapFS {
	tree := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		tree[files[i]] = &fstest.MapFile{Data: []byte(files[i+1]), Mode: 0o644}
	}
	return tree
}

func pathsOf(objects []Object) (paths []string) {
	for _, o := range objects {
		paths = append(paths, o.Path)
	}
	return paths
}

func TestFindObjectsLooksIntoArchives(t *testing.T) {
	native := zipOf(t, "org/x/linux/libx.so", elfOf("soname=libx.so"), "org/x/X.class", elfOf(), "org/x/windows/x.dll", "MZ", "org/x/", "")
	tree := treeOf(
		"bin/server", elfOf("exec"),
		"notes.txt", "text",
		"empty", "",
		"lib/native.jar", native,
		"lib/boot.jar", zipOf(t, "=BOOT-INF/lib/native.jar", native, "BOOT-INF/lib/packed.jar", native),
		"lib/liar.jar", "no zip at all",
		"pkg-1-cp313-manylinux.whl", zipOf(t, "pkg/_c.cpython-313-x86_64-linux-gnu.so", elfOf(), "pkg.libs/libz-1a2b.so.1", elfOf()),
	)
	got, err := FindObjects(tree, "/app")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/app/bin/server",
		"/app/lib/boot.jar!/BOOT-INF/lib/native.jar!/org/x/linux/libx.so",
		"/app/lib/boot.jar!/BOOT-INF/lib/packed.jar!/org/x/linux/libx.so",
		"/app/lib/native.jar!/org/x/linux/libx.so",
		"/app/pkg-1-cp313-manylinux.whl!/pkg/_c.cpython-313-x86_64-linux-gnu.so",
		"/app/pkg-1-cp313-manylinux.whl!/pkg.libs/libz-1a2b.so.1",
	}
	if d := cmp.Diff(want, pathsOf(got)); d != "" {
		t.Fatal(d)
	}
	for _, o := range got {
		r, err := o.Open()
		if err != nil {
			t.Fatal(err)
		}
		if object, err := packages.ReadELF(r); err != nil || object == nil {
			t.Errorf("%s: %v, %v", o.Path, object, err)
		}
		r.Close()
	}
}

// What an archive claims of itself is not believed: how much it unpacks to is counted, and so is how deep archives lie.
func TestFindObjectsBoundsArchives(t *testing.T) {
	deep := zipOf(t, "libx.so", elfOf())
	for range 4 {
		deep = zipOf(t, "inner.jar", deep)
	}
	if _, err := FindObjects(treeOf("app.jar", deep), "/app"); err == nil || !strings.Contains(err.Error(), "archives lie in archives more than 3 deep") {
		t.Errorf("depth: %v", err)
	}
	bomb := zipOf(t, "inner.jar", strings.Repeat("\x00", 1<<20))
	in := inside{archives: &archives{}, budget: 1000, memory: 1 << 20}
	err := in.list(Object{Path: "/app/app.jar"}, packages.InMemory([]byte(bomb)), maxNested)
	if !errors.Is(err, errBig) || !strings.Contains(err.Error(), "/app/app.jar!/inner.jar") {
		t.Errorf("bomb: %v", err)
	}
	z, err := zip.NewReader(strings.NewReader(bomb), int64(len(bomb)))
	if err != nil {
		t.Fatal(err)
	}
	if _, size, err := unpackEntry(z.File[0], 100); !errors.Is(err, errBig) {
		t.Errorf("entry: %d bytes, %v", size, err)
	}
}

// TestArchivesOfManyNamesAreNoWorkWithoutEnd has an archive under many names, as hard links in an image have it: what all of them unpack
// to is bounded, and what cannot be unpacked counts, too.
func TestArchivesOfManyNamesAreNoWorkWithoutEnd(t *testing.T) {
	body := elfOf("soname=libx.so") + strings.Repeat("\x00", 1<<20)
	jar := zipOf(t, "=libx.so", body, "inner.jar", zipOf(t, "=liby.so", body))
	objects, err := FindObjects(treeOf("a.jar", jar), "/app")
	if err != nil || len(objects) != 2 {
		t.Fatalf("%v, %v", pathsOf(objects), err)
	}
	a := &archives{memory: 1 << 20}
	a.unpacked.Store(maxWork - int64(len(body)))
	z := Object{Path: "/app/a.jar", Open: func() (packages.ReaderAtCloser, error) { return packages.InMemory([]byte(jar)), nil }}
	if _, err := a.open(z, "libx.so"); !errors.Is(err, errBig) || errors.Is(err, plan.ErrUnpack) || !strings.Contains(err.Error(), "the archives unpack to more than 8589.9 MB in all") {
		t.Errorf("a file: %v", err)
	}
	if _, err := a.objectsInside(z); !errors.Is(err, errBig) {
		t.Errorf("an archive: %v", err)
	}
}

// A zip app of Python's begins with a line for the kernel.
func TestFindObjectsLooksIntoZipApps(t *testing.T) {
	app := "#!/usr/bin/env python3\n" + zipOf(t, "__main__.py", "import x", ".deps/x.whl/x.so", elfOf("needs=libgmp.so.10"))
	objects, err := FindObjects(treeOf("app.pex", app, "tool.pyz", app), "/app")
	if diff := cmp.Diff([]string{"/app/app.pex!/.deps/x.whl/x.so", "/app/tool.pyz!/.deps/x.whl/x.so"}, pathsOf(objects)); diff != "" || err != nil {
		t.Errorf("%v%s", err, diff)
	}
}

// An entry that begins well and cannot be unpacked is no reason to fail: nobody can load it.
func TestBrokenEntryIsLeftOut(t *testing.T) {
	body := elfOf("soname=libx.so") + strings.Repeat("abcdefgh", 4000)
	jar := []byte(zipOf(t, "=libx.so", body))
	jar[bytes.Index(jar, []byte("abcdefgh"))+100] ^= 1 // the sum is wrong now
	objects, err := FindObjects(treeOf("app.jar", string(jar)), "/app")
	if err != nil || len(objects) != 1 {
		t.Fatalf("%v, %v", pathsOf(objects), err)
	}
	s, err := Select(t.Context(), Want{Arch: "amd64", Objects: objects})
	if err != nil || len(s.Omitted) != 1 || s.Omitted[0].Name != "/app/app.jar!/libx.so" {
		t.Errorf("%+v, %v", s, err)
	}
}
