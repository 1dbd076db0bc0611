package archive

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mustPins(t *testing.T, text string) []Pin {
	t.Helper()
	pins, err := ParsePins("preferences", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return pins
}

func TestParsePins(t *testing.T) {
	got := mustPins(t, `Explanation: of nothing

Package: nodejs
Pin: origin "deb.example.com"
Pin-Priority: 600

# a comment
Package: a* b
Pin: release a=trixie-backports, n=trixie, o=Debian Backports, l="Debian", v=13*, c=main
Pin-Priority: -1

Package: *
Pin: origin ""
Pin-Priority: 1001

Package: c
Pin: version 1.*
Pin-Priority: 1
`)
	want := []Pin{
		{Package: "nodejs", Host: "deb.example.com", Priority: 600},
		{
			Package: "a* b", Suite: "trixie-backports", Codename: "trixie", Origin: "Debian Backports", Label: "Debian",
			Release: "13*", Component: "main", Priority: -1,
		},
		{Package: "*", Local: true, Priority: 1001},
		{Package: "c", Version: "1.*", Priority: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPriorityByPins(t *testing.T) {
	mirror, err := url.Parse("https://deb.example.com:8443/node")
	if err != nil {
		t.Fatal(err)
	}
	remote := &site{suite: "stable", mirrors: []*url.URL{mirror}, release: release{codename: "trixie", origin: "Example Inc.", label: "Node", version: "13.1"}}
	local := &site{suite: "./", mirrors: []*url.URL{{Scheme: "file", Path: "/repo"}}}
	p := &Package{Name: "nodejs", Source: "node", Version: "22.1-1", Architecture: "amd64", component: "main"}
	for _, c := range []struct {
		pkg, pin      string
		remote, local int
	}{
		{"nodejs", `origin "deb.example.com"`, 7, 500},
		{"nodejs", "origin deb.example.com", 7, 500},
		{"nodejs", "origin *.example.com", 7, 500},
		{"nodejs", "origin example.com", 500, 500},
		{"nodejs", `origin ""`, 500, 7},
		{"nodejs", "release o=Example Inc.,l=Node", 7, 500},
		{"nodejs", "release o=Example", 500, 500},
		{"nodejs", "release v=13*,c=main", 7, 500},
		{"nodejs", "release c=contrib", 500, 500},
		{"nodejs", "release n=trixie,a=stable", 7, 500},
		{"nodejs", "version 22.*", 7, 7},
		{"npm", "version 22.*", 500, 500},
		{"npm node*", "version 22.*", 7, 7},
		{"/^node/", "version 22.*", 7, 7},
		{"/[/", "version 22.*", 500, 500},
		{"src:node", "version 22.*", 7, 7},
		{"src:nodejs", "version 22.*", 500, 500},
		{"nodejs:amd64", "version 22.*", 7, 7},
		{"nodejs:arm64", "version 22.*", 500, 500},
		{"*", "release n=trixie", 7, 500},
	} {
		a := &Archive{options: Options{Pins: mustPins(t, "Package: "+c.pkg+"\nPin: "+c.pin+"\nPin-Priority: 7\n")}}
		for s, want := range map[*site]int{remote: c.remote, local: c.local} {
			if got, err := a.priority(s, p); err != nil || got != want {
				t.Errorf("Package: %s, Pin: %s: priority in suite %s is %d, %v; want %d", c.pkg, c.pin, s.suite, got, err, want)
			}
		}
	}
}

func TestPinsOfAPackageComeBeforeGeneralOnes(t *testing.T) {
	a := &Archive{options: Options{Pins: mustPins(t, `Package: *
Pin: version *
Pin-Priority: 1

Package: x
Pin: version *
Pin-Priority: 2

Package: x
Pin: version *
Pin-Priority: 3
`)}}
	for name, want := range map[string]int{"x": 2, "y": 1} {
		if got, err := a.priority(&site{}, &Package{Name: name, Version: "1"}); err != nil || got != want {
			t.Errorf("priority of %s is %d, %v; want %d", name, got, err, want)
		}
	}
}

func TestBadPinMattersOnlyToItsPackage(t *testing.T) {
	for stanza, want := range map[string]string{
		"Pin: release b=amd64\nPin-Priority: 1": `Pin by "b=amd64" is not known`,
		"Pin: release stable\nPin-Priority: 1":  `Pin by "stable" is not known`,
		"Pin: moon 1\nPin-Priority: 1":          `Pin "moon 1" is not by release, version or origin`,
		"Pin: version [\nPin-Priority: 1":       `"[" is no shell pattern`,
		"Pin: version 1\nPin-Priority: high":    `Pin-Priority "high" is no number`,
		"Pin: version 1":                        `Pin-Priority "" is no number`,
	} {
		a := &Archive{options: Options{Pins: mustPins(t, "Package: nodejs\n"+stanza+"\n")}}
		if _, err := a.priority(&site{}, &Package{Name: "hello"}); err != nil {
			t.Errorf("%q: the priority of another package: %v", stanza, err)
		}
		_, err := a.priority(&site{}, &Package{Name: "nodejs"})
		wantParts(t, err, "cannot choose a version of package nodejs", "preferences preferences", want)
	}
}

func TestOriginPinChoosesBetweenArchives(t *testing.T) {
	key := newKey()
	first, second := newArchive(key), newArchive(key)
	dir := t.TempDir()
	if err := second.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	second.Components["main"] = second.Components["main"][2:3] // hello 1.9
	if err := second.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	o := optionsFor(t, first, first.Serve(t).URL)
	o.Sources = append(o.Sources, optionsFor(t, second, "file:"+dir).Sources...)
	for pin, want := range map[string]string{`""`: "1.9", `"127.0.0.1"`: "1.10"} {
		o.Pins = mustPins(t, "Package: hello\nPin: origin "+pin+"\nPin-Priority: 900\n\nPackage: absent\nPin: nonsense\n")
		if p, err := mustOpen(t, o).Package("hello"); err != nil || p.Version != want {
			t.Errorf("Pin: origin %s: Package(hello) = %+v, %v; want version %s", pin, p, err, want)
		}
	}
}

func TestReadPins(t *testing.T) {
	root := t.TempDir()
	for name, data := range map[string]string{
		"etc/apt/preferences":                "Package: a\nPin: version 1\nPin-Priority: 1\n",
		"etc/apt/preferences.d/nodejs":       "Package: nodejs\nPin: origin deb.example.com\nPin-Priority: 600\n",
		"etc/apt/preferences.d/z.pref":       "Package: z\nPin: version 1\nPin-Priority: 1\n",
		"etc/apt/preferences.d/old.disabled": "no deb822",
	} {
		to := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o777), os.WriteFile(to, []byte(data), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	pins, err := ReadPins(root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range pins {
		names = append(names, p.Package)
	}
	if got := strings.Join(names, " "); got != "a nodejs z" {
		t.Errorf("ReadPins has pins for %q, want a, nodejs and z", got)
	}
	if pins, err := ReadPins(t.TempDir()); err != nil || pins != nil {
		t.Errorf("without preferences: %v, %v", pins, err)
	}
}
