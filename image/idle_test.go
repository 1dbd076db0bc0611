package image

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestSilentRegistriesAreGivenUp asks a server that never answers, and one that stops in the middle; and one that is slow and
// keeps on.
func TestSilentRegistriesAreGivenUp(t *testing.T) {
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
	client := http.Client{Transport: attentive{http.DefaultTransport, 300 * time.Millisecond}}
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
		var silent *silentError
		if !errors.As(err, &silent) || !strings.Contains(err.Error(), strings.TrimPrefix(server.URL, "http://")+" says nothing for 300ms") {
			t.Errorf("%s: got error %v", path, err)
		}
	}
	if text, err := get("/slow"); err != nil || text != "xxxxx" {
		t.Errorf("/slow: got %q, %v", text, err)
	}
}
