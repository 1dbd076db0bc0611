package archive

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// A Bundle is a part of signed archives in one file or directory: their Release
// files with the signatures, and of the files that these vouch for those that
// were asked for. It is used like the archives themselves: every signature and
// digest is checked. Its time is that of its own signatures, so it stays good
// when a Valid-Until has passed and a key has expired.
//
// The keys are in the bundle too. So a bundle is trusted as a sources file is
// that has the keys written into it: because whoever names it says so.
type Bundle struct {
	name  string
	files fs.FS
	close func() error

	bundleManifest
}

// BundleSchema names the form of a bundle.
const BundleSchema = "whittle.bundle/1"

// A bundleManifest is bundle.json, the bundle's first file.
type bundleManifest struct {
	Schema  string          `json:"schema"`
	Arches  []string        `json:"arches"` // Debian's names, sorted
	Sources []bundledSource `json:"sources"`
	// What the choice between versions followed.
	DefaultRelease string       `json:"defaultRelease,omitempty"`
	Pins           []bundledPin `json:"pins,omitempty"`
}

// A bundledSource is an entry of apt's sources, with a path in the bundle for
// its address and a file of keys for its keyrings.
type bundledSource struct {
	Path             string   `json:"path"`
	Suites           []string `json:"suites"`
	Components       []string `json:"components,omitempty"`
	Architectures    []string `json:"architectures,omitempty"`
	NotArchitectures []string `json:"notArchitectures,omitempty"`
	Keys             string   `json:"keys"`
	Fingerprints     []string `json:"fingerprints,omitempty"` // that Signed-By names
	Hosts            []string `json:"hosts,omitempty"`        // of its addresses, where a pin is about hosts
}

type bundledPin struct {
	Pin
	Problem string `json:",omitempty"`
}

const (
	bundleScheme    = "bundle"
	bundleFile      = "bundle.json"
	maxBundleFile   = 16 << 20
	maxBundledFiles = 1 << 20
)

// ErrNotBundled means that a bundle lacks a file: it was made for other names. It
// is an fs.ErrNotExist, too.
var ErrNotBundled error = notBundled{}

type notBundled struct{}

func (notBundled) Error() string        { return "the bundle does not have it" }
func (notBundled) Is(target error) bool { return target == fs.ErrNotExist }

// OpenBundle opens a bundle: a tar, or a directory that one was unpacked into.
func OpenBundle(name string) (*Bundle, error) {
	b := &Bundle{name: name, close: func() error { return nil }}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("cannot open bundle: %w", err)
	}
	if info.IsDir() {
		root, err := os.OpenRoot(name)
		if err != nil {
			return nil, fmt.Errorf("cannot open bundle: %w", err)
		}
		b.files, b.close = root.FS(), root.Close
	} else if err := b.openTar(); err != nil {
		return nil, fmt.Errorf("cannot open bundle %s: %w", name, err)
	}
	if err := b.readManifest(); err != nil {
		return nil, fmt.Errorf("cannot open bundle %s: %w", name, errors.Join(err, b.Close()))
	}
	return b, nil
}

// Close releases the bundle's file.
func (b *Bundle) Close() error { return b.close() }

// ReadFile returns a small file of the bundle.
func (b *Bundle) ReadFile(name string) ([]byte, error) {
	f, err := b.files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s of bundle %s: %w", name, b.name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSmallFile+1))
	if err == nil && len(data) > maxSmallFile {
		err = fmt.Errorf("it is larger than %d bytes", maxSmallFile)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read %s of bundle %s: %w", name, b.name, err)
	}
	return data, nil
}

// maxSmallFile bounds what of a bundle is read into memory: a lock of a hundred
// thousand files has 20 MB.
const maxSmallFile = 256 << 20

func (b *Bundle) readManifest() error {
	f, err := b.files.Open(bundleFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("it has no %s: it is no bundle", bundleFile)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, maxBundleFile))
	d.DisallowUnknownFields()
	if err := d.Decode(&b.bundleManifest); err != nil {
		return fmt.Errorf("its %s is malformed: %w", bundleFile, err)
	}
	if b.Schema != BundleSchema {
		return fmt.Errorf("its schema is %q, and %q is known here", firstLine([]byte(b.Schema)), BundleSchema)
	}
	for _, s := range b.Sources {
		if !fs.ValidPath(s.Path) || !fs.ValidPath(s.Keys) {
			return fmt.Errorf("its source %q with keys %q is not in it", firstLine([]byte(s.Path)), firstLine([]byte(s.Keys)))
		}
	}
	return nil
}

// sources are the entries to open.
func (b *Bundle) sources(arch string) ([]Source, error) {
	if !slices.Contains(b.Arches, arch) {
		return nil, fmt.Errorf("cannot use bundle %s for %s: it is for %s", b.name, arch, strings.Join(b.Arches, " "))
	}
	var all []Source
	for _, s := range b.Sources {
		keys, err := b.ReadFile(s.Keys)
		if err != nil {
			return nil, err
		}
		all = append(all, Source{
			Name: b.name + ":" + s.Path, URIs: []string{bundleScheme + ":/" + s.Path},
			Suites: s.Suites, Components: s.Components, Architectures: s.Architectures, NotArchitectures: s.NotArchitectures,
			InlineKeys: keys, SignedBy: s.Fingerprints, IgnoreValidUntil: true, IgnoreDate: true, NoByHash: true, bundledHosts: s.Hosts, bundled: true,
		})
	}
	return all, nil
}

func (b *Bundle) pins() []Pin {
	var all []Pin
	for _, p := range b.Pins {
		if p.Problem != "" {
			p.Pin.Problem = errors.New(p.Problem)
		}
		all = append(all, p.Pin)
	}
	return all
}

// has tells whether a path of a URL is in the bundle.
func (b *Bundle) has(name string) bool {
	_, err := fs.Stat(b.files, strings.TrimPrefix(path.Clean(name), "/"))
	return err == nil
}

// copy brings a file of the bundle to a sink.
func (b *Bundle) copy(name string, to sink, limit int64) error {
	f, err := b.files.Open(strings.TrimPrefix(path.Clean(name), "/"))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotBundled
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if err := to.reset(); err != nil {
		return err
	}
	return copyBounded(to, f, limit)
}

// openTar notes where the files of the tar are. Nothing is unpacked: names
// stand for places in the file, whatever they say.
func (b *Bundle) openTar() error {
	f, err := os.Open(b.name)
	if err != nil {
		return err
	}
	places, err := tarPlaces(f)
	if err != nil {
		_ = f.Close()
		return err
	}
	b.files, b.close = tarFS{f, places}, f.Close
	return nil
}

// A tarFS is the files of a tar, without directories.
type tarFS struct {
	from   io.ReaderAt
	places map[string]tarPlace
}

type tarPlace struct {
	info  fs.FileInfo
	start int64
}

func tarPlaces(f *os.File) (map[string]tarPlace, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	places := map[string]tarPlace{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return places, nil
		}
		if err != nil {
			return nil, fmt.Errorf("it is no tar: %w", err)
		}
		// Unpacked and packed again, a bundle has directories, and ./ before
		// its names.
		name := path.Clean(h.Name)
		switch {
		case h.Typeflag == tar.TypeDir:
			continue
		case h.Typeflag != tar.TypeReg || !fs.ValidPath(name):
			return nil, fmt.Errorf("its member %q is no file of a bundle", firstLine([]byte(h.Name)))
		case places[name].info != nil:
			return nil, fmt.Errorf("its member %q is there twice", firstLine([]byte(h.Name)))
		case len(places) == maxBundledFiles:
			return nil, fmt.Errorf("it has more than %d members", maxBundledFiles)
		}
		// The reader takes no more than the header, so the body begins here.
		start, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		if h.Size > info.Size()-start {
			return nil, fmt.Errorf("its member %q is cut off", firstLine([]byte(h.Name)))
		}
		places[name] = tarPlace{h.FileInfo(), start}
	}
}

// Open implements fs.FS.
func (t tarFS) Open(name string) (fs.File, error) {
	p, ok := t.places[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &tarFile{io.NewSectionReader(t.from, p.start, p.info.Size()), p.info}, nil
}

type tarFile struct {
	*io.SectionReader
	info fs.FileInfo
}

func (f *tarFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *tarFile) Close() error               { return nil }
