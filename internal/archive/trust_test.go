package archive

import (
	"bytes"
	"crypto"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "crypto/sha1"

	"whittle.dev/whittle/slicer/slicertest"
)

func day(month time.Month, d int) time.Time { return time.Date(2026, month, d, 0, 0, 0, 0, time.UTC) }

func TestOpenAcceptsGoodSignatures(t *testing.T) {
	ed, rsa := newKey(), slicertest.NewKey("rsa", slicertest.KeyOptions{RSA: true})
	expired := slicertest.NewKey("old", slicertest.KeyOptions{Life: 24 * time.Hour})
	for name, change := range map[string]func(*slicertest.Archive){
		"Ed25519":                    func(a *slicertest.Archive) { a.Keys = []*slicertest.Key{ed} },
		"RSA":                        func(a *slicertest.Archive) { a.Keys = []*slicertest.Key{rsa} },
		"Release.gpg with RSA":       func(a *slicertest.Archive) { a.Keys, a.Detached = []*slicertest.Key{rsa}, true },
		"Release.gpg with Ed25519":   func(a *slicertest.Archive) { a.Keys, a.Detached = []*slicertest.Key{ed}, true },
		"an expired key before it":   func(a *slicertest.Archive) { a.Keys = []*slicertest.Key{expired, ed} },
		"without by-hash":            func(a *slicertest.Archive) { a.NoByHash = true },
		"still before Valid-Until":   func(a *slicertest.Archive) { a.ValidUntil = day(6, 2) },
		"Components of old security": func(a *slicertest.Archive) { a.Extra = map[string]string{"Components": "updates/main"} },
	} {
		t.Run(name, func(t *testing.T) {
			fixture := newArchive(ed)
			change(&fixture)
			mustOpen(t, optionsFor(t, fixture, fixture.Serve(t).URL))
		})
	}
}

func TestOpenAcceptsOneTrustedSignatureAmongOthers(t *testing.T) {
	trusted, other := newKey(), newKey()
	fixture := newArchive(other, trusted)
	o := optionsFor(t, newArchive(trusted), fixture.Serve(t).URL)
	mustOpen(t, o)
}

func TestOpenRefusesBadReleases(t *testing.T) {
	key, other := newKey(), newKey()
	expired := slicertest.NewKey("old", slicertest.KeyOptions{Life: 24 * time.Hour})
	revoked := slicertest.NewKey("lost", slicertest.KeyOptions{Revoked: day(2, 1)})
	for name, c := range map[string]struct {
		change func(*slicertest.Archive)
		trust  *slicertest.Key
		want   string
	}{
		"unsigned":            {func(a *slicertest.Archive) { a.Keys = nil }, key, "neither InRelease nor Release.gpg"},
		"signed by another":   {func(a *slicertest.Archive) { a.Keys = []*slicertest.Key{other} }, key, "not in the keyring"},
		"detached by another": {func(a *slicertest.Archive) { a.Keys, a.Detached = []*slicertest.Key{other}, true }, key, "not in the keyring"},
		"expired key":         {func(a *slicertest.Archive) { a.Keys = []*slicertest.Key{expired} }, expired, "the key has expired"},
		"revoked key":         {func(a *slicertest.Archive) { a.Keys = []*slicertest.Key{revoked} }, revoked, "the key is revoked"},
		"expired":             {func(a *slicertest.Archive) { a.ValidUntil = day(5, 1) }, key, "Valid-Until is 2026-05-01"},
		"from the future":     {func(a *slicertest.Archive) { a.Date = day(7, 1) }, key, "from the future"},
		"another suite":       {func(a *slicertest.Archive) { a.Extra = map[string]string{"Suite": "sid", "Codename": "sid"} }, key, "another suite"},
		"no date":             {func(a *slicertest.Archive) { a.Extra = map[string]string{"Date": ""} }, key, "no Date"},
		"no SHA256":           {func(a *slicertest.Archive) { a.Extra = map[string]string{"SHA256": ""} }, key, "no SHA256"},
		"path outside": {func(a *slicertest.Archive) {
			a.Extra = map[string]string{"SHA256": "\n " + strings.Repeat("0", 64) + " 1 ../../x"}
		}, key, "not a plain path"},
		"absurd size": {func(a *slicertest.Archive) {
			a.Extra = map[string]string{"SHA256": "\n " + strings.Repeat("0", 64) + " 99999999999999999999 main/x"}
		}, key, "out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			fixture := newArchive(key)
			c.change(&fixture)
			wantOpenError(t, optionsFor(t, newArchive(c.trust), fixture.Serve(t).URL), "trixie", "test.sources:1", c.want)
		})
	}
}

func TestOpenRefusesWeakDigest(t *testing.T) {
	key := newKey()
	fixture := newArchive(key)
	fixture.Detached = true
	files := fixture.Files()
	files["dists/trixie/Release.gpg"] = slicertest.DetachedSign(files["dists/trixie/Release"], day(1, 1), crypto.SHA1, key)
	url := serve(t, slicertest.Handler(files).ServeHTTP)
	wantOpenError(t, optionsFor(t, fixture, url), "weak digest SHA-1")
}

func TestOpenRefusesReplay(t *testing.T) {
	key := newKey()
	older, newer := newArchive(key), newArchive(key)
	older.Date, newer.Date = day(3, 1), day(4, 1)
	now := slicertest.Handler(newer.Files())
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { now.ServeHTTP(w, r) })
	o := optionsFor(t, newer, url)
	mustOpen(t, o)
	now = slicertest.Handler(older.Files())
	wantOpenError(t, o, "older than the one seen before", "2026-03-01", "2026-04-01")
	o.AllowRollback = true
	if got := mustOpen(t, o).Snapshots()[0].Date; !got.Equal(day(3, 1)) {
		t.Errorf("with AllowRollback the date is %v, want the older Release's", got)
	}
}

func TestChangedByteAnywhereInRelease(t *testing.T) {
	key := newKey()
	fixture := newArchive(key)
	files := fixture.Files()
	text, signed := files["dists/trixie/Release"], files["dists/trixie/InRelease"]
	var k keyring
	if err := k.add("test", key.Public()); err != nil {
		t.Fatal(err)
	}
	if got, err := k.openClearsigned(signed, today()); err != nil || !bytes.Equal(got, text) {
		t.Fatalf("the unchanged file gives %q, %v", got, err)
	}
	refused := 0
	for i := range signed {
		for _, flip := range []byte{1, 0x20, 0x80} {
			changed := bytes.Clone(signed)
			changed[i] ^= flip
			got, err := k.openClearsigned(changed, today())
			if err != nil {
				refused++
			} else if !bytes.Equal(got, text) {
				t.Fatalf("byte %d changed by %#x is accepted, and gives another text", i, flip)
			}
		}
	}
	if refused < len(text) {
		t.Errorf("only %d changes were refused", refused)
	}
}

func TestChangedByteAnywhereInDetachedRelease(t *testing.T) {
	key := newKey()
	text := newArchive(key).Files()["dists/trixie/Release"]
	signature := slicertest.DetachedSign(text, day(1, 1), crypto.SHA256, key)
	var k keyring
	if err := k.add("test", key.Armored()); err != nil {
		t.Fatal(err)
	}
	if _, err := k.openDetached(text, signature, today()); err != nil {
		t.Fatal(err)
	}
	for i := range text {
		changed := bytes.Clone(text)
		changed[i] ^= 1
		if _, err := k.openDetached(changed, signature, today()); !errors.Is(err, ErrUnsigned) {
			t.Fatalf("byte %d changed: error %v", i, err)
		}
	}
}

func TestOnlyTheSignedTextCounts(t *testing.T) {
	key := newKey()
	signed := string(newArchive(key).Files()["dists/trixie/InRelease"])
	var k keyring
	if err := k.add("test", key.Public()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ data, want string }{
		"text before":       {"Date: x\n" + signed, "does not begin with"},
		"empty line before": {"\n" + signed, "does not begin with"},
		"text after":        {signed + "Codename: evil\n", "after the signature"},
		"second message":    {signed + signed, "begins with a dash"},
		"header":            {strings.Replace(signed, "Hash: SHA256\n", "Hash: SHA256\nOrigin: evil\n", 1), "malformed"},
		"undashed line":     {strings.Replace(signed, "Origin:", "-evil\nOrigin:", 1), "begins with a dash"},
		"NUL":               {strings.Replace(signed, "Origin:", "Origin:\x00", 1), "control character"},
		"cut before":        {signed[:strings.Index(signed, beginSignature)], "the signature is missing"},
		"cut inside":        {signed[:len(signed)-60], "malformed"},
		"a web page":        {"<!DOCTYPE html><html>", "does not begin with"},
	} {
		if _, err := k.openClearsigned([]byte(c.data), today()); !errors.Is(err, ErrUnsigned) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.want)
		}
	}
}

func TestSignedBy(t *testing.T) {
	key, other := newKey(), newKey()
	root := t.TempDir()
	put := func(name string, data []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	put("etc/apt/trusted.gpg.d/a.gpg", other.Public())
	put("etc/apt/trusted.gpg.d/b.asc", append(other.Armored(), key.Armored()...))
	put("etc/apt/trusted.gpg.d/README", []byte("no key"))
	put("keys/other.gpg", other.Public())
	put("keys/text.gpg", []byte("no key"))
	fixture := newArchive(key)
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	o.Root, o.Sources[0].InlineKeys = root, nil
	for _, c := range []struct{ by, want string }{
		{"", ""},
		{key.Fingerprint(), ""},
		{key.Fingerprint() + "!", ""},
		{strings.ToLower(key.Fingerprint()), ""},
		{other.Fingerprint(), "not named by Signed-By"},
		{"/keys/other.gpg", "not in the keyring"},
		{"/keys/none.gpg", "no such file"},
		{"/keys/text.gpg", "cannot read keyring"},
	} {
		o.Sources[0].SignedBy = strings.Fields(c.by)
		if c.want == "" {
			mustOpen(t, o)
		} else {
			wantOpenError(t, o, c.want)
		}
	}
}

func TestSourceThatWantsNoSignature(t *testing.T) {
	sources, err := ParseSources("a.list", []byte("deb [trusted=yes] file:/repo ./\n"))
	if err != nil {
		t.Fatal(err)
	}
	wantOpenError(t, Options{Sources: sources, Arch: "amd64", Cache: t.TempDir()}, "a.list:1", "trusted=yes", "only signed")
}

// TestDefaultKeyrings looks where apt does: trusted.gpg and trusted.gpg.d, and Debian's own keyring only without them.
func TestDefaultKeyrings(t *testing.T) {
	key, other := newKey(), newKey()
	fixture := newArchive(key)
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	o.Sources[0].InlineKeys = nil
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"none":                        {nil, "it has no Signed-By, and there is no key in"},
		"Debian's own":                {map[string]string{debianKeyring: string(key.Public())}, ""},
		"trusted.gpg":                 {map[string]string{trustedFile: string(key.Public())}, ""},
		"trusted.gpg that is empty":   {map[string]string{trustedFile: "", debianKeyring: string(key.Public())}, ""},
		"trusted.gpg.d":               {map[string]string{trustedParts + "/a.asc": string(key.Armored())}, ""},
		"both":                        {map[string]string{trustedFile: string(other.Public()), trustedParts + "/a.gpg": string(key.Public())}, ""},
		"Debian's own beside another": {map[string]string{debianKeyring: string(key.Public()), trustedParts + "/a.gpg": string(other.Public())}, "not in the keyring"},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			o.Root, o.Cache = writeFiles(t, c.files), t.TempDir()
			if c.want != "" {
				wantOpenError(t, o, c.want)
				return
			}
			mustOpen(t, o)
		})
	}
}
