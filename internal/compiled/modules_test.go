package compiled

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGIOModulesAreListedByWhatTheyName(t *testing.T) {
	got := GIOModules([]File{
		{"libtls.so", []byte("\x7fELF\x00gio-tls-backend\x00x")},
		{"libgvfsdbus.so", []byte("\x00gio-volume-monitor\x00gio-vfs\x00")},
		{"libother.so", []byte("\x00gio-vfs-not\x00")},
	})
	want := "libgvfsdbus.so: gio-vfs,gio-volume-monitor\nlibtls.so: gio-tls-backend\n"
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if GIOModules(nil) != nil {
		t.Error("no modules give a file")
	}
}

func TestLoadersOfTheTableAreListed(t *testing.T) {
	ani := []byte("\x00ani\x00Windows animated cursor\x00LGPL\x00application/x-navi-animation\x00")
	got, ignored := PixbufLoaders("/usr/lib/x/loaders/", []File{{"libpixbufloader-ani.so", ani}, {"libpixbufloader-new.so", nil}, {"libpixbufloader-bmp.so", []byte("another")}})
	want := `# GdkPixbuf Image Loader Modules file
# Made by whittle
#
"/usr/lib/x/loaders/libpixbufloader-ani.so"
"ani" 4 "gdk-pixbuf" "Windows animated cursor" "LGPL"
"application/x-navi-animation" ""
"ani" ""
"RIFF    ACON" "    xxxx    " 100

`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var names []string
	for _, i := range ignored {
		names = append(names, i.Name)
	}
	if diff := cmp.Diff([]string{"libpixbufloader-bmp.so", "libpixbufloader-new.so"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestTableOfLoadersIsWhole looks at the form of each block: name, description, types, endings, and a pattern at least.
func TestTableOfLoadersIsWhole(t *testing.T) {
	blocks := strings.Split(strings.TrimSpace(pixbufLoaders), "\n\n")
	if len(blocks) < 17 {
		t.Errorf("there are %d loaders", len(blocks))
	}
	for _, b := range blocks {
		lines := strings.Split(b, "\n")
		if len(lines) < 5 || !strings.HasSuffix(lines[0], ".so") || len(quotedWords(lines[1])) < 3 || len(quotedWords(lines[2])) == 0 || len(quotedWords(lines[3])) == 0 {
			t.Errorf("this is no description of a loader:\n%s", b)
		}
	}
}
