package plain

import (
	"debug/elf"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestBrokenProjectsAreTold compiles apps that cannot run.
func TestBrokenProjectsAreTold(t *testing.T) {
	var told languagetest.Problems
	for _, row := range []struct {
		name  string
		files map[string]string
		line  string // of a Procfile
	}{
		{name: "several programs", files: map[string]string{"server": dynamic, "bin/worker": dynamic}},
		{name: "another processor", files: map[string]string{"server": forMachine(elf.EM_AARCH64)}},
		{name: "another processor, started by a Procfile", files: map[string]string{"server": dynamic, "arm": forMachine(elf.EM_AARCH64)}, line: "./arm"},
		{name: "a processor that no image is for", files: map[string]string{"server": forMachine(elf.EM_ARM)}},
		{name: "musl", files: map[string]string{"server": elfOf("exec", "interp=/lib/ld-musl-x86_64.so.1")}},
		{name: "Nix", files: map[string]string{"server": elfOf("exec", "interp=/nix/store/x-glibc-2.40/lib/ld-linux-x86-64.so.2")}},
		{name: "Android", files: map[string]string{"server": elfOf("exec", "interp=/system/bin/linker64")}},
		{name: "an AppImage", files: map[string]string{"server": appImage()}},
		{name: "UPX", files: map[string]string{"server": elfOf("exec") + "UPX!"}},
		{name: "nginx without anything", line: "nginx"},
		{name: "nginx with a broken configuration", line: "nginx -c conf/n.conf", files: map[string]string{"conf/n.conf": "http {\n  server { listen 80\n}\n"}},
		{name: "nginx with a configuration that is not there", line: "nginx -c conf/n.conf"},
	} {
		var lines []string
		if row.line != "" {
			lines = []string{"web: " + row.line}
		}
		_, err := compile(t.Context(), site(t, row.files, lines...))
		told.Add(t, row.name, err, strings.Clone)
	}
	told.Golden(t)
}
