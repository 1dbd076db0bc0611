package release

import (
	"strings"
	"testing"
	"testing/fstest"
)

// opened is a release of two packages, of which the second requires the first, and of a third that cannot be parsed.
func opened(t *testing.T, keys string, change func(fstest.MapFS)) *Release {
	t.Helper()
	files := fstest.MapFS{
		"chisel.yaml":          {Data: []byte(config("v3", keys))},
		"slices/aa.yaml":       {Data: []byte("package: aa\nslices:\n  bins:\n    contents: {/usr/bin/aa: }\n")},
		"slices/more/bb.yaml":  {Data: []byte("package: bb\nslices:\n  bins:\n    essential: {aa_bins: }\n    contents: {/usr/bin/bb: }\n")},
		"slices/more/bad.yaml": {Data: []byte("package: bad\nslices: 7\n")},
	}
	change(files)
	r, err := Open(files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOpenReadsWhatIsAskedFor selects from a release in which a file is broken: only who asks for that is concerned.
func TestOpenReadsWhatIsAskedFor(t *testing.T) {
	r := opened(t, publicKeys(t), func(fstest.MapFS) {})
	if got := strings.Join(r.Names(), " "); got != "aa bad bb" || len(r.packages) != 0 {
		t.Errorf("names are %s, and %d definitions were read for them", got, len(r.packages))
	}
	found, err := r.Select([]Key{{"bb", "bins"}}, "amd64")
	if err != nil || len(found) != 2 || found[0].Package != "aa" || len(r.unread) != 1 {
		t.Errorf("selected %v, %v; %d definitions are left to read", found, err, len(r.unread))
	}
	if r.Package("bad") != nil {
		t.Error("a broken definition was read")
	}
	err = r.ReadAll()
	if err == nil || !strings.HasPrefix(err.Error(), "cannot read slices/more/bad.yaml:2: ") {
		t.Errorf("got error %v", err)
	}
}

// TestDigestTellsReleasesApart changes what a release is read from, and what not.
func TestDigestTellsReleasesApart(t *testing.T) {
	keys := publicKeys(t)
	first := opened(t, keys, func(fstest.MapFS) {}).Digest()
	for name, row := range map[string]struct {
		change func(fstest.MapFS)
		same   bool
	}{
		"Nothing": {func(fstest.MapFS) {}, true},
		"OtherFile": {func(f fstest.MapFS) {
			f["slices/aa.yaml.orig"] = f["slices/aa.yaml"]
			f["tests/x.yaml"] = f["slices/aa.yaml"]
		}, true},
		"Text":   {func(f fstest.MapFS) { f["slices/aa.yaml"].Data = append(f["slices/aa.yaml"].Data, '\n') }, false},
		"Config": {func(f fstest.MapFS) { f["chisel.yaml"].Data = append(f["chisel.yaml"].Data, '\n') }, false},
		"Name":   {func(f fstest.MapFS) { f["slices/aaa.yaml"] = f["slices/aa.yaml"]; delete(f, "slices/aa.yaml") }, false},
		"Folder": {func(f fstest.MapFS) { f["slices/bb.yaml"] = f["slices/more/bb.yaml"]; delete(f, "slices/more/bb.yaml") }, false},
	} {
		if got := opened(t, keys, row.change).Digest(); len(got) != 64 || (got == first) != row.same {
			t.Errorf("%s: digest %s, before %s", name, got, first)
		}
	}
}
