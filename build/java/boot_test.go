package java

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestBootJarListsItsFolders: Spring scans packages and looks for templates by folders, which Java finds where the archive lists
// them. Each is listed once, before what is in it, whether the build listed it or not.
func TestBootJarListsItsFolders(t *testing.T) {
	dir := t.TempDir()
	languagetest.Write(t, dir, map[string]string{"app.jar": zipOf(t, map[string]string{
		manifestFile: manifestOf("Start-Class: shop.Shop"), "BOOT-INF/classes/": "", "BOOT-INF/classes/shop/Shop.class": "x",
		"BOOT-INF/classes/shop/parts/Part.class": "x", "BOOT-INF/classes/shop/": "", "BOOT-INF/classes/templates/": "", "BOOT-INF/lib/a.jar": "x",
		"META-INF/maven/pom.xml": "x", "META-INF/services/a.B": "x", "org/springframework/boot/loader/Launcher.class": "x",
	})})
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := bootClasses(w, archiveIn(t, dir, "app.jar"), manifest{"start-class": "shop.Shop"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		if f.FileInfo().IsDir() != strings.HasSuffix(f.Name, "/") {
			t.Errorf("%s has mode %v", f.Name, f.Mode())
		}
	}
	want := []string{manifestFile, "shop/", "shop/Shop.class", "shop/parts/", "shop/parts/Part.class", "templates/", "META-INF/", "META-INF/maven/", "META-INF/maven/pom.xml"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
