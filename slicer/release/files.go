package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/pieces"
)

// The largest release and the largest file in it that are read: ten times what is known.
const (
	maxFile  = 4 << 20
	maxFiles = 20000
)

// file is a definition file as it was found.
type file struct {
	name string // slash-separated, below the release
	text []byte
}

// Read reads and checks the files of a release one by one. Validate checks them against each other. Errors name file
// and line.
func Read(fsys fs.FS) (*Release, error) {
	r, err := Open(fsys)
	if err == nil {
		err = r.ReadAll()
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Open reads chisel.yaml, and takes the text of all definitions as it is: each is parsed when it is asked for. This is
// for releases that are known to be right, by the digest of their text; ReadAll finds out about others.
func Open(fsys fs.FS) (*Release, error) {
	r := &Release{Archives: map[string]*Archive{}, packages: map[string]*Package{}, unread: map[string]file{}}
	text, err := readFile(fsys, "chisel.yaml")
	if err != nil {
		return nil, err
	}
	if err := r.readConfig(text); err != nil {
		return nil, err
	}
	files, err := readFiles(fsys)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	for _, f := range append([]file{{"chisel.yaml", text}}, files...) {
		fmt.Fprintf(sum, "%q %d\n%s", f.name, len(f.text), f.text)
	}
	r.digest = hex.EncodeToString(sum.Sum(nil))
	var problems []error
	for _, f := range files {
		name := strings.TrimSuffix(path.Base(f.name), ".yaml")
		if other, twice := r.unread[name]; twice {
			problems = append(problems, fmt.Errorf("cannot read %s: package %q is defined in %s too", f.name, name, other.name))
			continue
		}
		r.unread[name] = f
	}
	if len(problems) > 0 {
		return nil, joined(problems)
	}
	return r, nil
}

// readFiles reads all definition files, several at once, in the order of their paths.
func readFiles(fsys fs.FS) ([]file, error) {
	var files []file
	var problems []error
	err := fs.WalkDir(fsys, "slices", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("cannot read slice definitions: %w", err)
		}
		if d.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return nil
		}
		if len(files) == maxFiles {
			return fmt.Errorf("cannot read slice definitions: more than %d files", maxFiles)
		}
		if base := path.Base(name); !filePattern.MatchString(base) {
			problems = append(problems, fmt.Errorf("cannot read %s: %q is not the name of a package and .yaml", name, base))
			return nil
		}
		files = append(files, file{name: name})
		return nil
	})
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(files))
	pieces.All(len(files), func(i int) { files[i].text, errs[i] = readFile(fsys, files[i].name) })
	problems = append(problems, slices.DeleteFunc(errs, func(err error) bool { return err == nil })...)
	return files, joined(problems)
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read release: %w", err)
	}
	defer f.Close()
	var text bytes.Buffer
	text.Grow(2 << 10) // most definitions are smaller: each read is a system call
	if _, err := text.ReadFrom(io.LimitReader(f, maxFile+1)); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	if text.Len() > maxFile {
		return nil, fmt.Errorf("cannot read %s: it is larger than %d bytes", name, maxFile)
	}
	return text.Bytes(), nil
}

// Digest is the SHA-256 of the names and the text of all files that the release was read from, in hex.
func (r *Release) Digest() string { return r.digest }

// ReadAll parses the definitions that were not asked for yet. The error joins those of all files that cannot be read, in the order
// of paths.
func (r *Release) ReadAll() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	files := r.unread
	byPath := func(a, b string) int { return strings.Compare(files[a].name, files[b].name) }
	var problems []error
	for _, name := range slices.SortedFunc(maps.Keys(files), byPath) {
		if _, err := r.read(name); err != nil {
			problems = append(problems, err)
		}
	}
	return joined(problems)
}

// Package is the definition of a package; nil if it has none. Of a release that was opened, and not read, one that cannot
// be parsed is as good as none.
func (r *Release) Package(name string) *Package {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, err := r.read(name)
	if err != nil {
		return nil
	}
	return p
}

// read parses a definition at its first use.
func (r *Release) read(name string) (*Package, error) {
	f, ok := r.unread[name]
	if !ok {
		return r.packages[name], nil
	}
	p, err := r.readDefinition(f.name, f.text)
	if err != nil {
		return nil, err
	}
	delete(r.unread, name)
	r.packages[name] = p
	return p, nil
}

// Names lists the packages that are defined, sorted.
func (r *Release) Names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := make([]string, 0, len(r.packages)+len(r.unread))
	names = slices.AppendSeq(names, maps.Keys(r.packages))
	names = slices.AppendSeq(names, maps.Keys(r.unread))
	slices.Sort(names)
	return names
}
