package archive

import (
	"bytes"
	"testing"

	"whittle.dev/whittle/slicer/slicertest"
)

// FuzzParseSources holds what is accepted to what Open relies on.
func FuzzParseSources(f *testing.F) {
	f.Add("a.sources", []byte("Types: deb deb-src\nURIs: https://deb.example.com/debian\nSuites: trixie trixie-updates\nComponents: main\nSigned-By: /k.gpg\n"))
	f.Add("a.sources", []byte("Enabled: no\nTypes: deb\nURIs: file:/r\nSuites: ./\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x\n"))
	f.Add("a.list", []byte("# comment\ndeb [arch=amd64,arm64 signed-by=/k.gpg] http://deb.example.com/ trixie main # more\n"))
	f.Add("a.list", []byte("deb [trusted=yes file:/r ./\ndeb cdrom:[x y]/ trixie main\n"))
	f.Add("-", []byte("deb mirror+file:/etc/mirrors ../.. main\x00"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		sources, err := ParseSources(name, data)
		if err != nil {
			return
		}
		for _, s := range sources {
			if s.Name == "" {
				t.Errorf("%+v has no name for messages", s)
			}
			if s.check() != nil {
				continue
			}
			for _, suite := range s.Suites {
				if bytes.Contains([]byte("/"+suite+"/"), []byte("/../")) {
					t.Errorf("suite %q climbs", suite)
				}
			}
		}
	})
}

// FuzzIndex indexes any text and opens any file as an index.
func FuzzIndex(f *testing.F) {
	text := newArchive().Files()["dists/trixie/main/binary-amd64/Packages"]
	var built bytes.Buffer
	b := indexBuilder{to: &built}
	if err := b.add(text); err != nil {
		f.Fatal(err)
	}
	if err := b.finish(); err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(built.Bytes())
	f.Add([]byte("Package: a\nProvides: b (= 1), c,, \n\nPackage: a\nSize: -1\n"))
	f.Add(slicertest.Compress("gz", text))
	f.Fuzz(func(t *testing.T, data []byte) {
		if x, err := openIndex(bytes.NewReader(data), int64(len(data))); err == nil {
			readRows(x)
		}
		var out bytes.Buffer
		b := indexBuilder{to: &out}
		if b.add(data) != nil || b.finish() != nil {
			return
		}
		x, err := openIndex(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if n := readRows(x); n != len(b.packages) {
			t.Errorf("%d of %d stanzas are found by name", n, len(b.packages))
		}
	})
}

// readRows looks every name up and counts the stanzas that are whole.
func readRows(x *index) (n int) {
	last := ""
	for i := range x.packages.len() {
		name := x.packages.row(i).name
		if i > 0 && name == last {
			continue
		}
		last = name
		for _, r := range x.packages.find(name) {
			if text, err := x.stanza(r); err == nil {
				_, _ = parsePackage(text)
				n++
			}
		}
	}
	_, _ = x.providersTable()
	return n
}
