package archive

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestLoginsStayWithTheirMachine redirects a request with a login of auth.conf to other hosts, ports and paths.
func TestLoginsStayWithTheirMachine(t *testing.T) {
	auth := []Auth{
		{Machine: "http://deb.example.org/debian", Login: "bob", Password: "secret"},
		{Machine: "http://port.example.org:8080", Login: "amy", Password: "secret"},
		{Machine: "own.example.org", Login: "eve", Password: "secret"},
	}
	for _, row := range []struct{ from, to, login string }{
		{"http://deb.example.org/debian/x", "http://deb.example.org/debian/y", "bob"},
		{"http://deb.example.org/debian/x", "http://deb.example.org/other", ""},
		{"http://deb.example.org/debian/x", "http://evil.test/debian/y", ""},
		{"http://deb.example.org/debian/x", "http://sub.deb.example.org/debian/y", ""},
		{"http://deb.example.org/debian/x", "http://deb.example.org:8080/debian/y", ""},
		{"http://deb.example.org:81/debian/x", "http://deb.example.org:81/debian/y", "bob"},
		{"http://deb.example.org/debian/x", "http://port.example.org:8080/y", "amy"},
		{"http://deb.example.org/debian/x", "http://port.example.org:8081/y", ""},
		{"http://deb.example.org/debian/x", "http://own.example.org/y", ""}, // for https only
		{"http://deb.example.org/debian/x", "https://own.example.org/y", "eve"},
	} {
		before, err := http.NewRequest(http.MethodGet, row.from, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodGet, row.to, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("bob", "secret") // as the library takes it along
		loginOfRedirect(r, before, auth)
		if user, _, _ := r.BasicAuth(); user != row.login {
			t.Errorf("%s to %s: the login is %q, want %q", row.from, row.to, user, row.login)
		}
	}
}

// TestServersNameNoFilesOfThisMachine serves a mirror list that names a folder here.
func TestServersNameNoFilesOfThisMachine(t *testing.T) {
	fixture := newArchive(newKey())
	dir := t.TempDir()
	if err := fixture.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"file://", "copy://", "file:"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(scheme + dir + "\n")) }))
		err := use(t, optionsFor(t, fixture, "mirror+"+server.URL+"/list"))
		server.Close()
		if err == nil || !strings.Contains(err.Error(), "which is no server") {
			t.Errorf("%s: got error %v", scheme, err)
		}
	}
}

// TestPipesWhereFilesAreExpected has an archive on this machine whose InRelease is a pipe, and a device for a list of mirrors.
func TestPipesWhereFilesAreExpected(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "InRelease")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, "/dev/zero", "/"} {
		done := make(chan error, 1)
		go func() {
			f, err := openRegular(name)
			if err == nil {
				f.Close()
			}
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), "no regular file") {
				t.Errorf("%s: got error %v", name, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it hangs", name)
		}
	}
}
