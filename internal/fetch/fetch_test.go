package fetch

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSilentServersAreGivenUp asks a server that never answers, and one that stops in the middle; one that is slow and
// keeps on, and one that says so little that it would go on for days, all by synctest's clock.
func TestSilentServersAreGivenUp(t *testing.T) {
	for _, row := range []struct {
		path string
		text string // after each second another letter; then the server says nothing more
		ends bool   // it ends the answer instead
		got  int    // so many of the letters come; 0: all
		err  string
	}{
		{path: "/never", err: "test.example says nothing for 3s"},
		{path: "/half", text: "x", err: "test.example says nothing for 3s"},
		{path: "/slow", text: "xxxxx", ends: true},
		{path: "/trickle", text: strings.Repeat("x", 40), ends: true, got: 30, err: "test.example is too slow: it says less than 300 bytes in 30s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := roundTrip(func(r *http.Request) (*http.Response, error) {
				if row.text == "" {
					<-r.Context().Done()
					return nil, r.Context().Err()
				}
				body, answer := io.Pipe()
				go func() {
					for _, letter := range row.text {
						time.Sleep(time.Second)
						_, _ = io.WriteString(answer, string(letter))
					}
					if row.ends {
						_ = answer.Close()
						return
					}
					<-r.Context().Done()
					_ = answer.CloseWithError(r.Context().Err())
				}()
				return &http.Response{StatusCode: http.StatusOK, Body: body, Request: r}, nil
			})
			client := http.Client{Transport: Attentive(server, 3*time.Second)}
			text, err := get(&client, "http://test.example"+row.path)
			time.Sleep(time.Minute) // the server notices
			if row.err == "" && err != nil || row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
				t.Errorf("%s: got error %v, want %q", row.path, err, row.err)
			}
			want := row.text
			if row.got > 0 {
				want = want[:row.got]
			}
			if text != want {
				t.Errorf("%s: got %q, want %q", row.path, text, want)
			}
		})
	}
}

// roundTrip is a server in a function, which waits for nothing but the clock.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func get(client *http.Client, address string) (string, error) {
	answer, err := client.Get(address)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
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
