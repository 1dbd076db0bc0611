package golang

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
)

// TestAModuleIsWrittenThroughNoLink has a go.mod that is a link to a file elsewhere which is not there yet.
func TestAModuleIsWrittenThroughNoLink(t *testing.T) {
	dir := t.TempDir()
	other, name := filepath.Join(dir, "elsewhere"), filepath.Join(dir, "go.mod")
	if err := os.Symlink(other, name); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(name, "module app\n"); err == nil || language.Exists(other) {
		t.Errorf("got error %v", err)
	}
}

// TestAppsWithoutAModuleStayWithTheToolchain that go got for the choice of versions, and get no second one.
func TestAppsWithoutAModuleStayWithTheToolchain(t *testing.T) {
	for _, row := range []struct{ cached, said, want string }{
		{"", "", ""},
		{"toolchain@v0.0.1-go1.26.11.linux-amd64", "", "go1.26.11"},
		{"toolchain@v0.0.1-go1.26.9.linux-amd64 toolchain@v0.0.1-go1.26.11.linux-amd64 toolchain@v0.0.1-go1.27.0.linux-arm64", "", "go1.26.11"},
		{"toolchain@v0.0.1-go1.22.1.linux-amd64", "", ""}, // older than the build image's
		{"toolchain@v0.0.1-go1.26.11.linux-amd64", "go1.25.3", "go1.25.3"},
	} {
		cache := t.TempDir()
		for _, name := range strings.Fields(row.cached) {
			if err := os.MkdirAll(filepath.Join(cache, "golang.org", name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		g := golang{Site: language.Site{Arch: "amd64"}, local: "1.24.4", env: map[string]string{"GOMODCACHE": cache}}
		if row.said != "" {
			g.env["GOTOOLCHAIN"] = row.said
		}
		if err := g.stayWithToolchain(); err != nil || g.env["GOTOOLCHAIN"] != row.want {
			t.Errorf("%s: got %q, %v", row.cached, g.env["GOTOOLCHAIN"], err)
		}
	}
}
