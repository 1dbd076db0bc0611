package archive

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"whittle.dev/whittle/slicer/slicertest"
)

// parsed reads one sources file; a fault of it is a fault of the test.
func parsed(t *testing.T, name, text string) []Source {
	t.Helper()
	sources, err := ParseSources(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func TestParseSources(t *testing.T) {
	deb := Source{URIs: []string{"https://deb.example.com/debian"}, Suites: []string{"trixie"}, Components: []string{"main"}}
	with := func(change func(*Source)) []Source {
		s := deb
		change(&s)
		return []Source{s}
	}
	for name, c := range map[string]struct {
		file, text string
		want       []Source
	}{
		"one line": {"a.list", "deb https://deb.example.com/debian trixie main # comment\n# deb x y z\ndeb-src https://deb.example.com/debian trixie main\n", []Source{deb}},
		"options of one line": {
			"a.list", "deb [ arch=amd64,arm64 signed-by=/k.gpg,/l.asc by-hash=no check-date=no valid-until-max=60 lang=de ]  https://deb.example.com/debian trixie main contrib\n",
			with(func(s *Source) {
				s.Architectures, s.SignedBy, s.NoByHash, s.IgnoreDate = []string{"amd64", "arm64"}, []string{"/k.gpg", "/l.asc"}, true, true
				s.Components, s.MaxValid = []string{"main", "contrib"}, time.Minute
			}),
		},
		"architectures added and taken away": {"a.list", "deb [arch+=i386 arch-=armhf] https://deb.example.com/debian trixie main\n", with(func(s *Source) {
			s.Architectures, s.NotArchitectures = []string{"i386"}, []string{"armhf"}
		})},
		"deb822": {
			"a.sources", "Types: deb deb-src\nURIs: https://deb.example.com/debian\n http://mirror.example.com/debian\nSuites: trixie trixie-updates\nComponents: main\nSigned-By: /k.gpg\nCheck-Valid-Until: no\n",
			with(func(s *Source) {
				s.URIs = append(s.URIs, "http://mirror.example.com/debian")
				s.Suites, s.SignedBy, s.IgnoreValidUntil = []string{"trixie", "trixie-updates"}, []string{"/k.gpg"}, true
			}),
		},
		"disabled, and only sources": {"a.sources", "Enabled: no\nTypes: deb\nURIs: x\nSuites: y\n\nTypes: deb-src\nURIs: https://deb.example.com\nSuites: trixie\nComponents: main\n", nil},
		"inline key": {
			"a.sources", "Types: deb\nURIs: https://deb.example.com/debian\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----\n",
			with(func(s *Source) {
				s.InlineKeys = []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n")
			}),
		},
		"flat":                        {"a.list", "deb http://deb.example.com/repo ./\n", []Source{{URIs: []string{"http://deb.example.com/repo"}, Suites: []string{"./"}}}},
		"unsigned is found out later": {"a.sources", "Types: deb\nURIs: https://deb.example.com/debian\nSuites: trixie\nComponents: main\nTrusted: yes\n", with(func(s *Source) { s.Unsigned = "trusted=yes" })},
		"a CD among them":             {"a.list", "deb cdrom:[Debian]/ trixie main\n", []Source{{URIs: []string{"cdrom:[Debian]/"}, Suites: []string{"trixie"}, Components: []string{"main"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := parsed(t, c.file, c.text)
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(Source{}, "Name"), cmpopts.IgnoreUnexported(Source{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParseSourcesRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"rpm http://deb.example.com x":                   `a.list:1: line begins with "rpm"`,
		"\ndeb [arch=amd64 http://deb.example.com x y":   "a.list:2: the options' [ has no ]",
		"deb http://deb.example.com":                     "needs a URI and a suite",
		"deb [signed-by=k.gpg] http://deb.example.com x": "neither an absolute path nor a fingerprint",
		"deb [arch] http://deb.example.com x":            `option "arch" has no =`,
		"deb http://deb.example.com ../x main":           "is not a plain path",
		"deb http://deb.example.com trixie":              "has no component",
		"deb http://deb.example.com ./ main":             "which has no components",
		"deb [valid-until-max=soon] http://h trixie m":   "is no number of seconds",
		"deb http://deb.example.com trixie m\x00":        "byte 35 is NUL",
	} {
		_, err := ParseSources("a.list", []byte(text))
		wantParts(t, err, "cannot", "a.list", want)
	}
	for text, want := range map[string]string{
		"Types: deb\nTypes: deb\n":    "a.sources:2: field types was given on line 1 already",
		" x\n":                        "a continuation line without a field",
		"nonsense\n":                  `"nonsense" is not a field`,
		"URIs: http://h\nSuites: x\n": "it has no Types field",
		"Types: rpm\nURIs: http://h\nSuites: x\n":        `type "rpm" is neither`,
		"Types: deb\nSuites: x\nComponents: main\n":      "it has no URI",
		"Types: deb\nURIs: http://h\nComponents: main\n": "it has no suite",
	} {
		_, err := ParseSources("a.sources", []byte(text))
		wantParts(t, err, "cannot", "a.sources", want)
	}
}

// TestReadSources reads a machine's: in apt's order, without backups.
func TestReadSources(t *testing.T) {
	line := func(host string) string { return "deb http://" + host + "/ trixie main\n" }
	root := writeFiles(t, map[string]string{
		"etc/apt/sources.list": line("one"), "etc/apt/sources.list.d/20.list": line("three"), "etc/apt/sources.list.d/10.sources": "Types: deb\nURIs: http://two\nSuites: trixie\nComponents: main\n",
		"etc/apt/sources.list.d/30.list.save": line("backup"), "etc/apt/sources.list.d/.40.list": line("hidden"), "etc/apt/sources.list.d/5 0.list": line("blank"),
	})
	got, err := ReadSources(root)
	if err != nil {
		t.Fatal(err)
	}
	var hosts []string
	for _, s := range got {
		hosts = append(hosts, strings.Trim(strings.TrimPrefix(s.URIs[0], "http://"), "/"))
	}
	if diff := cmp.Diff([]string{"one", "two", "three"}, hosts); diff != "" {
		t.Error(diff)
	}
}

func TestSourceOfAnotherTransportIsNamedWhenItIsUsed(t *testing.T) {
	for _, uri := range []string{"cdrom:[Debian]/", "ftp://deb.example.com/", "file:relative", "http:///x", "https://deb.example.com/?q", "mirror+mirror+file:/x"} {
		sources := parsed(t, "a.list", "deb "+uri+" trixie main\n")
		wantOpenError(t, Options{Sources: sources, Arch: "amd64", Cache: t.TempDir()}, "cannot use apt source a.list:1", uri[:4])
	}
}

// TestArchitecturesOfAnEntry asks entries that are not for the architecture nothing.
func TestArchitecturesOfAnEntry(t *testing.T) {
	key := newKey()
	fixture, arm := newArchive(key), newArchive(key)
	arm.Arch = "arm64"
	arm.Components = map[string][]slicertest.Deb{"main": {{Name: "hello", Version: "9", Arch: "arm64"}}}
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	o.Sources[0].Architectures = []string{"amd64"}
	ports := optionsFor(t, arm, arm.Serve(t).URL).Sources
	ports[0].NotArchitectures = []string{"amd64"}
	o.Sources = append(o.Sources, ports...)
	for arch, want := range map[string]string{"amd64": "1.10", "arm64": "9"} {
		o.Arch = arch
		if p, err := mustOpen(t, o).Package("hello"); err != nil || p.Version != want {
			t.Errorf("%s: %+v, %v; want version %s", arch, p, err, want)
		}
	}
}

// TestArchivesOfThirdParties uses three archives at once: Debian's, a flat one and one with a component and an RSA key of
// its own. The highest version wins, wherever it is.
func TestArchivesOfThirdParties(t *testing.T) {
	debian := newArchive(newKey())
	flat := slicertest.Archive{Keys: []*slicertest.Key{newKey()}, Flat: true, Components: map[string][]slicertest.Deb{"x": {{Name: "tool", Version: "2"}}}}
	vendor := slicertest.Archive{
		Suite: "nodistro", Keys: []*slicertest.Key{slicertest.NewKey("vendor", slicertest.KeyOptions{RSA: true})}, Compressions: []string{"gz"}, NoByHash: true,
		Components: map[string][]slicertest.Deb{"stable": {{Name: "hello", Version: "1.11"}, {Name: "node", Version: "1:22"}}},
	}
	o := optionsFor(t, debian, debian.Serve(t).URL)
	for _, a := range []slicertest.Archive{flat, vendor} {
		o.Sources = append(o.Sources, optionsFor(t, a, a.Serve(t).URL+"/").Sources...)
	}
	a := mustOpen(t, o)
	for name, want := range map[string]string{"hello": "1.11", "libgmp10": "2:6.3.0-3", "tool": "2", "node": "1:22"} {
		p, err := a.Package(name)
		if err != nil || p.Version != want {
			t.Errorf("Package(%s) = %+v, %v; want version %s", name, p, err, want)
			continue
		}
		if _, err := a.Fetch(t.Context(), p); err != nil {
			t.Error(err)
		}
	}
	if n := len(a.Snapshots()); n != 3 {
		t.Errorf("%d snapshots", n)
	}
}

// TestKeyOfOneArchiveSignsNoOther exchanges the keys of two archives.
func TestKeyOfOneArchiveSignsNoOther(t *testing.T) {
	one, other := newArchive(newKey()), newArchive(newKey())
	o := optionsFor(t, one, one.Serve(t).URL)
	o.Sources = append(o.Sources, optionsFor(t, other, other.Serve(t).URL).Sources...)
	mustOpen(t, o)
	o.Sources[0].InlineKeys, o.Sources[1].InlineKeys = o.Sources[1].InlineKeys, o.Sources[0].InlineKeys
	wantOpenError(t, o, "not in the keyring")
}

func TestMirrorLists(t *testing.T) {
	fixture := newArchive(newKey())
	good := fixture.Serve(t).URL
	for name, list := range map[string]string{
		"plain":      "# mirrors\n" + good + "/\n",
		"next one":   "http://127.0.0.1:1/debian\n" + good + "\n",
		"priorities": "http://127.0.0.1:1/debian\tpriority:2\n" + good + "\tpriority:1\ttype:deb\n",
	} {
		served, hits := list, 0
		at := serve(t, func(w http.ResponseWriter, r *http.Request) {
			hits++
			_, _ = w.Write([]byte(served))
		})
		file := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(file, []byte(list), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, uri := range []string{"mirror+file:" + file, "mirror+" + at + "/$(ARCH)", strings.Replace(at, "http:", "mirror:", 1) + "/list"} {
			o := optionsFor(t, fixture, uri)
			o.Root = "/"
			if err := use(t, o); err != nil {
				t.Errorf("%s of %s: %v", name, uri, err)
			}
			o.Offline, hits = true, 0
			if err := use(t, o); err != nil || hits > 0 {
				t.Errorf("%s of %s, offline: %v, %d requests", name, uri, err, hits)
			}
			o.Cache = t.TempDir()
			wantOpenError(t, o, "not to be used")
		}
		if name != "plain" {
			continue
		}
		for text, want := range map[string]string{"": "names no mirror", "mirror+file:/x\n": "names another mirror list", "ftp://x\n": "is not http", good + " priority:high\n": "is no number"} {
			served = text
			wantOpenError(t, optionsFor(t, fixture, "mirror+"+at), "cannot use apt source test.sources:1", want)
		}
	}
}

// TestMirrorListThatCannotBeReached takes the list that was seen last.
func TestMirrorListThatCannotBeReached(t *testing.T) {
	fixture := newArchive(newKey())
	good, well := fixture.Serve(t).URL, true
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !well {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(good + "\n"))
	})
	o := optionsFor(t, fixture, "mirror+"+at)
	mustOpen(t, o)
	well = false
	if err := use(t, o); err != nil {
		t.Error(err)
	}
	o.Cache = t.TempDir()
	wantOpenError(t, o, "cannot read mirror list", "503")
}
