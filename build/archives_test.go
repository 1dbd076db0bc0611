package build

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/manifest"
)

// contents are the files of the layers of the image, by their paths.
func (w *workshop) contents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, layer := range []string{"libs", "loader", "manifest"} {
		for _, name := range languagetest.Names(t, filepath.Join(w.layers, layer)) {
			file := filepath.Join(w.layers, layer, name)
			if info, err := os.Lstat(file); err == nil && info.Mode().IsRegular() {
				all[layer+"/"+name] = languagetest.Read(t, file)
			}
		}
	}
	return all
}

// unplug takes away the archive, and what the build before it left.
func (w *workshop) unplug(t *testing.T) {
	t.Helper()
	for _, dir := range []string{w.layers, w.dir + "/archive"} {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(w.layers, 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestBuildFromItsBundle saves what a build took from the archive, takes the archive away, and builds the same again.
func TestBuildFromItsBundle(t *testing.T) {
	w := newWorkshop(t)
	saved := w.dir + "/saved/app.bundle.tar"
	languagetest.Write(t, w.dir, map[string]string{"saved/type": "whittle-bundle"})
	w.env = map[string]string{"BP_WHITTLE_SAVE_BUNDLE": saved}
	if log, err := w.run(t); err != nil || !strings.Contains(log, "bundle of the packages: "+saved) {
		t.Fatalf("%v\n%s", err, log)
	}
	before := w.contents(t)
	w.unplug(t)
	w.env = nil
	if _, err := w.run(t); err == nil {
		t.Fatal("a build without an archive and without a bundle succeeds")
	}
	if err := os.MkdirAll(w.dir+"/platform/bindings", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.dir+"/saved", w.dir+"/platform/bindings/debian"); err != nil {
		t.Fatal(err)
	}
	log, err := w.run(t)
	if err != nil || !strings.Contains(log, "Debian packages: those of the bundle in binding debian") {
		t.Fatalf("%v\n%s", err, log)
	}
	if diff := cmp.Diff(before, w.contents(t)); diff != "" {
		t.Errorf("-with the archive +with its bundle:\n%s", diff)
	}
	w.needs = "libother.so.1"
	if _, err = w.run(t); err == nil {
		t.Fatal("a build finds what its bundle lacks")
	}
}

// TestNothingIsBundledOfNothing builds an app that has no program at all, for which the archive is not asked.
func TestNothingIsBundledOfNothing(t *testing.T) {
	w := newWorkshop(t)
	w.languages[0].Compile = func(context.Context, language.Site) (language.Artifacts, error) {
		return language.Artifacts{Processes: []language.Process{{Type: "web", Command: []string{"/usr/bin/shout"}}}}, nil
	}
	w.env = map[string]string{"BP_WHITTLE_SAVE_BUNDLE": w.dir + "/app.bundle.tar"}
	if log, err := w.run(t); err != nil || !strings.Contains(log, "the build took nothing from the archive") {
		t.Errorf("%v\n%s", err, log)
	}
	if _, err := os.Stat(w.dir + "/app.bundle.tar"); !os.IsNotExist(err) {
		t.Errorf("there is a bundle: %v", err)
	}
}

// TestMirrorOfABinding has the archive lie where only the apt sources of a binding say.
func TestMirrorOfABinding(t *testing.T) {
	w := newWorkshop(t)
	if err := os.MkdirAll(w.dir+"/platform/bindings/mirror", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.root+"/etc/apt/sources.list.d/test.sources", w.dir+"/platform/bindings/mirror/our.sources"); err != nil {
		t.Fatal(err)
	}
	languagetest.Write(t, w.dir, map[string]string{"platform/bindings/mirror/type": "apt", "platform/bindings/mirror/auth.conf": "machine example.org login u password hunter2\n"})
	log, err := w.run(t)
	if err != nil || !strings.Contains(log, "Debian packages: by the apt sources of binding mirror") {
		t.Fatalf("%v\n%s", err, log)
	}
	m, err := manifest.Read(strings.NewReader(languagetest.Read(t, w.layers+"/manifest/"+manifest.FileName)))
	if err != nil || len(m.Packages) != 1 || m.Packages[0].Name != "libgmp10" {
		t.Errorf("packages %v: %v", m, err)
	}
}

func TestBindingsOfPackagesThatCannotBeUsed(t *testing.T) {
	for _, row := range []struct {
		name, want string
		files      []string
	}{
		{"no bundle", "cannot use binding a: it is of type whittle-bundle and has no file *.tar", []string{"a/type=whittle-bundle"}},
		{"two bundles", "cannot use binding a: it is of type whittle-bundle and has several files: one.tar, two.tar", []string{"a/type=whittle-bundle", "a/one.tar=", "a/two.tar="}},
		{"no sources", "cannot use binding a: it is of type apt and has no file *.sources or *.list", []string{"a/type=apt", "a/auth.conf="}},
		{"a bundle and sources", "cannot use binding a: binding b is of type whittle-bundle, too", []string{"a/type=apt", "a/x.list=", "b/type=whittle-bundle", "b/x.tar="}},
		{"a bundle that is none", "it is no tar", []string{"a/type=whittle-bundle", "a/x.tar=no tar"}},
		{"logins that are none", "auth.conf", []string{"a/type=apt", "a/x.list=deb file:/nowhere ./\n", "a/auth.conf=password x"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorkshop(t)
			for _, f := range row.files {
				name, text, _ := strings.Cut(f, "=")
				languagetest.Write(t, w.dir, map[string]string{"platform/bindings/" + name: text})
			}
			if _, err := w.run(t); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}

// TestBundleOfAnArchiveThatCannotBeOpened asks for a bundle in a build that wants a package of an archive that is not there, and goes
// on without it.
func TestBundleOfAnArchiveThatCannotBeOpened(t *testing.T) {
	w := newWorkshop(t)
	if err := os.RemoveAll(w.dir + "/archive"); err != nil {
		t.Fatal(err)
	}
	w.languages[0].Compile = func(ctx context.Context, s language.Site) (language.Artifacts, error) {
		if _, err := s.More(ctx, []language.BuildPackage{{Name: "rustc-web", By: "test"}}); err == nil {
			t.Error("the archive is there")
		}
		return language.Artifacts{Processes: []language.Process{{Type: "web", Command: []string{"/usr/bin/shout"}}}}, nil
	}
	w.env = map[string]string{"BP_WHITTLE_SAVE_BUNDLE": w.dir + "/app.bundle.tar"}
	log, err := w.run(t)
	if err != nil || !strings.Contains(log, "the build took nothing from the archive") {
		t.Errorf("%v\n%s", err, log)
	}
}
