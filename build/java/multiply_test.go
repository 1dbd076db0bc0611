package java

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// soon fails a test whose work does not end.
func soon(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatalf("%s: it does not end", what)
	}
}

// TestPropertiesOfAPomThatMultiply reads properties that name each other: of half a kilobyte, and a terabyte when they are replaced.
func TestPropertiesOfAPomThatMultiply(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("${a}", 100),
		strings.Repeat("${b}", 1000) + "</a><b>" + strings.Repeat("b", 1<<20) + "</b><a>" + strings.Repeat("${b}", 1000),
	} {
		files := fstest.MapFS{"pom.xml": {Data: []byte("<project><properties><a>" + text + "</a><java.version>${a}</java.version></properties></project>")}}
		soon(t, text[:20], func() {
			if w := pomWishes(files); len(w) > 0 {
				t.Errorf("got %d bytes", len(w[0].Spec))
			}
		})
	}
}

// TestModulesThatAreOneFile reads a project in which links have thousands of modules be one large file.
func TestModulesThatAreOneFile(t *testing.T) {
	dir := t.TempDir()
	var names, pom strings.Builder
	for i := range 200 {
		fmt.Fprintf(&names, "<module>m%d</module>", i)
		if err := os.Symlink(".", filepath.Join(dir, fmt.Sprintf("m%d", i))); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(&pom, "<project><modules>%s</modules><!--%s--></project>", &names, strings.Repeat("x", 4<<20))
	languagetest.Write(t, dir, map[string]string{"pom.xml": pom.String()})
	files := &counting{FS: os.DirFS(dir)}
	if all := modules(files); len(all) < 200 || files.bytes > maxPoms {
		t.Errorf("got %d modules of %d bytes", len(all), files.bytes)
	}
}

// counting counts the bytes of the files that are opened.
type counting struct {
	fs.FS
	bytes int64
}

func (c *counting) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }

func (c *counting) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err == nil {
		info, serr := f.Stat()
		if err = serr; err == nil && !info.IsDir() {
			c.bytes += info.Size()
		}
	}
	return f, err
}

// TestVersionsWithoutEnd reads a megabyte of snapshots: each is looked at by itself.
func TestVersionsWithoutEnd(t *testing.T) {
	text := strings.Repeat("<version>1-SNAPSHOT</version>", 100_000)
	m := maven{app: &app{Site: language.Site{Files: fstest.MapFS{"pom.xml": {Data: []byte("<project><dependencies>" + text + "</dependencies></project>")}}}}}
	soon(t, "snapshots", func() {
		if key, err := m.resolvedKey(); key != "" || err != nil {
			t.Errorf("got %q, %v", key, err)
		}
	})
}

// TestManifestsOfManyLines reads an attribute of a million lines.
func TestManifestsOfManyLines(t *testing.T) {
	soon(t, "manifest", func() {
		m, err := readManifest(strings.NewReader("Class-Path: a\r\n" + strings.Repeat(" b\r\n", 1_000_000)))
		if err != nil || len(m["class-path"]) != 1+1_000_000 {
			t.Errorf("got %d bytes, %v", len(m["class-path"]), err)
		}
	})
}

// TestArchivesThatUnpackToMoreThanTheyMay opens archives of kilobytes whose entries have gigabytes, by themselves or since many of
// them are one.
func TestArchivesThatUnpackToMoreThanTheyMay(t *testing.T) {
	dir := t.TempDir()
	for name, entries := range map[string]int{"few.jar": 10, "many.jar": 70} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i := range entries {
			if _, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("C%d.class", i), Method: zip.Deflate, UncompressedSize64: maxText}); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(w.Close(), os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	z, err := openZipFile(filepath.Join(dir, "few.jar"))
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Error(err)
	}
	if _, err := openZipFile(filepath.Join(dir, "many.jar")); err == nil || !strings.Contains(err.Error(), "it unpacks to more than") {
		t.Errorf("got error %v", err)
	}
}

// TestClassPathsByLinksEnd stages an archive whose class path names one folder by ever more names.
func TestClassPathsByLinksEnd(t *testing.T) {
	dir, name := t.TempDir(), ""
	if err := os.Symlink(".", filepath.Join(dir, "l")); err != nil {
		t.Fatal(err)
	}
	for i := range maxClassPath + 1 {
		name += fmt.Sprintf(" a%d.jar", i)
	}
	languagetest.Write(t, dir, map[string]string{"data.bin": strings.Repeat("x", 1000)})
	st := stageOf(t, dir)
	if _, err := st.classPath(archive{Path: "a.jar", Manifest: manifest{"class-path": name}}); err == nil || !strings.Contains(err.Error(), "names more than 5000 files") {
		t.Errorf("got error %v", err)
	}
	st.left = 5500
	if _, err := st.classPath(archive{Path: "a.jar", Manifest: manifest{"class-path": "l/ l/l/ l/l/l/ l/l/l/l/ l/l/l/l/l/ l/l/l/l/l/l/"}}); err == nil || !strings.Contains(err.Error(), "have more than") {
		t.Errorf("got error %v", err)
	}
}

// stageOf is a stage of a folder, into folders of the test.
func stageOf(t *testing.T, dir string) *stage {
	t.Helper()
	from, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	st, err := newStage(from, t.TempDir(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.close(); _ = from.Close() })
	return st
}

// TestClassesThatAreHoles looks at an unpacked archive with a class of 3 GB, which is a hole.
func TestClassesThatAreHoles(t *testing.T) {
	dir := t.TempDir()
	languagetest.Write(t, dir, map[string]string{"A.class": ""})
	if err := os.Truncate(filepath.Join(dir, "A.class"), 3<<30); err != nil {
		t.Fatal(err)
	}
	soon(t, "a hole", func() {
		s := scanner{scan: &scan{Modules: map[string]string{}}}
		merged := filepath.Join(t.TempDir(), "merged.jar")
		if err := errors.Join(s.all([]string{dir}), mergeClasses([]string{dir}, merged, 21)); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(merged); err != nil || info.Size() > 1000 {
			t.Errorf("got %v, %v", info, err)
		}
	})
}

// TestStartCommandsThatNameFilesWithoutEnd finds the files of a class path whose pattern leads through a few folders in more ways than
// anybody could follow.
func TestStartCommandsThatNameFilesWithoutEnd(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, strings.Repeat("a/", 9)), 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, classPath := range []string{strings.Repeat("**/", 12) + "x.jar", strings.Repeat("{a,b}", 40)} {
		soon(t, classPath, func() {
			a := &app{root: root, Site: language.Site{Dir: dir}}
			if _, err := a.mentioned(language.Process{Type: "web", Command: []string{"java", "-cp", classPath}}, language.NewSearch(language.FolderOf(root))); err == nil {
				t.Errorf("%s: it is found", classPath)
			}
		})
	}
}
