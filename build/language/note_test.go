package language

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNotes: a build reads what an earlier one noted, and does without a note that cannot be used.
func TestNotes(t *testing.T) {
	type note struct{ Key string }
	for _, row := range []struct {
		name string
		make func(file string) error
		want note
		ok   bool
	}{
		{"a note", func(file string) error { return WriteNote(file, note{"k"}) }, note{"k"}, true},
		{"none", func(string) error { return nil }, note{}, false},
		{"half a note", func(file string) error { return os.WriteFile(file, []byte(`{"Key": "k`), 0o644) }, note{}, false},
		{"another value's", func(file string) error { return WriteNote(file, []int{1}) }, note{}, false},
		{"a pipe", func(file string) error { return syscall.Mkfifo(file, 0o644) }, note{}, false},
		{"a folder", func(file string) error { return os.Mkdir(file, 0o755) }, note{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "note.json")
			if err := row.make(file); err != nil {
				t.Fatal(err)
			}
			var got note
			if ok := ReadNote(file, &got); ok != row.ok {
				t.Errorf("got %v", ok)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if err := WriteNote(filepath.Join(t.TempDir(), "none", "note.json"), note{}); err == nil {
		t.Error("a note was written into no folder")
	}
}
