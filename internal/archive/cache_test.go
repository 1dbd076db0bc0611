package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"whittle.dev/whittle/internal/owned"
	"whittle.dev/whittle/slicer/slicertest"
)

// A recorder serves an archive and notes what was asked and answered.
type recorder struct {
	files map[string][]byte
	seen  []string
}

func (s *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	slicertest.Handler(s.files).ServeHTTP(answer, r)
	s.seen = append(s.seen, fmt.Sprintf("%d %s", answer.Code, r.URL.Path))
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func TestWarmStartAsksForOneReleaseAndReadsNoPackagesText(t *testing.T) {
	fixture := newArchive(newKey())
	server := &recorder{files: fixture.Files()}
	o := optionsFor(t, fixture, serve(t, server.ServeHTTP))
	if err := use(t, o); err != nil {
		t.Fatal(err)
	}
	server.seen = nil
	o.Progress = func(p Progress) {
		if p.Activity == Index || p.Activity == Download {
			t.Errorf("warm start: %+v", p)
		}
	}
	if err := use(t, o); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"304 /dists/trixie/InRelease"}, server.seen); diff != "" {
		t.Error(diff)
	}
	for name := range tree(t, o.Cache) {
		data, err := os.ReadFile(filepath.Join(o.Cache, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(data, []byte("Package:")) && !strings.HasPrefix(name, indexDir) {
			t.Errorf("%s of the cache is Packages text", name)
		}
	}
}

// tree lists the files of a directory with their sizes.
func tree(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	files := map[string]int64{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			files[strings.TrimPrefix(name, dir+"/")] = info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// spoilTemp makes every write to the cache fail, for root too.
func spoilTemp(t *testing.T, cache string) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(filepath.Join(cache, tempDir)), os.WriteFile(filepath.Join(cache, tempDir), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
}

func TestReadOnlyCacheWillDoWhenNothingIsMissing(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	if err := use(t, o); err != nil {
		t.Fatal(err)
	}
	spoilTemp(t, o.Cache)
	if err := use(t, o); err != nil {
		t.Errorf("a warm cache that cannot be written: %v", err)
	}
}

func TestReadOnlyCacheIsNamedWhenSomethingIsMissing(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	spoilTemp(t, o.Cache)
	wantOpenError(t, o, "trixie", "cannot write to the cache "+o.Cache)
	o.Cache = filepath.Join(o.Cache, tempDir)
	wantOpenError(t, o, "cannot create the cache", o.Cache)
}

func TestOfflineWithValidCache(t *testing.T) {
	fixture := newArchive(newKey())
	fixture.ValidUntil = day(6, 8)
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	if err := use(t, o); err != nil {
		t.Fatal(err)
	}
	o.Offline, o.Client = true, &http.Client{Transport: noNetwork{t}}
	if err := use(t, o); err != nil {
		t.Fatal(err)
	}
	a := mustOpen(t, o)
	hello, err := a.Package("hello")
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Fetch(t.Context(), hello)
	wantParts(t, err, "cannot fetch package hello 1.10", "not in the cache", "network is not to be used")
}

type noNetwork struct{ t *testing.T }

func (n noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("request for %s", r.URL)
	return nil, errors.New("no network")
}

func TestOfflineWithExpiredCache(t *testing.T) {
	fixture := newArchive(newKey())
	fixture.ValidUntil = day(6, 8)
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	mustOpen(t, o)
	o.Offline, o.Now = true, func() time.Time { return day(6, 9) }
	wantOpenError(t, o, "the cached Release cannot stand in", "Valid-Until is 2026-06-08", "network is not to be used")
	o.Sources[0].IgnoreValidUntil = true
	mustOpen(t, o)
}

func TestOfflineWithEmptyCache(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	o.Offline = true
	wantOpenError(t, o, "trixie", "no Release of it in the cache")
}

func TestUnreachableMirrorWithValidCacheIsNoted(t *testing.T) {
	fixture := newArchive(newKey())
	server := fixture.Serve(t)
	o := optionsFor(t, fixture, server.URL)
	mustOpen(t, o)
	server.Close()
	var notes []string
	o.Progress = func(p Progress) { notes = append(notes, p.Message) }
	mustOpen(t, o)
	if got := strings.Join(notes, "\n"); !strings.Contains(got, "using the cached Release of 2026-01-01") {
		t.Errorf("the notes are %q", got)
	}
}

func TestMirrorThatLiesIsNotExcusedByTheCache(t *testing.T) {
	fixture := newArchive(newKey())
	files := fixture.Files()
	o := optionsFor(t, fixture, serve(t, func(w http.ResponseWriter, r *http.Request) { slicertest.Handler(files).ServeHTTP(w, r) }))
	mustOpen(t, o)
	other := newArchive(newKey())
	files = other.Files()
	wantOpenError(t, o, "not in the keyring")
}

func TestBundleByFileURI(t *testing.T) {
	fixture := newArchive(newKey())
	dir := t.TempDir()
	if err := fixture.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	o := optionsFor(t, fixture, "file:"+dir)
	o.Client = &http.Client{Transport: noNetwork{t}}
	if err := use(t, o); err != nil {
		t.Fatal(err)
	}
	o.Sources = optionsFor(t, fixture, "file:"+dir+"/none").Sources
	wantOpenError(t, o, dir+"/none", "no such file")
}

func TestDamagedCacheIsMendedByTheNextRun(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	if err := use(t, o); err != nil {
		t.Fatal(err)
	}
	for name, size := range tree(t, o.Cache) {
		for _, at := range []int64{0, size / 2, size - 1} {
			full := filepath.Join(o.Cache, name)
			data, err := os.ReadFile(full)
			if err != nil {
				t.Fatal(err)
			}
			data[at] ^= 0xff
			if err := os.WriteFile(full, data, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := use(t, o); err != nil && !strings.Contains(err.Error(), "run again") {
				t.Errorf("%s, byte %d: %v", name, at, err)
			}
			if err := use(t, o); err != nil {
				t.Errorf("%s, byte %d, second run: %v", name, at, err)
			}
		}
	}
}

func prune(dir string, max int64) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	_, err = Prune(root, max)
	return err
}

// TestWhatIsOpenOutlivesItsName removes everything from the cache between the making of an index and a package and their use,
// as another process may.
func TestWhatIsOpenOutlivesItsName(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	a := mustOpen(t, o)
	if err := prune(o.Cache, 0); err != nil {
		t.Fatal(err)
	}
	p, err := a.Package("libgmp10")
	if err != nil {
		t.Fatal(err)
	}
	f, err := a.Fetch(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := prune(o.Cache, 0); err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(f); err != nil || !bytes.Equal(data, fixture.Components["main"][0].Bytes()) {
		t.Errorf("the package that was pruned is read as %d bytes, %v", len(data), err)
	}
	if data, err := fetched(t, a, p); err != nil || !bytes.Equal(data, fixture.Components["main"][0].Bytes()) {
		t.Errorf("fetched again, it has %d bytes, %v", len(data), err)
	}
}

func TestPruneRemovesWhatKilledProcessesLeft(t *testing.T) {
	dir := t.TempDir()
	c, err := openCache(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	living, err := c.create()
	if err != nil {
		t.Fatal(err)
	}
	dead, err := c.create()
	if err != nil {
		t.Fatal(err)
	}
	// As the kernel does when a process ends.
	if err := unix.Flock(int(dead.Fd()), unix.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	if err := prune(dir, 1<<30); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{living.name: 0}, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
	living.discard()
}

func TestPruneRemovesTheLeastRecentlyUsed(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	a := mustOpen(t, o)
	for i, name := range []string{"libgmp10", "hello", "libgmp-dev"} {
		p, err := a.Package(name)
		if err != nil {
			t.Fatal(err)
		}
		a.options.Now = func() time.Time { return day(1, 1+i) }
		for range 2 { // the second time marks it as used
			if _, err := a.Fetch(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := tree(t, o.Cache)
	var total int64
	for name, size := range before {
		if !strings.HasPrefix(name, releaseDir) {
			total += size
		}
	}
	if err := prune(o.Cache, total-1); err != nil {
		t.Fatal(err)
	}
	oldest, err := a.Package("libgmp10")
	if err != nil {
		t.Fatal(err)
	}
	delete(before, blobName(oldest.SHA256))
	if diff := cmp.Diff(before, tree(t, o.Cache)); diff != "" {
		t.Error(diff)
	}
	if err := prune(o.Cache, 0); err != nil {
		t.Fatal(err)
	}
	for name := range tree(t, o.Cache) {
		if !strings.HasPrefix(name, releaseDir) {
			t.Errorf("%s is left", name)
		}
	}
	if err := errors.Join(use(t, o), prune(t.TempDir(), 0)); err != nil {
		t.Error(err)
	}
}

func TestIndexTableFindsEachRow(t *testing.T) {
	rows := []row{{name: "b", offset: 9}, {name: "a", offset: 3}, {name: "b", offset: 5, length: 7, crc: 8}}
	x, err := decodeTable(encodeTable(slices.Clone(rows)))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]row{"a": {rows[1]}, "b": {rows[2], rows[0]}, "": nil, "c": nil, "ab": nil} {
		if diff := cmp.Diff(want, x.find(name), cmp.AllowUnexported(row{})); diff != "" {
			t.Errorf("%q: %s", name, diff)
		}
	}
}

// TestCachesOfOthersAreRefused lets others write to the cache and to each of its directories, as a process with umask 0 would
// have left them, and gives it away. What only single files say is mended.
func TestCachesOfOthersAreRefused(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	if err := use(t, o); err != nil {
		t.Fatal(err)
	}
	for name := range tree(t, o.Cache) {
		if err := os.Chmod(filepath.Join(o.Cache, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := use(t, o); err != nil {
		t.Errorf("files of others are not made anew: %v", err)
	}
	packages, err := fs.Glob(os.DirFS(o.Cache), blobDir+"/*/*")
	if err != nil || len(packages) != 1 {
		t.Fatalf("the packages are %v, %v, want one", packages, err)
	}
	for _, dir := range []string{filepath.Dir(packages[0]), ".", blobDir, indexDir, releaseDir, tempDir} {
		at := filepath.Join(o.Cache, dir)
		if err := os.Chmod(at, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := use(t, o); !errors.Is(err, owned.ErrShared) || !strings.Contains(err.Error(), at) {
			t.Errorf("%s: got error %v", dir, err)
		}
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(o.Cache, 12345, -1); err != nil {
			t.Fatal(err)
		}
		if err := use(t, o); !errors.Is(err, owned.ErrShared) || !strings.Contains(err.Error(), "12345") {
			t.Errorf("another user's: got error %v", err)
		}
	}
}
