package fetch

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestSilentServersAreGivenUp asks a server that never answers, and one that stops in the middle; and one that is slow and
// keeps on.
func TestSilentServersAreGivenUp(t *testing.T) {
	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			for range 5 {
				_, _ = w.Write([]byte("x"))
				w.(http.Flusher).Flush()
				time.Sleep(100 * time.Millisecond)
			}
			return
		}
		if r.URL.Path == "/half" {
			_, _ = w.Write([]byte("x"))
			w.(http.Flusher).Flush()
		}
		<-end
	}))
	defer server.Close()
	defer close(end)
	client := http.Client{Transport: Attentive(http.DefaultTransport, 300*time.Millisecond)}
	get := func(path string) (string, error) {
		answer, err := client.Get(server.URL + path)
		if err != nil {
			return "", err
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		return string(text), err
	}
	for _, path := range []string{"/never", "/half"} {
		_, err := get(path)
		var silent *SilentError
		if !errors.As(err, &silent) || !strings.Contains(err.Error(), strings.TrimPrefix(server.URL, "http://")+" says nothing for 300ms") {
			t.Errorf("%s: got error %v", path, err)
		}
	}
	if text, err := get("/slow"); err != nil || text != "xxxxx" {
		t.Errorf("/slow: got %q, %v", text, err)
	}
}

// TestRedirectsTakeNoLoginAlong has a server send requests to another port of the same machine, which Go's own rule gives the
// login to; to a path that has a login of its own; and from https to http.
func TestRedirectsTakeNoLoginAlong(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "other "+r.Header.Get("Authorization"))
	}))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/x", http.StatusFound)
		case "/own":
			http.Redirect(w, r, "/known", http.StatusFound)
		case "/around":
			http.Redirect(w, r, "/around", http.StatusFound)
		default:
			_, _ = io.WriteString(w, "same "+r.Header.Get("Authorization"))
		}
	}))
	defer server.Close()
	clear := httptest.NewTLSServer(http.RedirectHandler(other.URL, http.StatusFound))
	defer clear.Close()

	client := WithLogin(NewClient(clear.Client().Transport), func(address string) string {
		if strings.HasSuffix(address, "/known") {
			return "Bearer of-known"
		}
		return ""
	})
	for _, row := range []struct{ address, want, err string }{
		{server.URL + "/away", "other ", ""},
		{server.URL + "/own", "same Bearer of-known", ""},
		{server.URL + "/around", "", "there are more than 10 redirects"},
		{clear.URL, "", "an https address redirects to http://"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, row.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer first")
		answer, err := client.Do(r)
		if row.err != "" {
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s: got error %v", row.address, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || string(text) != row.want {
			t.Errorf("%s: got %q, %v; want %q", row.address, text, err, row.want)
		}
	}
}
