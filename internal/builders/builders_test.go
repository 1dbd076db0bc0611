package builders_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/builders"
)

func TestReadSortsTheNewestFirst(t *testing.T) {
	all, err := builders.Read(fstest.MapFS{
		"debian-9/builder.toml":  {Data: []byte("[versions]\npython = [\"3.5\"]\n")},
		"debian-13/builder.toml": {Data: []byte("[versions]\npython = [\"3.13\"]\njava = [\"21\", \"25\"]\n[php]\nextensions = [\"gd\"]\n")},
		"debian-14/chisel.yaml":  {Data: []byte("format: v3\n")}, // definitions alone
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range all {
		got = append(got, strings.Join([]string{b.Release, b.Debian(), b.Image(), b.Version("python"), b.Version("java"), b.Version("perl"), strings.Join(b.PHP.Extensions, " ")}, "|"))
	}
	want := []string{"debian-13|Debian 13|whittle/builder:debian-13|3.13|21||gd", "debian-9|Debian 9|whittle/builder:debian-9|3.5|||"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if o := all.Others("debian-13"); len(o) != 1 || o[0].Release != "debian-9" || len(all) != 2 {
		t.Errorf("others are %v of %v", o, all)
	}
	if b := all.Of("debian-8"); b.Release != "debian-8" || b.Version("python") != "" {
		t.Errorf("an unknown release has %v", b)
	}
	if got := (builders.Builder{}).Debian(); got != "the build image's Debian" {
		t.Errorf("no release is called %q", got)
	}
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"[versions\n":                   "cannot read debian-13/builder.toml: ",
		"[versions]\npython = \"3.13\"": "cannot read debian-13/builder.toml: ",
		"[version]\npython = []\n":      "cannot read debian-13/builder.toml: nothing is known of version",
	} {
		_, err := builders.Read(fstest.MapFS{"debian-13/builder.toml": {Data: []byte(text)}})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
