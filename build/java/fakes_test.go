package java

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// zipOf makes an archive of files, sorted by name. A text that begins with "class" is a class file that the rest describes.
func zipOf(t *testing.T, files map[string]string) string {
	t.Helper()
	return zipInOrder(t, files, slices.Sorted(maps.Keys(files))...)
}

// zipInOrder makes an archive of files in an order. Those that files lacks are empty.
func zipInOrder(t *testing.T, files map[string]string, order ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range order {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(contents(files[name])))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// archiveIn opens an archive in a folder, until the test is over.
func archiveIn(t *testing.T, dir, name string) *zipFile {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	z, err := openZip(root, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = z.Close() })
	return z
}

func contents(text string) string {
	if words := strings.Fields(text); len(words) > 1 && words[0] == "class" {
		return classOf(words[1], words[2:]...)
	}
	return text
}

// classOf makes a class file: of what it refers to by "ref:NAME", of a string literal by "text:TEXT", of any other text by
// "name:TEXT", and with a main method by "main".
func classOf(name string, parts ...string) string {
	var pool bytes.Buffer
	count := uint16(1)
	u2 := func(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }
	text := func(s string) uint16 {
		pool.WriteByte(tagUTF8)
		pool.Write(u2(uint16(len(s))))
		pool.WriteString(s)
		count++
		return count - 1
	}
	constant := func(tag byte, s string) uint16 {
		at := text(s)
		pool.WriteByte(tag)
		pool.Write(u2(at))
		count++
		return count - 1
	}
	this := constant(tagClass, name)
	pool.WriteByte(tagLong) // counts twice
	pool.Write(make([]byte, 8))
	count += 2
	var methods []byte
	for _, p := range parts {
		kind, value, _ := strings.Cut(p, ":")
		switch kind {
		case "ref":
			constant(tagClass, value)
		case "text":
			constant(tagString, value)
		case "name":
			text(value)
		case "main":
			n, d := text("main"), text("([Ljava/lang/String;)V")
			methods = slices.Concat(u2(0x0009), u2(n), u2(d), u2(1), u2(n), []byte{0, 0, 0, 1, 7})
		}
	}
	count16 := uint16(0)
	if methods != nil {
		count16 = 1
	}
	return string(slices.Concat(
		[]byte{0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65}, u2(count), pool.Bytes(), u2(0x21), u2(this), u2(0), u2(0), u2(0), u2(count16), methods, u2(0),
	))
}

func manifestOf(lines ...string) string {
	return strings.Join(append([]string{"Manifest-Version: 1.0"}, lines...), "\n") + "\n\n"
}

// fakeJDK makes a JDK of a version in a folder with a bin/, whose modules are of some classes, and returns PATH.
func fakeJDK(t *testing.T, versions ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, v := range versions {
		line, _, _ := strings.Cut(v, ".")
		home := "usr/lib/jvm/java-" + line + "-openjdk-amd64/"
		languagetest.Write(t, dir, map[string]string{
			home + "release":                   "JAVA_VERSION=\"" + v + "\"\nOS_ARCH=\"x86_64\"\n",
			home + "lib/security/cacerts":      "store",
			home + "jmods/java.base.jmod":      zipOf(t, map[string]string{"classes/java/lang/Object.class": "x"}),
			home + "jmods/java.sql.jmod":       zipOf(t, map[string]string{"classes/java/sql/Driver.class": "x"}),
			home + "jmods/java.desktop.jmod":   zipOf(t, map[string]string{"classes/java/awt/Font.class": "x"}),
			home + "jmods/jdk.crypto.ec.jmod":  zipOf(t, map[string]string{"classes/sun/security/ec/SunEC.class": "x"}),
			home + "jmods/jdk.localedata.jmod": zipOf(t, map[string]string{"classes/sun/util/de.class": "x"}),
			home + "jmods/jdk.charsets.jmod":   zipOf(t, map[string]string{"classes/sun/nio/Big5.class": "x"}),
			home + "jmods/jdk.zipfs.jmod":      zipOf(t, map[string]string{"classes/jdk/nio/Zip.class": "x"}),
			home + "jmods/jdk.management.jmod": zipOf(t, map[string]string{"classes/com/sun/management/OperatingSystemMXBean.class": "x"}),
		})
	}
	if err := os.MkdirAll(filepath.Join(dir, "usr/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "usr/bin")
}

// tools are the programs that a build runs.
type tools struct {
	t     *testing.T
	site  language.Site
	jdeps string            // what jdeps answers
	made  map[string]string // what Maven or Gradle makes, below the app's folder
	fail  map[string]string // what a program says before it fails
	ran   []string          // command lines, the programs by their base names
	// migrated is what Tomcat's tool makes of a war.
	migrated string
}

func (r *tools) run(_ context.Context, c language.Command) error {
	r.t.Helper()
	name := filepath.Base(c.Args[0])
	r.ran = append(r.ran, name+" "+strings.Join(c.Args[1:], " "))
	if said, ok := r.fail[name]; ok {
		return &language.ProgramError{Args: c.Args, Err: os.ErrInvalid, Output: said, Shown: true}
	}
	switch name {
	case "jdeps":
		_, err := c.Stdout.Write([]byte("Warning: split package\n" + r.jdeps + "\n"))
		return err
	case "java":
		if c.Args[1] != "-jar" {
			break
		}
		return os.WriteFile(c.Args[len(c.Args)-1], []byte(r.migrated), 0o644)
	case "jlink":
		out := c.Args[slices.Index(c.Args, "--output")+1]
		languagetest.Write(r.t, out, map[string]string{"bin/java": "\x7fELF", "lib/modules": "x", "lib/libawt.so": "x", "lib/libawt_xawt.so": "x", "lib/server/libjvm.so": "x", "lib/security/cacerts": "x"})
	case "mvn", "gradle":
		languagetest.Write(r.t, c.Dir, r.made)
	case "javac":
		out := c.Args[slices.Index(c.Args, "-d")+1]
		languagetest.Write(r.t, out, r.made)
	}
	return nil
}

// newTools returns programs for an app of files; texts as contents has them.
func newTools(t *testing.T, files map[string]string) *tools {
	t.Helper()
	r := &tools{t: t, jdeps: "java.base"}
	r.site = languagetest.Site(t, r.run)
	r.site.Env = map[string]string{"PATH": fakeJDK(t, "21.0.13")}
	for name, text := range files {
		files[name] = contents(text)
	}
	languagetest.Write(t, r.site.Dir, files)
	return r
}
