package archive

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"whittle.dev/whittle/slicer/slicertest"
)

// Parts of an archive that a mirror may spoil.
const (
	theRelease  = "/InRelease"
	thePackages = "Packages"
	theDeb      = ".deb"
)

// spoils tells whether a request is for a part.
func spoils(r *http.Request, part string) bool {
	if part == thePackages {
		return strings.Contains(r.URL.Path, "/binary-amd64/")
	}
	return strings.HasSuffix(r.URL.Path, part)
}

// spoil serves the files, one part of them by the handler.
func spoil(t *testing.T, files map[string][]byte, part string, h http.HandlerFunc) string {
	t.Helper()
	good := slicertest.Handler(files)
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if spoils(r, part) {
			h(w, r)
			return
		}
		good.ServeHTTP(w, r)
	})
}

// use opens an archive and fetches a package: all that a mirror can disturb.
func use(t *testing.T, o Options) error {
	t.Helper()
	return useIn(t.Context(), o)
}

func useIn(ctx context.Context, o Options) error {
	a, err := Open(ctx, o)
	if err != nil {
		return err
	}
	defer a.Close()
	p, err := a.Package("libgmp10")
	if err != nil {
		return err
	}
	_, err = a.Fetch(ctx, p)
	return err
}

// mirrorFailures are what a mirror does instead of answering, and the error.
func mirrorFailures(files map[string][]byte) map[string]struct {
	serve http.HandlerFunc
	want  string
} {
	body := func(r *http.Request) []byte { return files[strings.Trim(r.URL.Path, "/")] }
	return map[string]struct {
		serve http.HandlerFunc
		want  string
	}{
		"stalls before the header": {func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "it stalled"},
		"stalls in the body": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(body(r)[:50])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "it stalled"},
		"breaks off": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(body(r))))
			_, _ = w.Write(body(r)[:50])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, "unexpected EOF"},
		"says more bytes than it sends": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(body(r))+1000))
			_, _ = w.Write(body(r))
		}, "unexpected EOF"},
		"says less bytes than there are": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "50")
			_, _ = w.Write(body(r)[:50])
		}, ""},
		"answers 200 with HTML": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("\n<!DOCTYPE html><html><title>Log in</title></html>"))
		}, "looks like a web page"},
		"answers 500":                       {func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", 500) }, "500"},
		"answers 404":                       {func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }, ""},
		"redirects in a circle":             {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "more than 5 redirects"},
		"answers 206 that nobody asked for": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(206) }, "resumed at"},
	}
}

// patience is how long a test waits for a mirror: a machine that is busy is slow, and only a stall must be waited for.
func patience(failure string) time.Duration {
	if strings.HasPrefix(failure, "stalls") {
		return 2 * time.Second
	}
	return time.Minute
}

func TestMirrorThatFails(t *testing.T) {
	fixture := newArchive(newKey())
	files := fixture.Files()
	for name, c := range mirrorFailures(files) {
		for _, part := range []string{theRelease, thePackages, theDeb} {
			if name == "answers 404" && part == theRelease {
				continue // such a mirror has Release and Release.gpg, which will do
			}
			t.Run(name+" of "+part, func(t *testing.T) {
				t.Parallel()
				bad := spoil(t, files, part, c.serve)
				o := optionsFor(t, fixture, bad)
				o.IdleTimeout = patience(name)
				err := use(t, o)
				wantParts(t, err, "cannot", strings.TrimPrefix(bad, "http://"), c.want)
				// The same cache, and a mirror that is well.
				o.IdleTimeout = 0
				o.Sources = optionsFor(t, fixture, fixture.Serve(t).URL).Sources
				if err := use(t, o); err != nil {
					t.Errorf("the cache is unusable afterwards: %v", err)
				}
			})
		}
	}
}

func TestNextMirrorStandsIn(t *testing.T) {
	fixture := newArchive(newKey())
	files := fixture.Files()
	good := fixture.Serve(t).URL
	for name, c := range mirrorFailures(files) {
		for _, part := range []string{theRelease, thePackages, theDeb} {
			t.Run(name+" of "+part, func(t *testing.T) {
				t.Parallel()
				o := optionsFor(t, fixture, spoil(t, files, part, c.serve), good)
				o.IdleTimeout = patience(name)
				if err := use(t, o); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestInterruptedTransferIsResumed(t *testing.T) {
	fixture := newArchive(newKey())
	files := fixture.Files()
	whole := slicertest.Handler(files)
	var ranges []string
	for _, part := range []string{thePackages, theDeb} {
		ranges = nil
		url := spoil(t, files, part, func(w http.ResponseWriter, r *http.Request) {
			ranges = append(ranges, r.Header.Get("Range"))
			if len(ranges) > 1 {
				whole.ServeHTTP(w, r)
				return
			}
			data := files[strings.Trim(r.URL.Path, "/")]
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			_, _ = w.Write(data[:70])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		})
		o := optionsFor(t, fixture, url)
		o.Retries = 1
		if err := use(t, o); err != nil {
			t.Errorf("%s: %v", part, err)
		}
		if got := strings.Join(ranges, ","); got != ",bytes=70-" {
			t.Errorf("%s: the ranges asked for were %q", part, got)
		}
	}
}

func TestFileThatChangesBeforeItIsResumedIsFetchedAnew(t *testing.T) {
	fixture := newArchive(newKey())
	files := fixture.Files()
	requests := 0
	url := spoil(t, files, theDeb, func(w http.ResponseWriter, r *http.Request) {
		requests++
		data := files[strings.Trim(r.URL.Path, "/")]
		if requests == 1 { // another file's beginning
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			_, _ = w.Write(bytes.Repeat([]byte("x"), 70))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data)) // without ETag
	})
	o := optionsFor(t, fixture, url)
	o.Retries = 1
	if err := use(t, o); err != nil || requests != 3 {
		t.Errorf("after %d requests: %v; want success after 3", requests, err)
	}
}

func TestServerInTroubleIsAskedAgain(t *testing.T) {
	fixture := newArchive(newKey())
	files := fixture.Files()
	whole := slicertest.Handler(files)
	var asked atomic.Int32
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%2 == 1 {
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		whole.ServeHTTP(w, r)
	})
	o := optionsFor(t, fixture, url)
	o.Retries = 1
	if err := use(t, o); err != nil {
		t.Error(err)
	}
}

func TestIndexLargerThanAnnounced(t *testing.T) {
	fixture := newArchive(newKey())
	files := fixture.Files()
	var sent atomic.Int64
	url := spoil(t, files, thePackages, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(files[strings.Trim(r.URL.Path, "/")])
		for r.Context().Err() == nil { // without an end
			n, err := w.Write(make([]byte, 1<<12))
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	wantOpenError(t, optionsFor(t, fixture, url), "trixie", "Packages", "larger than announced")
}

// TestIndexThatUnpacksToMoreThanAnnounced has bombs of each kind for indexes, with and without the size of the plain file
// in the Release.
func TestIndexThatUnpacksToMoreThanAnnounced(t *testing.T) {
	fixture := newArchive(newKey())
	fixture.Extra = map[string]string{"Acquire-By-Hash": "no"}
	const plain = "main/binary-amd64/Packages"
	text := fixture.Files()["dists/trixie/"+plain]
	for _, c := range []string{"xz", "gz", "zst"} {
		for _, announced := range []bool{true, false} {
			if c == "xz" && !announced {
				continue // the xz of these tests does not compress
			}
			bomb := bytes.Repeat(text, 1000)
			if !announced {
				bomb = bytes.Repeat([]byte("Package: a\n\n"), 5_000_000)
			}
			indexes := map[string][]byte{plain + "." + c: slicertest.Compress(c, bomb)}
			if announced {
				indexes[plain] = text
			}
			files := map[string][]byte{}
			for name, data := range indexes {
				files["dists/trixie/"+name] = data
			}
			maps.Copy(files, fixture.Sign(fixture.Release(indexes)))
			o := optionsFor(t, fixture, serve(t, slicertest.Handler(files).ServeHTTP))
			wantOpenError(t, o, "cannot index main/binary-amd64/Packages."+c, "larger than announced")
			for name, size := range tree(t, o.Cache) {
				if size > 2<<20 {
					t.Errorf("%s of %d bytes is left", name, size)
				}
			}
		}
	}
}

func TestChangedByteAnywhereInPackages(t *testing.T) {
	fixture := newArchive(newKey())
	for _, c := range []string{"", "xz", "zst"} {
		fixture.Compressions = []string{c}
		files := fixture.Files()
		at := 0
		url := spoil(t, files, thePackages, func(w http.ResponseWriter, r *http.Request) {
			data := bytes.Clone(files[strings.Trim(r.URL.Path, "/")])
			data[at] ^= 1
			_, _ = w.Write(data)
		})
		o := optionsFor(t, fixture, url)
		for size := len(files["dists/trixie/main/binary-amd64/Packages"+strings.TrimSuffix("."+c, ".")]); at < size; at += 29 {
			wantOpenError(t, o, "cannot get main/binary-amd64/Packages", "its SHA256 is")
		}
	}
}

func TestChangedByteAnywhereInDeb(t *testing.T) {
	fixture := newArchive(newKey())
	files := fixture.Files()
	at := 0
	url := spoil(t, files, theDeb, func(w http.ResponseWriter, r *http.Request) {
		data := bytes.Clone(files[strings.Trim(r.URL.Path, "/")])
		data[at] ^= 1
		_, _ = w.Write(data)
	})
	a := mustOpen(t, optionsFor(t, fixture, url))
	p, err := a.Package("libgmp10")
	if err != nil {
		t.Fatal(err)
	}
	for ; at < int(p.Size); at += 17 {
		_, err := a.Fetch(t.Context(), p)
		wantParts(t, err, "cannot fetch package libgmp10 2:6.3.0-3", path.Base(p.Filename), "its SHA256 is", p.SHA256)
		if _, err := os.Stat(a.cache.path(blobName(p.SHA256))); err == nil {
			t.Fatalf("byte %d changed: the file is in the cache", at)
		}
	}
}

// TestMirrorThatChangesUnderUs updates the mirror right after its Release was
// fetched.
func TestMirrorThatChangesUnderUs(t *testing.T) {
	key := newKey()
	older, newer := newArchive(key), newArchive(key)
	older.NoByHash, newer.NoByHash = true, true
	newer.Date = day(4, 1)
	newer.Components = map[string][]slicertest.Deb{"main": {{Name: "libgmp10", Version: "2:6.3.0-4"}}}
	first, then := slicertest.Handler(older.Files()), slicertest.Handler(newer.Files())
	served := 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if served++; served == 1 {
			first.ServeHTTP(w, r)
			return
		}
		then.ServeHTTP(w, r)
	})
	a := mustOpen(t, optionsFor(t, older, url))
	if p, err := a.Package("libgmp10"); err != nil || p.Version != "2:6.3.0-4" {
		t.Errorf("Package(libgmp10) = %+v, %v; want that of the newer state", p, err)
	}
}

// TestSHA512CountsToo has a package whose SHA256 is right and whose SHA512 is not, and the same of an index.
func TestSHA512CountsToo(t *testing.T) {
	fixture := newArchive(newKey())
	// The sum stands in the .deb's own control file, too, so the right one cannot be told before.
	for sum, want := range map[string]string{strings.Repeat("ab", 64): "its SHA512 is", "abc": "is no digest"} {
		fixture.Components = map[string][]slicertest.Deb{"main": {{Name: "twin", Fields: map[string]string{"SHA512": sum}}}}
		files := fixture.Files()
		a := mustOpen(t, optionsFor(t, fixture, serve(t, slicertest.Handler(files).ServeHTTP)))
		p, err := a.Package("twin")
		if err == nil {
			_, err = a.Fetch(t.Context(), p)
		}
		wantParts(t, err, "cannot", want)
	}
	fixture = newArchive(newKey())
	const packages = "main/binary-amd64/Packages.xz"
	data := fixture.Files()["dists/trixie/"+packages]
	indexes := map[string][]byte{packages: data}
	fixture.Extra = map[string]string{"Acquire-By-Hash": "no", "SHA512": "\n " + strings.Repeat("ab", 64) + " " + fmt.Sprint(len(data)) + " " + packages}
	files := map[string][]byte{"dists/trixie/" + packages: data}
	maps.Copy(files, fixture.Sign(fixture.Release(indexes)))
	wantOpenError(t, optionsFor(t, fixture, serve(t, slicertest.Handler(files).ServeHTTP)), "cannot get "+packages, "its SHA512 is")
}
