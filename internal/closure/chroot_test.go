package closure

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCacheIsUsedByTheLoader needs root, so it must be asked for:
// go test -run UsedByTheLoader -chroot
var useChroot = flag.Bool("chroot", false, "run a program in a chroot with a cache of ours; needs root")

// The real loader starts a program whose libraries lie in a directory that it
// knows from our cache alone, and does not start it without the cache.
func TestCacheIsUsedByTheLoader(t *testing.T) {
	if !*useChroot {
		return
	}
	const program = "/bin/ls"
	app := hostLibrary(t, program)
	found, err := Solve(context.Background(), Request{Roots: []Library{app}, Find: hostCache(t)})
	if err != nil || len(found.Missing) > 0 {
		t.Fatalf("missing %+v, error %v", found.Missing, err)
	}
	root := t.TempDir()
	place(t, root, program, app.Path)
	place(t, root, app.Object.Interp, app.Object.Interp)
	var odd []Library
	for _, l := range found.Added {
		at := "/odd/place/" + l.Object.Soname
		place(t, root, at, l.Path)
		odd = append(odd, Library{Path: at, Object: l.Object})
	}
	if out, err := runIn(root, program); err == nil {
		t.Fatalf("the program starts without a cache, so this test shows nothing: %s", out)
	}
	cache := writeCache(t, app.Object.Machine, cacheEntries(odd, nil))
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc/ld.so.cache"), cache, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := runIn(root, program)
	if err != nil || !strings.Contains(out, "odd") {
		t.Errorf("got %q, %v", out, err)
	}
}

// runIn runs a program in a root with an empty environment, on the root itself.
func runIn(root, program string) (string, error) {
	cmd := exec.Command(program, "/")
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// place copies a file of the host into a root.
func place(t *testing.T, root, at, from string) {
	t.Helper()
	b, err := readHost(from)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(root, at)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o755); err != nil {
		t.Fatal(err)
	}
}

func hostLibrary(t testing.TB, name string) Library {
	t.Helper()
	b, err := readHost(name)
	if err != nil {
		t.Fatal(err)
	}
	o, err := Read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return Library{Path: name, Object: o}
}

// hostFinder finds libraries where the host's own cache says.
type hostFinder struct{ paths map[string][]string }

func hostCache(t *testing.T) hostFinder {
	t.Helper()
	b, err := readHost("/etc/ld.so.cache")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := ReadCache(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	f := hostFinder{paths: make(map[string][]string)}
	for _, e := range entries {
		f.paths[e.Soname] = append(f.paths[e.Soname], e.Path)
	}
	return f
}

func (f hostFinder) Library(_, soname string, _ elf.Machine, _ elf.Class, _ func(string) bool) ([]Library, error) {
	var all []Library
	for _, name := range f.paths[soname] {
		b, err := readHost(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the cache is older than the directory
		}
		if err != nil {
			return nil, err
		}
		o, err := Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return nil, err
		}
		all = append(all, Library{Path: name, Object: o})
	}
	return all, nil
}
