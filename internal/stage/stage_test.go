package stage

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// names lists a directory.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func write(t *testing.T, name string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(filepath.Base(name)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func made(t *testing.T, open func(string) (*Stage, error), in string) *Stage {
	t.Helper()
	s, err := open(in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Discard)
	return s
}

func TestAFileAppearsWithItsMode(t *testing.T) {
	old := unix.Umask(0o077)
	defer unix.Umask(old)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "x"))
	s := made(t, NewFile, dir)
	if _, err := s.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "x")); string(text) != "x" {
		t.Errorf("x is %q before the stage has its place", text)
	}
	if err := s.Place("x"); err != nil {
		t.Fatal(err)
	}
	s.Discard()
	info, err := os.Stat(filepath.Join(dir, "x"))
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v, %v, want 0644 whatever the umask", info.Mode(), err)
	}
	if diff := cmp.Diff([]string{"x"}, names(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestADirectoryIsExchanged(t *testing.T) {
	dir := t.TempDir()
	for _, round := range []string{"first", "second"} {
		s := made(t, NewDir, dir)
		write(t, filepath.Join(s.Path(), round))
		if err := s.Exchange("layout"); err != nil {
			t.Fatal(err)
		}
		s.Discard()
		if diff := cmp.Diff([]string{round}, names(t, filepath.Join(dir, "layout"))); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	if diff := cmp.Diff([]string{"layout"}, names(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLeftoversOfKilledRunsAreCleared leaves stages as a killed process does, and one that somebody works on.
func TestLeftoversOfKilledRunsAreCleared(t *testing.T) {
	dir := t.TempDir()
	living := made(t, NewDir, dir)
	for _, open := range []func(string) (*Stage, error){NewDir, NewFile} {
		dead := made(t, open, dir)
		// As the kernel does when a process ends.
		if err := unix.Flock(int(dead.file.Fd()), unix.LOCK_UN); err != nil {
			t.Fatal(err)
		}
	}
	for _, precious := range []string{".whittle-notes", ".whittle-notes-7", "whittle-7"} {
		write(t, filepath.Join(dir, precious))
	}
	next := made(t, NewFile, dir)
	want := []string{living.name, next.name, ".whittle-notes", ".whittle-notes-7", "whittle-7"}
	slices.Sort(want)
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestASwappedStageIsNeitherFilledNorTaken renames a stage away and puts somebody else's directory in its place, as the
// owner of the directory around it can at any moment.
func TestASwappedStageIsNeitherFilledNorTaken(t *testing.T) {
	for name, place := range map[string]func(*Stage, string) error{"placed": (*Stage).Place, "exchanged": (*Stage).Exchange} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := made(t, NewDir, dir)
			mine, away := s.name, filepath.Join(dir, "away")
			if err := os.Rename(filepath.Join(dir, mine), away); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(filepath.Join(dir, mine), 0o755); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, mine, "precious"))
			if err := s.Root().WriteFile("by-root", nil, 0o600); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(s.Path(), "by-path"))
			if err := place(s, "final"); !errors.Is(err, errSwapped) {
				t.Errorf("error %v, want %v", err, errSwapped)
			}
			s.Discard()
			if diff := cmp.Diff([]string{"by-path", "by-root"}, names(t, away)); diff != "" {
				t.Errorf("the stage: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff([]string{"precious"}, names(t, filepath.Join(dir, mine))); diff != "" {
				t.Errorf("what stands in its place: -want +got:\n%s", diff)
			}
			if _, err := os.Lstat(filepath.Join(dir, "final")); !os.IsNotExist(err) {
				t.Errorf("something else was given the name: %v", err)
			}
		})
	}
}

// TestALinkInPlaceOfAStageIsNotFollowed puts a link to another directory in the place of one that was just made.
func TestALinkInPlaceOfAStageIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(dir, "victim")
	if err := os.Mkdir(victim, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := open(dir, func(s *Stage) error {
		if err := os.Symlink("victim", filepath.Join(dir, s.name)); err != nil {
			return err
		}
		return s.openMade()
	})
	if !errors.Is(err, errSwapped) {
		t.Errorf("error %v, want %v", err, errSwapped)
	}
	if info, err := os.Stat(victim); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the other directory has mode %v, %v", info.Mode(), err)
	}
}

// TestUnnamed writes a file and reads it; its directory stays empty.
func TestUnnamed(t *testing.T) {
	dir := t.TempDir()
	f, err := Unnamed(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := f.ReadAt(got, 0); err != nil || string(got) != "text" {
		t.Errorf("got %q, %v", got, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left is %v, %v", left, err)
	}
}
