package project

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hostile is an app's folder with a link, a pipe or a large file of some name; beside the folder is a secret.
func hostile(t *testing.T, make func(file, secret string) error) *Folder {
	t.Helper()
	top := t.TempDir()
	dir, secret := filepath.Join(top, "app"), filepath.Join(top, "secret")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, []byte("web: password"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := make(filepath.Join(dir, "Procfile"), secret); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestFolderReadsNothingButItsRegularFiles makes a Procfile of everything that is none. Each is refused, at once and
// without a word of what it leads to.
func TestFolderReadsNothingButItsRegularFiles(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(file, secret string) error
		err  string
	}{
		{"a link to a secret", func(file, secret string) error { return os.Symlink(secret, file) }, "cannot read Procfile: open Procfile: it is a link that leads out of the app's folder"},
		{"a relative link to a secret", func(file, _ string) error { return os.Symlink("../secret", file) }, "leads out of the app's folder"},
		{"a link to a device", func(file, _ string) error { return os.Symlink("/dev/zero", file) }, "leads out of the app's folder"},
		{"a pipe", func(file, _ string) error { return syscall.Mkfifo(file, 0o644) }, "it is no regular file"},
		{"a link to itself", func(file, _ string) error { return os.Symlink("Procfile", file) }, "cannot read Procfile"},
		{"a directory", func(file, _ string) error { return os.Mkdir(file, 0o755) }, "is a directory"},
		{"a large file", func(file, _ string) error {
			if err := os.WriteFile(file, nil, 0o644); err != nil {
				return err
			}
			return os.Truncate(file, MaxFile+1<<40)
		}, "the build reads at most"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := hostile(t, row.make)
			done := make(chan struct{})
			go func() {
				defer close(done)
				p, err := Read(f, nil)
				if err == nil || !strings.Contains(err.Error(), row.err) || strings.Contains(err.Error(), "password") || len(p.Processes) > 0 {
					t.Errorf("got %+v, %v; want an error that has %q", p.Processes, err, row.err)
				}
			}()
			select {
			case <-done:
			case <-time.After(10 * time.Second):
				t.Fatal("it hangs")
			}
		})
	}
}

func TestFolderReadsLinksWithinIt(t *testing.T) {
	f := hostile(t, func(file, _ string) error {
		if err := os.WriteFile(file+".web", []byte("web: a"), 0o644); err != nil {
			return err
		}
		return os.Symlink("Procfile.web", file)
	})
	p, err := Read(f, nil)
	if err != nil || len(p.Processes) != 1 || p.Processes[0].Line != "a" {
		t.Errorf("got %+v, %v", p, err)
	}
	if found, err := fs.Glob(f, "Procfile*"); err != nil || len(found) != 2 {
		t.Errorf("found %v, %v", found, err)
	}
	if info, err := fs.Stat(f, "Procfile"); err != nil || info.Size() != 6 {
		t.Errorf("got %v, %v", info, err)
	}
	for _, name := range []string{"../secret", "/etc/passwd", "a//b"} {
		if _, err := f.Open(name); err == nil {
			t.Errorf("%s can be opened", name)
		}
	}
}

func TestAppInASubFolder(t *testing.T) {
	dir := files("apps/web/Procfile=web: sub", "Procfile=web: root", "file=", "project.toml=[dev.whittle]\napp = \"./apps/web/\"")
	for _, row := range []struct{ setting, folder, start, err string }{
		{"", "apps/web", "sub", ""},
		{".", "", "root", ""},
		{"apps/", "apps", "", ""},
		{"../other", "", "", `cannot use the app's folder "../other" (BP_WHITTLE_APP): it is no path below`},
		{"/etc", "", "", "it is no path below"},
		{"none", "", "", `cannot use the app's folder "none"`},
		{"file", "", "", "it is no directory"},
	} {
		p, err := Read(dir, map[string]string{"BP_WHITTLE_APP": row.setting})
		if row.err != "" {
			if err == nil || !strings.Contains(err.Error(), row.err) {
				t.Errorf("%s: error is %v, want %q", row.setting, err, row.err)
			}
			continue
		}
		if err != nil || p.Folder != row.folder || p.Start().Text() != row.start {
			t.Errorf("%s: got %q, %q, %v", row.setting, p.Folder, p.Start().Text(), err)
		}
	}
}

// TestPatternsPassOverPipes looks for files below every entry of a folder, one of which is a pipe that nobody writes to.
func TestPatternsPassOverPipes(t *testing.T) {
	f := hostile(t, func(file, _ string) error {
		dir := filepath.Dir(file)
		return errors.Join(syscall.Mkfifo(file, 0o644), os.Mkdir(filepath.Join(dir, "b"), 0o755), os.Mkdir(filepath.Join(dir, "a"), 0o755),
			os.WriteFile(filepath.Join(dir, "b/x.json"), nil, 0o644), os.WriteFile(filepath.Join(dir, "a/x.json"), nil, 0o644))
	})
	found := make(chan []string, 1)
	go func() {
		names, err := fs.Glob(f, "*/x.json")
		if err != nil {
			t.Error(err)
		}
		found <- names
	}()
	select {
	case names := <-found:
		if diff := cmp.Diff([]string{"a/x.json", "b/x.json"}, names); diff != "" {
			t.Error(diff)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it hangs")
	}
}
