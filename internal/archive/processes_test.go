package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"whittle.dev/whittle/slicer/slicertest"
)

// childEnv turns the test program into one that uses an archive: its value is a
// sources file, a cache and perhaps a time, one a line.
const childEnv = "ARCHIVE_TEST_CHILD"

func TestMain(m *testing.M) {
	if args := os.Getenv(childEnv); args != "" {
		if err := beChild(strings.Split(args, "\n")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func beChild(args []string) error {
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	sources, err := ParseSources(args[0], data)
	if err != nil {
		return err
	}
	return useIn(context.Background(), Options{Sources: sources, Arch: "amd64", Cache: args[1], Now: today, Retries: -1})
}

// child is another process that opens the archive and fetches a package.
func child(t *testing.T, fixture slicertest.Archive, uri, cache string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	sources := filepath.Join(t.TempDir(), "a.sources")
	if err := os.WriteFile(sources, []byte(fixture.Sources(uri)), 0o666); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childEnv+"="+sources+"\n"+cache)
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

func TestGoroutinesShareAColdCache(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	errs := make([]error, 6)
	var group sync.WaitGroup
	for i := range errs {
		group.Go(func() { errs[i] = use(t, o) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	wantWholeCache(t, o)
}

func TestProcessesShareAColdCache(t *testing.T) {
	fixture := newArchive(newKey())
	o := optionsFor(t, fixture, fixture.Serve(t).URL)
	var group sync.WaitGroup
	for range 2 {
		cmd, out := child(t, fixture, strings.Fields(o.Sources[0].URIs[0])[0], o.Cache)
		group.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	group.Wait()
	wantWholeCache(t, o)
}

// wantWholeCache checks that the cache serves without a network, and that no
// temporary file is left.
func wantWholeCache(t *testing.T, o Options) {
	t.Helper()
	o.Offline = true
	if err := use(t, o); err != nil {
		t.Error(err)
	}
	for name := range tree(t, o.Cache) {
		if strings.HasPrefix(name, tempDir) {
			t.Errorf("%s is left", name)
		}
	}
}

// TestKilledProcessLeavesAUsableCache kills a process in the middle of each
// kind of download.
func TestKilledProcessLeavesAUsableCache(t *testing.T) {
	fixture := newArchive(newKey())
	files := fixture.Files()
	for _, part := range []string{theRelease, thePackages, theDeb} {
		started := make(chan struct{}, 10)
		url := spoil(t, files, part, func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(files[strings.Trim(r.URL.Path, "/")][:50])
			w.(http.Flusher).Flush()
			started <- struct{}{}
			<-r.Context().Done()
		})
		o := optionsFor(t, fixture, fixture.Serve(t).URL)
		cmd, _ := child(t, fixture, url, o.Cache)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-started
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatalf("%s: the process was not killed", part)
		}
		if err := use(t, o); err != nil {
			t.Errorf("killed at %s: %v", part, err)
		}
		if err := prune(o.Cache, 1<<30); err != nil {
			t.Error(err)
		}
		wantWholeCache(t, o)
	}
}
