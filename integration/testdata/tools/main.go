// Command tools runs programs of Debian packages as their users do: by name and by absolute path, each with an empty
// environment, and says of each whether it did its work.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	failed := false
	for _, dir := range []string{"", "/usr/bin/"} {
		for _, t := range []struct {
			name string
			run  func(dir string) (string, error)
		}{{"git clone", clone}, {"imagemagick", render}, {"ruby", ruby}, {"shell", shell}} {
			out, err := t.run(dir)
			if err != nil {
				failed = true
				out = "FAILED: " + err.Error()
			}
			fmt.Printf("%s%s: %s\n", dir, t.name, out)
		}
	}
	if failed {
		os.Exit(1)
	}
}

// clone makes a repository with one commit and clones it.
func clone(dir string) (string, error) {
	tmp, err := os.MkdirTemp("", "repo")
	if err != nil {
		return "", err
	}
	from, to := filepath.Join(tmp, "from"), filepath.Join(tmp, "to")
	if err := os.MkdirAll(from, 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(from, "file"), []byte("content\n"), 0o644); err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"-C", from, "init", "-q", "-b", "main"},
		{"-C", from, "add", "file"},
		{"-C", from, "-c", "user.name=w", "-c", "user.email=w@example.com", "commit", "-q", "-m", "first"},
		{"clone", "-q", from, to},
	} {
		if _, err := run(dir+"git", args...); err != nil {
			return "", err
		}
	}
	text, err := os.ReadFile(filepath.Join(to, "file"))
	return strings.TrimSpace(string(text)), err
}

// render draws text with a font into a PNG file and reads its size.
func render(dir string) (string, error) {
	png := filepath.Join(os.TempDir(), "text.png")
	if _, err := run(dir+"convert", "-font", "DejaVu-Sans", "-pointsize", "24", "label:whittle", png); err != nil {
		return "", err
	}
	data, err := os.ReadFile(png)
	if err != nil {
		return "", err
	}
	if !bytes.HasPrefix(data, []byte("\x89PNG")) || len(data) < 500 {
		return "", fmt.Errorf("%d bytes that are no PNG", len(data))
	}
	return "a PNG with text", nil
}

func ruby(dir string) (string, error) {
	return run(dir+"ruby", "-e", `require "json"; require "openssl"; puts JSON.generate({sum: [1, 2, 3].sum, tls: OpenSSL::VERSION.size > 0})`)
}

func shell(dir string) (string, error) {
	return run(dir+"sh", "-c", "echo $((6 * 7))")
}

// run runs a program with an empty environment.
func run(program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Env = []string{}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out)), nil
}
