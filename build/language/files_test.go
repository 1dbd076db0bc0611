package language

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFilesAreRegularAndBounded opens what would be waited for, or never end.
func TestFilesAreRegularAndBounded(t *testing.T) {
	dir := t.TempDir()
	file, pipe, large := filepath.Join(dir, "file"), filepath.Join(dir, "pipe"), filepath.Join(dir, "large")
	if err := os.WriteFile(file, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxFile+1); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{pipe: "no regular file", "/dev/zero": "no regular file", dir: "no regular file", large: "more than 64 MB", dir + "/none": "no such file"} {
		done := make(chan error, 1)
		go func() { _, err := ReadFile(name); done <- err }()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got error %v, want %q", name, err, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it hangs", name)
		}
	}
	if text, err := ReadFile(file); err != nil || string(text) != "text" {
		t.Errorf("got %q, %v", text, err)
	}
}
