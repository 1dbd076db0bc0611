package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDefinitionsLeadToNoSecrets has a definition, a run image and a table of doors that are links to a secret, or pipes.
func TestDefinitionsLeadToNoSecrets(t *testing.T) {
	for name, make := range map[string]func(file, secret string) error{
		"link": func(file, secret string) error { return os.Symlink(secret, file) },
		"pipe": func(file, _ string) error { return syscall.Mkfifo(file, 0o644) },
	} {
		for _, file := range []string{"slices/evil.yaml", "run/x.yaml"} {
			u := newUser(t)
			secret := u.write("secret", "S3CRET of:the user [x\n")
			for _, dir := range []string{"rel/slices", "rel/run"} {
				if err := os.MkdirAll(u.path(dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			config, err := os.ReadFile("../../releases/debian-13/chisel.yaml")
			if err != nil {
				t.Fatal(err)
			}
			u.write("rel/chisel.yaml", string(config))
			if err := make(u.path("rel/"+file), secret); err != nil {
				t.Fatal(err)
			}
			done := newTimer(t, name+" "+file)
			for _, args := range [][]string{{"definitions", "check", u.path("rel")}, {"image", "build", u.path("rel/run/x.yaml"), "--output", "oci:" + u.path("o")}} {
				code, said := u.whittle(args...)
				if strings.Contains(said, "S3CRET") {
					t.Errorf("%s %s: %q says %s", name, file, args, said)
				}
				if code == exitOK && args[0] == "image" {
					t.Errorf("%s %s: %q succeeds", name, file, args)
				}
			}
			done()
		}
	}
}

// newTimer ends the test binary's patience with something that may hang.
func newTimer(t *testing.T, what string) (stop func() bool) {
	t.Helper()
	return time.AfterFunc(time.Minute, func() { panic(what + ": it hangs") }).Stop
}

func TestFoldersFollowLinksWithin(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	f, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := fs.ReadFile(f, "b"); err != nil || string(text) != "x" {
		t.Errorf("got %q, %v", text, err)
	}
}
