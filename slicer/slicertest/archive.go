package slicertest

import (
	"crypto"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Archive describes a Debian package archive of one suite. It renders to files
// that a client cannot tell from a real archive's.
type Archive struct {
	Suite    string // "trixie" if empty
	Codename string // the suite's name if empty
	Origin   string // "Debian" if empty
	Arch     string // "amd64" if empty
	// Date and ValidUntil are the Release's. A zero Date is 2026-01-01; a zero
	// ValidUntil leaves the field out.
	Date, ValidUntil time.Time
	// Components are the packages, by component.
	Components map[string][]Deb
	// Keys sign the Release. Without any there are neither InRelease nor
	// Release.gpg.
	Keys []*Key
	// Detached leaves InRelease out.
	Detached bool
	// NoByHash leaves the by-hash files out.
	NoByHash bool
	// Extra holds further fields of the Release; an empty value removes a
	// field.
	Extra map[string]string
	// Compressions are the forms of Packages; nil means "", "gz" and "xz".
	Compressions []string
	// Flat makes an archive without dists/ and components, of all packages,
	// for a suite named "./".
	Flat bool
}

// Files returns the archive, by path below its URI.
func (a Archive) Files() map[string][]byte {
	files := map[string][]byte{}
	indexes := map[string][]byte{}
	for _, component := range slices.Sorted(maps.Keys(a.Components)) {
		var packages strings.Builder
		contents := map[string][]string{}
		for _, d := range a.Components[component] {
			name := a.poolName(component, d)
			files[name] = d.Bytes()
			packages.WriteString(stanza(d, name, files[name]))
			d.list(contents)
		}
		prefix := component + "/"
		if a.Flat {
			prefix = ""
		}
		a.addPackages(indexes, prefix, packages.String())
		if !a.Flat {
			indexes[prefix+"Contents-"+a.arch()+".gz"] = Compress("gz", contentsFile(contents))
		}
	}
	for name, data := range indexes {
		files[path.Join(a.dir(), name)] = data
		if !a.NoByHash {
			files[path.Join(a.dir(), path.Dir(name), "by-hash/SHA256", fmt.Sprintf("%x", sha256.Sum256(data)))] = data
		}
	}
	maps.Copy(files, a.Sign(a.Release(indexes)))
	return files
}

func (a Archive) arch() string { return orDefault(a.Arch, "amd64") }

func (a Archive) dir() string {
	if a.Flat {
		return ""
	}
	return "dists/" + orDefault(a.Suite, "trixie")
}

func (a Archive) date() time.Time {
	if a.Date.IsZero() {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return a.Date
}

func (a Archive) poolName(component string, d Deb) string {
	name := orDefault(d.Name, "pkg")
	_, version, epoch := strings.Cut(orDefault(d.Version, "1.0"), ":")
	if !epoch {
		version = orDefault(d.Version, "1.0")
	}
	file := fmt.Sprintf("%s_%s_%s.deb", name, version, orDefault(d.Arch, "amd64"))
	if a.Flat {
		return file
	}
	return path.Join("pool", component, name[:1], name, file)
}

func stanza(d Deb, name string, data []byte) string {
	return fmt.Sprintf("%sFilename: %s\nSize: %d\nSHA256: %x\n\n", d.control(), name, len(data), sha256.Sum256(data))
}

func (a Archive) addPackages(indexes map[string][]byte, prefix, text string) {
	compressions := a.Compressions
	if compressions == nil {
		compressions = []string{"", "gz", "xz"}
	}
	name := prefix + "Packages"
	if !a.Flat {
		name = prefix + "binary-" + a.arch() + "/Packages"
	}
	for _, c := range compressions {
		full := name
		if c != "" {
			full += "." + c
		}
		indexes[full] = Compress(c, []byte(text))
	}
}

// list adds the package's files to those of a Contents file.
func (d Deb) list(contents map[string][]string) {
	for _, f := range d.Files {
		if strings.HasSuffix(f.Path, "/") {
			continue
		}
		name := strings.TrimLeft(f.Path, "/")
		contents[name] = append(contents[name], orDefault(d.Fields["Section"], "misc")+"/"+orDefault(d.Name, "pkg"))
	}
}

func contentsFile(contents map[string][]string) []byte {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(contents)) {
		fmt.Fprintf(&out, "%-60s %s\n", name, strings.Join(contents[name], ","))
	}
	return []byte(out.String())
}

// Release returns the text of the Release file for index files by name.
func (a Archive) Release(indexes map[string][]byte) []byte {
	suite := orDefault(a.Suite, "trixie")
	fields := map[string]string{
		"Origin": orDefault(a.Origin, "Debian"), "Suite": suite, "Codename": orDefault(a.Codename, suite),
		"Date": a.date().UTC().Format(time.RFC1123), "Architectures": a.arch(),
		"Components": strings.Join(slices.Sorted(maps.Keys(a.Components)), " "),
	}
	if !a.NoByHash {
		fields["Acquire-By-Hash"] = "yes"
	}
	if !a.ValidUntil.IsZero() {
		fields["Valid-Until"] = a.ValidUntil.UTC().Format(time.RFC1123)
	}
	var sums strings.Builder
	for _, name := range slices.Sorted(maps.Keys(indexes)) {
		fmt.Fprintf(&sums, "\n %x %8d %s", sha256.Sum256(indexes[name]), len(indexes[name]), name)
	}
	fields["SHA256"] = sums.String()
	maps.Copy(fields, a.Extra)
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if value := fields[name]; value != "" {
			fmt.Fprintf(&out, "%s: %s\n", name, value)
		}
	}
	return []byte(strings.ReplaceAll(out.String(), ": \n", ":\n"))
}

// Sign returns the files that carry a Release text: Release, Release.gpg and
// InRelease, by path below the URI.
func (a Archive) Sign(text []byte) map[string][]byte {
	files := map[string][]byte{path.Join(a.dir(), "Release"): text}
	if len(a.Keys) == 0 {
		return files
	}
	files[path.Join(a.dir(), "Release.gpg")] = DetachedSign(text, a.date(), crypto.SHA256, a.Keys...)
	if !a.Detached {
		files[path.Join(a.dir(), "InRelease")] = ClearSign(text, a.date(), a.Keys...)
	}
	return files
}

// Sources returns an entry of apt's sources for the archive at a URI, with the
// keys written into it.
func (a Archive) Sources(uri string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "Types: deb\nURIs: %s\n", uri)
	if a.Flat {
		out.WriteString("Suites: ./\n")
	} else {
		fmt.Fprintf(&out, "Suites: %s\nComponents: %s\n", orDefault(a.Suite, "trixie"), strings.Join(slices.Sorted(maps.Keys(a.Components)), " "))
	}
	out.WriteString("Signed-By:\n")
	for _, k := range a.Keys {
		for line := range strings.Lines(string(k.Armored())) {
			if line = strings.TrimSpace(line); line == "" {
				line = "."
			}
			out.WriteString(" " + line + "\n")
		}
	}
	return out.String()
}

// Serve serves the archive until the test ends. The address of the server is
// the archive's URI.
func (a Archive) Serve(t testing.TB) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(Handler(a.Files()))
	t.Cleanup(server.Close)
	return server
}

// Handler serves files, with ETags, ranges and conditional requests.
func Handler(files map[string][]byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, ok := files[strings.Trim(r.URL.Path, "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprintf("%x", sha256.Sum256(data))[:16]))
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(data)))
	})
}

// WriteTo writes the archive below a directory, for a file: URI.
func (a Archive) WriteTo(dir string) error {
	files := a.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(to, files[name], 0o666); err != nil {
			return err
		}
	}
	return nil
}
