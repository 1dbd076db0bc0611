package main

import (
	"bytes"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/slicer/slicertest"
)

// A user is who runs whittle in a test: an environment, and a directory for what comes of it.
type user struct {
	t   *testing.T
	env map[string]string
	dir string
	key *slicertest.Key // of the archive that serve makes
}

func newUser(t *testing.T) *user {
	t.Helper()
	dir := t.TempDir()
	return &user{t: t, env: map[string]string{"WHITTLE_CACHE": filepath.Join(dir, "cache")}, dir: dir}
}

// path is a path below the user's directory.
func (u *user) path(name string) string { return filepath.Join(u.dir, name) }

// write puts a file below the user's directory.
func (u *user) write(name, text string) string {
	u.t.Helper()
	if err := os.WriteFile(u.path(name), []byte(text), 0o666); err != nil {
		u.t.Fatal(err)
	}
	return u.path(name)
}

// whittle runs a command line, and returns its exit code and what it said.
func (u *user) whittle(args ...string) (int, string) {
	u.t.Helper()
	var said bytes.Buffer
	code := run(&tool{stdout: &said, stderr: &said, env: func(name string) string { return u.env[name] }}, args)
	return code, said.String()
}

// does runs a command line that must succeed.
func (u *user) does(args ...string) string {
	u.t.Helper()
	code, said := u.whittle(args...)
	if code != exitOK {
		u.t.Fatalf("whittle %s: exit code %d\n%s", strings.Join(args, " "), code, said)
	}
	return said
}

// fails runs a command line that must fail, and say all of the parts.
func (u *user) fails(parts []string, args ...string) {
	u.t.Helper()
	code, said := u.whittle(args...)
	if code != exitError {
		u.t.Errorf("whittle %s: exit code %d\n%s", strings.Join(args, " "), code, said)
	}
	for _, p := range parts {
		if !strings.Contains(said, p) {
			u.t.Errorf("whittle %s says nothing of %q:\n%s", strings.Join(args, " "), p, said)
		}
	}
}

// shop is the archive of the scripts that have none of their own.
func shop(t *testing.T, key *slicertest.Key) slicertest.Archive {
	t.Helper()
	text, err := txtar.ParseFile("testdata/packages.archive")
	if err != nil {
		t.Fatal(err)
	}
	return slicertest.ArchiveOf(text, key)
}

func testKey() *slicertest.Key { return slicertest.NewKey("test", slicertest.KeyOptions{}) }

// TestProxyOfTheEnvironment cuts from a host that only the proxy knows.
func TestProxyOfTheEnvironment(t *testing.T) {
	archive := shop(t, testKey())
	proxy := httptest.NewServer(slicertest.Handler(archive.Files()))
	defer proxy.Close()
	u := newUser(t)
	sources := u.write("test.sources", archive.Sources("http://deb.example.invalid/"))
	cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "--root", u.path("out"), "shop"}
	for _, variable := range []string{"http_proxy", "HTTP_PROXY"} {
		u.env = map[string]string{"WHITTLE_CACHE": u.path(variable), variable: proxy.URL}
		u.does(cut...)
	}
	u.env = map[string]string{"WHITTLE_CACHE": u.path("none"), "http_proxy": proxy.URL, "no_proxy": "example.invalid"}
	u.fails([]string{"cannot use suite trixie", "deb.example.invalid", "next: check the network and the proxy settings"}, cut...)
}

// TestCertificateAuthorityOfAFile cuts from a server whose certificate nobody else knows.
func TestCertificateAuthorityOfAFile(t *testing.T) {
	archive := shop(t, testKey())
	server := httptest.NewTLSServer(slicertest.Handler(archive.Files()))
	defer server.Close()
	u := newUser(t)
	sources := u.write("test.sources", archive.Sources(server.URL))
	authority := u.write("ca.pem", certificate(server))
	cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "--root", u.path("out"), "shop"}
	u.fails([]string{"certificate", "next: --ca-file FILE"}, cut...)
	u.does(append(cut, "--ca-file", authority)...)
}

// TestRollback offers an older archive than the one that was seen.
func TestRollback(t *testing.T) {
	older := shop(t, testKey())
	newer := older
	older.Date, newer.Date = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	now := slicertest.Handler(newer.Files())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { now.ServeHTTP(w, r) }))
	defer server.Close()
	u := newUser(t)
	sources := u.write("test.sources", newer.Sources(server.URL))
	cut := []string{"cut", "--sources", sources, "--release", "none", "--arch", "amd64", "shop", "--root"}
	u.does(append(cut, u.path("first"))...)
	now = slicertest.Handler(older.Files())
	u.fails([]string{"older than the one seen before", "2026-03-01", "2026-04-01", "next: ", "--allow-rollback"}, append(cut, u.path("second"))...)
	if _, err := os.Stat(u.path("second")); err == nil {
		t.Error("a root was made of the older archive")
	}
	u.does(append(cut, u.path("third"), "--allow-rollback")...)
}

func certificate(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}
