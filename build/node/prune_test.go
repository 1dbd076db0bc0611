package node

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestPruneOfAnOldNpm goes on where an npm 5 fails to leave out development packages, and not where a newer one does.
func TestPruneOfAnOldNpm(t *testing.T) {
	for version, goesOn := range map[string]bool{"5.3.0": true, "6.14.18": false} {
		s, sh, r := workshop(t, map[string]string{"package.json": `{"scripts": {"build": "x", "start": "node x.js"}, "devDependencies": {"a": "1"}}`, "package-lock.json": lock}, map[string]string{"BP_NPM_VERSION": version})
		r.Add(t, "npm", "5.3.0", map[string]string{"package.json": `{"name": "npm", "version": "5.3.0"}`, "bin/npm-cli.js": ""})
		sh.fails["npm prune"] = "npm ERR! Cannot read property 'match' of undefined"
		var out bytes.Buffer
		s.Log = language.NewLog(&out, languagetest.Noon)
		_, err := compile(t.Context(), s)
		if told := strings.Contains(out.String(), "they stay in the image"); (err == nil) != goesOn || told != goesOn {
			t.Errorf("npm %s: %v:\n%s", version, err, out.String())
		}
	}
}

// TestTrim removes what does not run.
func TestTrim(t *testing.T) {
	elf := func(machine byte) string {
		head := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x03\x00" + string(rune(machine)) + "\x00\x01\x00\x00\x00"
		return head + strings.Repeat("\x00", 64-len(head))
	}
	a := lookAt(t, map[string]string{"package.json": "{}"}, nil)
	dir := t.TempDir()
	languagetest.Write(t, dir, map[string]string{
		"node_modules/.package-lock.json": "", "node_modules/.cache/x": "", "node_modules/a/index.js": "", "node_modules/a/src/a.cc": "", "node_modules/a/binding.gyp": "", "node_modules/a/deps/x.h": "",
		"node_modules/a/build/Release/a.node": elf(62), "node_modules/a/build/Release/obj.target/a.o": "", "node_modules/a/build/Makefile": "",
		"node_modules/b/prebuilds/linux-x64/b.node": elf(62), "node_modules/b/prebuilds/darwin-arm64/b.node": "\xcf\xfa\xed\xfe", "node_modules/b/prebuilds/win32-x64/b.node": "MZ\x90\x00",
		"node_modules/b/prebuilds/linux-x64/b.bare": elf(62),
		"node_modules/c/c.node":                     elf(183 - 128), "node_modules/c/tool.exe": "MZ\x90\x00", "node_modules/c/mac": "\xcf\xfa\xed\xfe", "node_modules/c/README": "text",
	})
	if err := a.trim(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	want := []string{"node_modules/a/build/Release/a.node", "node_modules/a/index.js", "node_modules/b/prebuilds/linux-x64/b.node", "node_modules/c/README"}
	if diff := cmp.Diff(want, languagetest.Names(t, dir)); diff != "" {
		t.Error(diff)
	}
}
