package archive

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer/slicertest"
)

// writeFiles writes files below a new directory.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		at := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestReadConfig(t *testing.T) {
	root := writeFiles(t, map[string]string{
		"etc/apt/apt.conf.d/10first": `// A comment; with a semicolon
# another { one
Acquire::http::Proxy "http://old.example.com:3128"; /* and
a third */ Acquire::Retries "5";
Acquire { https { Proxy "DIRECT"; Verify-Peer "false"; }; Languages { "de"; "en"; }; };
`,
		"etc/apt/apt.conf.d/20second.conf": "Acquire::HTTP::proxy \"http://proxy.example.com:3128\";\nAPT::Default-Release trixie;\nAPT::NeverAutoRemove { \"^linux-.*\"; };\n",
		"etc/apt/apt.conf.d/30third.bak":   "this is { no configuration",
		"etc/apt/apt.conf":                 "#clear Acquire::https;\nAcquire::Max-ValidTime 86400;\n",
	})
	got, err := ReadConfig(root)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		"acquire::http::proxy": "http://proxy.example.com:3128", "acquire::retries": "5",
		"apt::default-release": "trixie", "acquire::max-validtime": "86400",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.Retries() != 5 || got.DefaultRelease() != "trixie" {
		t.Errorf("%d retries, default release %q", got.Retries(), got.DefaultRelease())
	}
}

func TestReadConfigRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"A { B \"c\";":     "the { of A has no }",
		"};":               "a } without a {",
		"A \"b;\nC \"d\";": "is not closed",
		"/* A":             "a /* has no */",
	} {
		_, err := ReadConfig(writeFiles(t, map[string]string{"etc/apt/apt.conf": text}))
		wantParts(t, err, "cannot read apt's settings", "etc/apt/apt.conf", want)
	}
	if c, err := ReadConfig(t.TempDir()); err != nil || len(c) > 0 {
		t.Errorf("of a root without apt: %v, %v", c, err)
	}
}

// TestConfigOfTheAgeOfArchives says for all archives what an entry says for one.
func TestConfigOfTheAgeOfArchives(t *testing.T) {
	fixture := newArchive(newKey())
	fixture.ValidUntil = day(2, 1)
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	wantOpenError(t, o, "it expired: Valid-Until is 2026-02-01")
	none := Config{"acquire::check-valid-until": "false"}
	o.Sources = none.Sources(o.Sources)
	mustOpen(t, o)
	line := "deb [check-valid-until=yes] http://deb.example.com/debian trixie main\n"
	strict, err := ParseSources("a.list", []byte(line))
	if err != nil {
		t.Fatal(err)
	}
	if none.Sources(strict)[0].IgnoreValidUntil {
		t.Error("the entry's own word does not count")
	}
	short := Config{"acquire::max-validtime": "86400", "acquire::min-validtime": "7200"}.Sources(strict)[0]
	if short.MaxValid != 24*time.Hour || short.MinValid != 2*time.Hour {
		t.Errorf("MaxValid %v, MinValid %v", short.MaxValid, short.MinValid)
	}
}

func TestBoundsOfValidity(t *testing.T) {
	for name, c := range map[string]struct {
		until    time.Time
		option   string
		want     string // the error, "" for none
		released time.Time
	}{
		"older than the maximum":              {option: "valid-until-max=3600", released: day(5, 1), want: "Valid-Until is 2026-05-01T01:00:00Z"},
		"younger than the maximum":            {option: "valid-until-max=3600", released: today().Add(-time.Minute)},
		"maximum before Valid-Until":          {until: day(7, 1), option: "valid-until-max=3600", released: day(5, 1), want: "it expired"},
		"minimum behind Valid-Until":          {until: day(5, 2), option: "valid-until-min=86400000", released: day(5, 1)},
		"minimum that is over":                {until: day(5, 2), option: "valid-until-min=3600", released: day(5, 1), want: "it expired"},
		"minimum without an end, which is no": {option: "valid-until-min=3600", released: day(5, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			fixture := newArchive(newKey())
			fixture.Date, fixture.ValidUntil = c.released, c.until
			o := optionsFor(t, fixture, fixture.Serve(t).URL)
			key, value, _ := strings.Cut(c.option, "=")
			var err error
			if o.Sources[0], err = o.Sources[0].withOption(lineOption(key, value)); err != nil {
				t.Fatal(err)
			}
			if c.want != "" {
				wantOpenError(t, o, c.want)
				return
			}
			mustOpen(t, o)
		})
	}
}

func TestDefaultReleaseComesFirst(t *testing.T) {
	key := newKey()
	stable, next := newArchive(key), newArchive(key)
	next.Suite = "forky"
	next.Components = map[string][]slicertest.Deb{"main": {{Name: "hello", Version: "3"}}}
	o := optionsFor(t, stable, stable.Serve(t).URL)
	o.Sources = append(o.Sources, optionsFor(t, next, next.Serve(t).URL).Sources...)
	for release, want := range map[string]string{"": "3", "trixie": "1.10", "forky": "3"} {
		o.DefaultRelease = release
		if p, err := mustOpen(t, o).Package("hello"); err != nil || p.Version != want {
			t.Errorf("default release %q: %+v, %v; want version %s", release, p, err, want)
		}
	}
	o.DefaultRelease = "trixie"
	o.Pins = []Pin{{Package: "hello", Suite: "forky", Priority: 995}}
	if p, err := mustOpen(t, o).Package("hello"); err != nil || p.Version != "3" {
		t.Errorf("a pin above it: %+v, %v", p, err)
	}
}
