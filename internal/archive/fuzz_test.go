package archive

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// FuzzParseRelease holds what is accepted to what is done with it: names are paths below the suite, sizes are bounded,
// and digests are digests.
func FuzzParseRelease(f *testing.F) {
	f.Add(newArchive().Files()["dists/trixie/Release"])
	f.Add([]byte("Suite: stable\nCodename: trixie\nDate: Sat, 15 Mar 2025 09:00:00 UTC\nValid-Until: Sat, 22 Mar 2025 09:00:00 UTC\n" +
		"Acquire-By-Hash: yes\nNo-Support-for-Architecture-all: Packages\nArchitectures: all amd64\nComponents: main\nMD5Sum:\n d41d8cd98f00b204e9800998ecf8427e 0 main/x\n" +
		"SHA256:\n e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 main/binary-amd64/Packages\n"))
	f.Add([]byte("Date: Sat, 15 Mar 2025 09:00:00 +0000\nSHA256:\n 0 -1 ../x\n"))
	f.Add([]byte("Date: Sat, 15 Mar 2025 09:00:00 CET\nSHA512:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseRelease(text)
		if err != nil {
			return
		}
		if r.date.IsZero() {
			t.Error("a Release without a date is accepted")
		}
		for name, file := range r.files {
			if !isPlainPath(name, false) || len(file.sha256) != 64 || file.size < 0 || file.size > maxIndexSize {
				t.Errorf("%q is accepted: %+v", name, file)
			}
		}
		_ = r.checkDates(Source{}, today())
		_ = r.checkSuite("trixie")
		r.compressed("main/binary-amd64/Packages")
	})
}

// FuzzClearsigned changes a signed file in any way: it is refused, or says what was signed.
func FuzzClearsigned(f *testing.F) {
	key := newKey()
	files := newArchive(key).Files()
	signed, text := files["dists/trixie/InRelease"], files["dists/trixie/Release"]
	var k keyring
	if err := k.add("test", key.Public()); err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(bytes.ReplaceAll(signed, []byte("\n"), []byte("\r\n")))
	f.Add(append(append([]byte{}, signed...), signed...))
	f.Add([]byte(beginMessage + "\nHash: SHA512\n\n- -----BEGIN\n" + beginSignature + "\n\niQ==\n=\n" + endSignature))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := k.openClearsigned(data, today())
		if err == nil && !bytes.Equal(got, text) {
			t.Errorf("it is accepted, and says %q", got)
		}
	})
}

// FuzzKeyring reads anything as a keyring, and asks it for every key.
func FuzzKeyring(f *testing.F) {
	f.Add(newKey().Public())
	f.Add(newKey().Armored())
	f.Add(slicertest.NewKey("rsa", slicertest.KeyOptions{RSA: true, Revoked: day(2, 1)}).Public())
	f.Add([]byte("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n=\n-----END PGP PUBLIC KEY BLOCK-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var k keyring
		if err := k.add("test", data); err != nil {
			return
		}
		for _, l := range k.keys {
			for _, id := range l.ids {
				for _, key := range k.keysByID(id) {
					k.allows(key)
					strongKey(key.PublicKey)
				}
			}
		}
	})
}

// FuzzAptConfig reads anything as apt.conf, and asks it all that is asked.
func FuzzAptConfig(f *testing.F) {
	f.Add("Acquire::http::Proxy \"http://proxy.example.com:3128\";\nAcquire { https { Proxy \"DIRECT\"; }; };\n")
	f.Add("// comment\n# another\n/* and */ #clear Acquire;\nA::B:: { \"x\"; \"y\"; };")
	f.Add("a { b { c { d \"e\"")
	f.Fuzz(func(t *testing.T, text string) {
		c := Config{}
		if c.add("apt.conf", []byte(text)) != nil {
			return
		}
		for key := range c {
			if key == "" {
				t.Error("a setting has no name")
			}
		}
		c.connection("https", "deb.example.com", "proxy")
		c.Sources([]Source{{}})
		c.tlsHosts()
		c.Retries()
		c.Timeout()
	})
}

// FuzzPins reads anything as preferences, and asks each pin of a package.
func FuzzPins(f *testing.F) {
	f.Add([]byte("Package: *\nPin: release a=trixie, o=\"Debian\"\nPin-Priority: 500\n\nPackage: src:gmp /^lib/ hello:amd64\nPin: version 1.*\nPin-Priority: -1\n"))
	f.Add([]byte("Explanation: x\n\nPackage: [\nPin: origin \"\"\nPin-Priority: 1\n"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		pins, err := ParsePins("preferences", data)
		if err != nil {
			return
		}
		for _, p := range pins {
			p.names(&Package{Name: "hello", Source: "hello", Architecture: "amd64"})
			p.matches(&site{suite: "trixie"}, &Package{Version: "1.0"})
		}
	})
}

// FuzzAuth reads anything as auth.conf. The messages never have what may be a password.
func FuzzAuth(f *testing.F) {
	f.Add("machine deb.example.com/debian login me password secret\n# machine x\nmachine https://h:1 login a password b")
	f.Add("machine x password")
	f.Fuzz(func(t *testing.T, text string) {
		const secret = "hunter2hunter2"
		all, err := ParseAuth("auth.conf", []byte(text+" "+secret))
		if err != nil && bytes.Contains([]byte(err.Error()), []byte(secret)) {
			t.Errorf("the password is in the message: %v", err)
		}
		login(all, &url.URL{Scheme: "https", Host: "deb.example.com", Path: "/debian"})
	})
}

// FuzzMirrorList reads anything as a list of mirrors: what is accepted can be asked.
func FuzzMirrorList(f *testing.F) {
	f.Add("http://deb.example.com/debian\tpriority:1\ttype:deb\n# x\nfile:/srv/debian\n")
	f.Add("mirror+http://x\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseMirrorList("list", []byte(text))
		if err != nil {
			return
		}
		for _, uri := range list {
			if err := checkURI(uri); err != nil {
				t.Errorf("%q is accepted: %v", uri, err)
			}
		}
	})
}

// FuzzContents indexes any text as Contents and asks for each base name.
func FuzzContents(f *testing.F) {
	f.Add([]byte("usr/lib/x86_64-linux-gnu/libgmp.so.10    libs/libgmp10\nusr/bin/hello world  devel/hello,misc/other\n"))
	f.Add([]byte("usr/include/gmp.h\tx\n\n /usr/lib/a.so b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, c := range []class{libraries, programs, development} {
			var out bytes.Buffer
			b := ownersBuilder{indexBuilder{to: &out}, c}
			for line := range bytes.Lines(data) {
				if err := b.addLine(bytes.TrimRight(line, "\r\n")); err != nil {
					t.Fatal(err)
				}
			}
			rows := len(b.packages)
			if err := b.finish(); err != nil {
				t.Fatal(err)
			}
			x, err := openIndex(bytes.NewReader(out.Bytes()), int64(out.Len()))
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for i := range x.packages.len() {
				if i > 0 && string(x.packages.name(i)) == string(x.packages.name(i-1)) {
					continue
				}
				opened := &openedIndex{index: x}
				found += len(x.packages.find(string(x.packages.name(i))))
				if err := opened.owners(string(x.packages.name(i)), func(Owner) {}); err != nil {
					t.Fatal(err)
				}
			}
			if found != rows {
				t.Errorf("%d of %d lines are found by name", found, rows)
			}
		}
	})
}

// FuzzPaths makes a list of paths of any text, with blocks of a few lines, and asks for each of them by its own name and by a
// part of it. What a search by all blocks finds is the measure.
func FuzzPaths(f *testing.F) {
	f.Add([]byte("a x\nb/c x,y\nb/d e  sec/x\nb/d f\tz\nc z\n"), byte(4))
	f.Add([]byte("b x\na y\nb z\n"), byte(0))
	f.Add([]byte("a x\na y\na z\nab x\n"), byte(1))
	f.Fuzz(func(t *testing.T, data []byte, size byte) {
		if len(data) > 2000 {
			return // each line is asked for: more is slow and nothing new
		}
		x, err := pathsOf(data, int(size))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			file, _ := cutContents(bytes.TrimRight(line, "\r\n"))
			for _, prefix := range []string{string(file), string(file[:len(file)/2])} {
				match := func(p string) bool { return strings.HasPrefix(p, prefix) }
				want, err := matchingAll(x, nil, match)
				if err != nil {
					t.Fatal(err)
				}
				got, err := matchingAll(x, []string{prefix}, match)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("%q: %v, -all +got:\n%s", prefix, err, diff)
				}
			}
		}
	})
}

// FuzzBundle opens anything as a bundle, and reads all that is in it.
func FuzzBundle(f *testing.F) {
	member := func(name, text string) slicertest.TarMember {
		return slicertest.TarMember{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, Body: []byte(text)}
	}
	f.Add(slicertest.Tar(member("bundle.json", `{"schema":"whittle.bundle/1","arches":["amd64"],"sources":[{"path":"archives/0","suites":["./"],"keys":"keys/0.pgp"}]}`), member("keys/0.pgp", string(newKey().Public()))))
	f.Add(slicertest.Tar(member("../x", ""), member("a", "b")))
	f.Add([]byte("no tar"))
	f.Fuzz(func(t *testing.T, data []byte) {
		name := filepath.Join(t.TempDir(), "x.bundle")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := OpenBundle(name)
		if err != nil {
			return
		}
		defer b.Close()
		files, ok := b.files.(tarFS)
		if !ok {
			t.Fatalf("its files are %T", b.files)
		}
		for name := range files.places {
			if !fs.ValidPath(name) {
				t.Errorf("name %q is accepted", name)
			}
			if _, err := b.ReadFile(name); err != nil {
				t.Error(err)
			}
		}
		_, _ = b.sources("amd64")
	})
}
