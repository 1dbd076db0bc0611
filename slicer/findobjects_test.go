package slicer

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

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
		if object, err := readObject(r); err != nil || object == nil {
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
	in := inside{budget: 1000}
	err := in.list(Object{Path: "/app/app.jar"}, readerCloser{bytes.NewReader([]byte(bomb))}, maxNested)
	if !errors.Is(err, errBig) || !strings.Contains(err.Error(), "/app/app.jar!/inner.jar") {
		t.Errorf("bomb: %v", err)
	}
	z, err := zip.NewReader(strings.NewReader(bomb), int64(len(bomb)))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := unpackEntry(z.File[0], 100); !errors.Is(err, errBig) || body != nil {
		t.Errorf("entry: %d bytes, %v", len(body), err)
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

// Of the variants in a jar only those of the image's machine and C library need anything, and a wheel's own libraries
// are found by its RUNPATH.
func TestNeedsOfFilesInArchives(t *testing.T) {
	bsd := elfOf("needs=libgcc_s.so.1")
	bsd = bsd[:7] + "\x09" + bsd[8:] // EI_OSABI
	jar := zipOf(t,
		"linux-x86_64/libn.so", elfOf("needs=libz.so.1"),
		"linux-musl/libn.so", elfOf("needs=libc.musl-x86_64.so.1,libmusl.so.1"),
		"android/libn.so", elfOf("needs=libc.so,liblog.so"),
		"freebsd/libn.so", bsd,
		"sunos/libn.so", elfOf("needs=libm.so.2"),
	)
	arm := slicertest.ELFOf("needs=libarm.so.1")
	arm.Machine = 183
	whl := zipOf(t,
		"pkg/_c.so", elfOf("needs=libq-1a2b.so.1", "runpath=$ORIGIN/../pkg.libs"),
		"pkg.libs/libq-1a2b.so.1", elfOf("soname=libq-1a2b.so.1", "needs=libz.so.1"),
	)
	tree := treeOf("app.jar", jar, "arm.jar", zipOf(t, "linux-aarch64/libn.so", string(arm.Bytes())), "pkg.whl", whl)
	objects, err := FindObjects(tree, "/app")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Select(t.Context(), Want{Arch: "amd64", Objects: objects})
	var missing *MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("error %v, want one about libz", err)
	}
	var got []string
	for _, f := range missing.Findings {
		got = append(got, f.Importer+" "+f.Name)
	}
	want := []string{"/app/app.jar!/linux-x86_64/libn.so libz.so.1", "/app/pkg.whl!/pkg.libs/libq-1a2b.so.1 libz.so.1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	r, err := Examine(t.Context(), Proof{Arch: "amd64", Objects: objects})
	if err != nil {
		t.Fatal(err)
	}
	got = nil
	for _, o := range r.Skipped {
		got = append(got, o.Name+": "+o.Reason)
	}
	want = []string{
		"/app/app.jar!/android/libn.so: it is built for another C library (libc.so), not for glibc",
		"/app/app.jar!/freebsd/libn.so: it is built for another system (ELFOSABI_FREEBSD)",
		"/app/app.jar!/linux-musl/libn.so: it is built for musl, not for glibc",
		"/app/app.jar!/sunos/libn.so: it is built for another C library (libm.so.2), not for glibc",
		"/app/arm.jar!/linux-aarch64/libn.so: it is built for another machine",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
