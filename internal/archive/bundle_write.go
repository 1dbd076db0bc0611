package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A Part is what a bundle takes from one opened Archive, for its architecture.
type Part struct {
	manifest bundleManifest
	sources  map[int]bundledSource // by their place among the sources
	files    map[string]bundledFile
}

// A bundledFile is a file of the cache, or a small one in memory.
type bundledFile struct {
	data   []byte
	open   func() (*os.File, error) // if data is nil; fetches the file again if it was pruned
	size   int64
	sha256 string
}

func inMemory(data []byte) bundledFile {
	sum := sha256.Sum256(data)
	return bundledFile{data: data, size: int64(len(data)), sha256: hex.EncodeToString(sum[:])}
}

// Bundle gathers what the choice of the packages rests on, and the packages
// themselves: the Release of each suite, its indexes, the Contents that have
// been asked so far, the keys and the .debs. What is not in the cache is fetched.
func (a *Archive) Bundle(ctx context.Context, packages []*Package) (*Part, error) {
	p := &Part{
		manifest: bundleManifest{Schema: BundleSchema, Arches: []string{a.options.Arch}, DefaultRelease: a.options.DefaultRelease, Pins: bundledPins(a.options.Pins)},
		sources:  map[int]bundledSource{}, files: map[string]bundledFile{},
	}
	for _, s := range a.sites {
		p.addSource(s, len(a.options.Pins) > 0)
		if err := a.bundleSite(ctx, p, s); err != nil {
			return nil, fmt.Errorf("cannot bundle suite %s: %w", s.suite, err)
		}
	}
	for _, pkg := range packages {
		open := func() (*os.File, error) { return a.Fetch(ctx, pkg) }
		if err := try(open); err != nil {
			return nil, err
		}
		from := pkg.from
		if from == nil {
			from = a.sites[0] // all are asked for it, this one first
		}
		p.files[path.Join(from.bundlePath(a.options.Arch), strings.TrimPrefix(pkg.Filename, "./"))] = bundledFile{open: open, size: pkg.Size, sha256: pkg.SHA256}
	}
	return p, nil
}

// try fetches what will be written to the bundle later: then it is there, unless
// others prune the cache, and is fetched again.
func try(open func() (*os.File, error)) error {
	f, err := open()
	if err != nil {
		return err
	}
	return f.Close()
}

func bundledPins(pins []Pin) []bundledPin {
	var all []bundledPin
	for _, pin := range pins {
		b := bundledPin{Pin: pin}
		if pin.Problem != nil {
			b.Pin.Problem, b.Problem = nil, pin.Problem.Error()
		}
		all = append(all, b)
	}
	return all
}

// bundleDir is the place of a source in a bundle.
func (s *site) bundleDir() string {
	dir := "archives/" + strconv.Itoa(s.place)
	if slices.ContainsFunc(s.source.URIs, func(uri string) bool { return uri != withArch(uri, "") }) {
		dir += "/$(ARCH)"
	}
	return dir
}

func (s *site) bundlePath(arch string) string { return withArch(s.bundleDir(), arch) }

// addSource adds the entry of a site and its keys. The hosts of its addresses
// are named only if pins may ask for them: which mirror was near is nobody's
// business later.
func (p *Part) addSource(s *site, hosts bool) {
	keys := fmt.Sprintf("keys/%d.pgp", s.place)
	from := s.source
	b := bundledSource{
		Path: s.bundleDir(), Suites: from.Suites, Components: from.Components,
		Architectures: from.Architectures, NotArchitectures: from.NotArchitectures, Keys: keys, Fingerprints: s.keys.only,
	}
	for _, host := range s.hosts() {
		if hosts && !slices.Contains(b.Hosts, host) {
			b.Hosts = append(b.Hosts, host)
		}
	}
	p.sources[s.place] = b
	var packets []byte
	for _, k := range s.keys.keys {
		packets = append(packets, k.packets...)
	}
	p.files[keys] = inMemory(packets)
}

// bundleSite adds the Release of a site and the indexes that it vouches for.
func (a *Archive) bundleSite(ctx context.Context, p *Part, s *site) error {
	dir := path.Join(s.bundlePath(a.options.Arch), s.dir())
	if s.signed.InRelease != nil {
		p.files[path.Join(dir, "InRelease")] = inMemory(s.signed.InRelease)
	} else {
		p.files[path.Join(dir, "Release")] = inMemory(s.signed.Release)
		p.files[path.Join(dir, "Release.gpg")] = inMemory(s.signed.Signature)
	}
	for _, name := range slices.Concat(s.indexed, a.askedContents(s)) {
		packed, want, ok := s.release.compressed(name)
		if !ok {
			return fmt.Errorf("its Release lists no %s", name)
		}
		open := func() (*os.File, error) { return a.fetchIndexFile(ctx, s, packed, want) }
		if err := try(open); err != nil {
			return err
		}
		p.files[path.Join(dir, packed)] = bundledFile{open: open, size: want.size, sha256: want.sha256}
	}
	return nil
}

// askedContents are the Contents of a site that answered a question.
func (a *Archive) askedContents(s *site) []string {
	a.contentsMu.Lock()
	defer a.contentsMu.Unlock()
	var names []string
	for _, x := range a.contents {
		if x.site == s && x.openedIndex != nil && !slices.Contains(names, x.of) {
			names = append(names, x.of)
		}
	}
	return names
}

// WriteBundle writes the parts, each of another architecture, and further files
// by name, as a tar that OpenBundle reads. Equal parts give equal bytes.
func WriteBundle(w io.Writer, parts []*Part, further map[string][]byte) error {
	manifest, files, err := joinParts(parts)
	if err != nil {
		return err
	}
	for name, data := range further {
		files[name] = inMemory(data)
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(manifest); err != nil {
		return fmt.Errorf("cannot write bundle: %w", err)
	}
	t := tar.NewWriter(w)
	if err := inMemory(text.Bytes()).write(t, bundleFile); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := files[name].write(t, name); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("cannot write bundle: %w", err)
	}
	return nil
}

// joinParts makes one of several. What two have must be the same, or else the
// archive was updated between them.
func joinParts(parts []*Part) (bundleManifest, map[string]bundledFile, error) {
	if len(parts) == 0 {
		return bundleManifest{}, nil, errors.New("cannot write bundle: there is nothing in it")
	}
	joined := parts[0].manifest
	joined.Arches = nil
	sources, files := map[int]bundledSource{}, map[string]bundledFile{}
	for _, p := range parts {
		joined.Arches = append(joined.Arches, p.manifest.Arches...)
		maps.Copy(sources, p.sources)
		for name, f := range p.files {
			if other, ok := files[name]; ok && other.sha256 != f.sha256 {
				return joined, nil, fmt.Errorf("cannot write bundle: %s is not the same for all architectures: the archive was updated meanwhile, run again", name)
			}
			files[name] = f
		}
	}
	slices.Sort(joined.Arches)
	for _, i := range slices.Sorted(maps.Keys(sources)) {
		joined.Sources = append(joined.Sources, sources[i])
	}
	return joined, files, nil
}

// write adds the file to a tar. Its bytes are checked once more as they go by: a
// cache is not protected against other programs.
func (f bundledFile) write(t *tar.Writer, name string) error {
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: f.size}); err != nil {
		return fmt.Errorf("cannot write %s to the bundle: %w", name, err)
	}
	var from io.Reader = bytes.NewReader(f.data)
	if f.data == nil {
		file, err := f.open()
		if err != nil {
			return fmt.Errorf("cannot write %s to the bundle: %w", name, err)
		}
		defer file.Close()
		from = file
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(t, sum), from); err != nil {
		return fmt.Errorf("cannot write %s to the bundle: %w", name, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.sha256 {
		return fmt.Errorf("cannot write %s to the bundle: the cache was changed meanwhile, its SHA256 is %s instead of %s", name, got, f.sha256)
	}
	return nil
}

// hosts are those of the mirrors, which pins may ask for; "" stands for a
// directory.
func (s *site) hosts() []string {
	if s.source.bundled {
		return s.source.bundledHosts
	}
	return hostsOf(s.mirrors)
}

func hostsOf(mirrors []*url.URL) []string {
	var hosts []string
	for _, u := range mirrors {
		hosts = append(hosts, u.Hostname())
	}
	return hosts
}
