package archive

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"whittle.dev/whittle/slicer/slicertest"
)

// today is what the tests' archives are opened at.
func today() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// newArchive is a small signed archive.
func newArchive(keys ...*slicertest.Key) slicertest.Archive {
	return slicertest.Archive{
		Keys: keys,
		Components: map[string][]slicertest.Deb{
			"main": {
				{
					Name: "libgmp10", Version: "2:6.3.0-3", Fields: map[string]string{"Source": "gmp", "Installed-Size": "12", "Provides": "libgmp-abi (= 10), libmp"},
					Files: []slicertest.DebFile{{Path: "usr/lib/x86_64-linux-gnu/libgmp.so.10", Body: []byte("elf")}},
				},
				{Name: "libgmp-dev", Files: []slicertest.DebFile{{Path: "usr/include/gmp.h", Body: []byte("h")}}},
				{Name: "hello", Version: "1.9"},
				{Name: "hello", Version: "1.10", Files: []slicertest.DebFile{{Path: "usr/bin/hello world", Body: []byte("x")}}},
			},
		},
	}
}

// optionsFor opens an archive at one or more addresses, with the archive's keys
// trusted. Nothing is retried and nothing waited for unless a test says so.
func optionsFor(t *testing.T, a slicertest.Archive, uris ...string) Options {
	t.Helper()
	sources, err := ParseSources("test.sources", []byte(a.Sources(strings.Join(uris, " "))))
	if err != nil {
		t.Fatal(err)
	}
	return Options{
		Sources: sources, Root: t.TempDir(), Arch: "amd64", Cache: t.TempDir(), Now: today,
		Retries: -1, Backoff: time.Nanosecond,
	}
}

func mustOpen(t *testing.T, o Options) *Archive {
	t.Helper()
	a, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// wantOpenError opens and expects an error with each of the parts.
func wantOpenError(t *testing.T, o Options, parts ...string) error {
	t.Helper()
	a, err := Open(t.Context(), o)
	if err == nil {
		a.Close()
		t.Fatalf("Open succeeded, want an error with %q", parts)
	}
	wantParts(t, err, parts...)
	return err
}

func wantParts(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not say %q", err, part)
		}
	}
}

// serve serves what the handler says until the test ends.
func serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func newKey() *slicertest.Key { return slicertest.NewKey("test", slicertest.KeyOptions{}) }

func TestPackageHasTheFieldsOfItsStanza(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
	p, err := a.Package("libgmp10")
	if err != nil {
		t.Fatal(err)
	}
	got := []any{p.Name, p.Version, p.Architecture, p.Source, p.SourceVersion, p.InstalledSize, p.Suite, p.Origin}
	want := []any{"libgmp10", "2:6.3.0-3", "amd64", "gmp", "2:6.3.0-3", int64(12288), "trixie", "Debian"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFetchReturnsTheVerifiedDeb(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
	p, err := a.Package("libgmp10")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is in the cache
		data, err := fetched(t, a, p)
		if err != nil {
			t.Fatal(err)
		}
		if want := fixture.Components["main"][0].Bytes(); !slices.Equal(data, want) {
			t.Errorf("the fetched file has %d bytes, want the package's %d", len(data), len(want))
		}
	}
}

// fetched reads a package's .deb.
func fetched(t *testing.T, a *Archive, p *Package) ([]byte, error) {
	t.Helper()
	f, err := a.Fetch(t.Context(), p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

func TestPackageTakesTheHighestVersionByDebiansOrder(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
	if p, err := a.Package("hello"); err != nil || p.Version != "1.10" {
		t.Errorf("Package(hello) = %+v, %v; want version 1.10", p, err)
	}
}

func TestPackageThatIsNowhere(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
	for _, c := range []struct {
		name             string
		nearest, virtual []string
	}{
		{"libgmp", []string{"libgmp10", "libgmp-dev"}, nil},
		{"helo", []string{"hello"}, nil},
		{"libmp", nil, []string{"libgmp10"}},
		{"zzzzzzzz", []string{}, nil},
	} {
		_, err := a.Package(c.name)
		var missing *NotFoundError
		if !errors.As(err, &missing) || !errors.Is(err, ErrNotFound) {
			t.Errorf("Package(%s): error %v is no NotFoundError", c.name, err)
			continue
		}
		if diff := cmp.Diff(&NotFoundError{c.name, c.nearest, c.virtual}, missing); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNamesAreSortedAndUnique(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
	if diff := cmp.Diff([]string{"hello", "libgmp-dev", "libgmp10"}, slices.Collect(a.Names())); diff != "" {
		t.Error(diff)
	}
}

func TestOwnersByBaseName(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
	for base, want := range map[string][]Owner{
		"libgmp.so.10": {{"usr/lib/x86_64-linux-gnu/libgmp.so.10", "libgmp10"}},
		"gmp.h":        {{"usr/include/gmp.h", "libgmp-dev"}},
		"hello world":  {{"usr/bin/hello world", "hello"}},
		"none":         nil,
	} {
		got, err := a.Owners(t.Context(), base)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Owners(%s): %s", base, diff)
		}
	}
}

func TestFilesMatchingStopsWhenToldTo(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
	for _, limit := range []int{1, 100} {
		var got []string
		err := a.FilesMatching(t.Context(), nil, func(p string) bool { return strings.HasPrefix(p, "usr/") && !strings.Contains(p, "include") },
			func(o Owner) bool { got = append(got, o.Path); return len(got) < limit })
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"usr/bin/hello world", "usr/lib/x86_64-linux-gnu/libgmp.so.10"}
		if diff := cmp.Diff(want[:min(limit, 2)], got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestPinsChangeTheChoice(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	pins, err := ParsePins("preferences", []byte("Package: hello\nPin: version 1.9*\nPin-Priority: 900\n\nPackage: libgmp*\nPin: release o=Debian\nPin-Priority: -1\n"))
	if err != nil {
		t.Fatal(err)
	}
	o.Pins = pins
	a := mustOpen(t, o)
	if p, err := a.Package("hello"); err != nil || p.Version != "1.9" {
		t.Errorf("Package(hello) = %+v, %v; want the pinned version 1.9", p, err)
	}
	if _, err := a.Package("libgmp10"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a package of negative priority was found: %v", err)
	}
}

func TestSuiteThatIsNotAutomaticGivesWay(t *testing.T) {
	key := newKey()
	stable, backports := newArchive(key), newArchive(key)
	backports.Suite = "trixie-backports"
	backports.Extra = map[string]string{"NotAutomatic": "yes", "ButAutomaticUpgrades": "yes"}
	backports.Components = map[string][]slicertest.Deb{"main": {{Name: "hello", Version: "2.0"}, {Name: "fresh"}}}
	o := optionsFor(t, stable, stable.Serve(t).URL)
	o.Sources = append(o.Sources, optionsFor(t, backports, backports.Serve(t).URL).Sources...)
	a := mustOpen(t, o)
	for name, want := range map[string]string{"hello": "1.10", "fresh": "1.0"} {
		if p, err := a.Package(name); err != nil || p.Version != want {
			t.Errorf("Package(%s) = %+v, %v; want version %s", name, p, err, want)
		}
	}
}

func TestFlatArchiveAndFileURI(t *testing.T) {
	fixture := newArchive(newKey())
	fixture.Flat = true
	dir := t.TempDir()
	if err := fixture.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	a := mustOpen(t, optionsFor(t, fixture, "file:"+dir))
	p, err := a.Package("libgmp10")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Fetch(t.Context(), p); err != nil {
		t.Error(err)
	}
}

func TestEachCompressionOfTheIndex(t *testing.T) {
	key := newKey()
	for _, c := range []string{"", "gz", "xz", "zst"} {
		fixture := newArchive(key)
		fixture.Compressions = []string{c}
		a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
		if _, err := a.Package("hello"); err != nil {
			t.Errorf("compression %q: %v", c, err)
		}
	}
}

func TestComponentThatIsNotThere(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	o.Sources[0].Components = []string{"main", "universe"}
	wantOpenError(t, o, "trixie", "no component universe", "it has main")
}

func TestArchitectureThatIsNotThere(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	o.Arch = "riscv64"
	wantOpenError(t, o, "no suite has packages for riscv64")
}

// TestRecover describes a package by its own .deb, as a lock asks for one that no index lists.
func TestRecover(t *testing.T) {
	fixture := newArchive(newKey())
	a := mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
	listed, err := a.Package("libgmp10")
	if err != nil {
		t.Fatal(err)
	}
	want := Package{Name: listed.Name, Version: listed.Version, Architecture: listed.Architecture, Filename: listed.Filename, Size: listed.Size, SHA256: listed.SHA256}
	got, err := a.Recover(t.Context(), &want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{listed.Source, listed.Provides, listed.Section}, []string{got.Source, got.Provides, got.Section}); diff != "" {
		t.Error(diff)
	}
	other := want
	other.Section, other.Priority = "oldlibs", "extra"
	if got, err := a.Recover(t.Context(), &other); err != nil || got.Section != "oldlibs" || got.Priority != "extra" {
		t.Errorf("the archive's own opinion does not count: %+v, %v", got, err)
	}
	for name, change := range map[string]func(*Package){
		"its .deb is libgmp10": func(p *Package) { p.Name = "hello" },
		"2:6.3.0-3 for amd64":  func(p *Package) { p.Version = "9" },
		"404":                  func(p *Package) { p.Filename, p.SHA256 = "pool/x.deb", strings.Repeat("0", 64) },
		"is not a plain path":  func(p *Package) { p.Filename, p.SHA256 = "../x.deb", strings.Repeat("0", 64) },
		"its SHA256 is":        func(p *Package) { p.SHA256 = strings.Repeat("0", 64) },
		"SHA256 \"\" is no":    func(p *Package) { p.SHA256 = "" },
	} {
		wrong := want
		change(&wrong)
		_, err := a.Recover(t.Context(), &wrong)
		wantParts(t, err, "cannot", name)
	}
}
