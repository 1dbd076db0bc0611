package archive

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
	"strings"
	"sync"
)

// An Owner is a package that ships the file at Path, which is relative and as
// the archive's Contents have it.
type Owner struct{ Path, Package string }

// A class is a part of the Contents that is worth an index of its own: whole,
// Debian's would take half a gigabyte of text, and each question needs little.
type class string

const (
	libraries   class = "libraries"   // shared objects in library directories
	programs    class = "programs"    // what is on PATH
	development class = "development" // headers and pkg-config files

	paths class = "paths" // every file, in another form: see pathBuilder
)

// holds tells whether a path belongs to the class.
func (c class) holds(file []byte) bool {
	switch c {
	case libraries:
		return inLibraries(file) && bytes.Contains(file[bytes.LastIndexByte(file, '/')+1:], []byte(".so"))
	case programs:
		rest := bytes.TrimPrefix(file, []byte("usr/"))
		return hasPrefix(rest, "bin/") || hasPrefix(rest, "sbin/") || hasPrefix(rest, "games/")
	}
	return hasPrefix(file, "usr/include/") ||
		inLibraries(file) && (bytes.Contains(file, []byte("/include/")) || bytes.HasSuffix(file, []byte(".pc"))) ||
		hasPrefix(file, "usr/share/pkgconfig/")
}

func inLibraries(file []byte) bool {
	return hasPrefix(bytes.TrimPrefix(file, []byte("usr/")), "lib")
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// classesOf lists where a base name may be found, likeliest first.
func classesOf(base string) []class {
	switch path.Ext(base) {
	case ".h", ".hh", ".hpp", ".hxx", ".pc":
		return []class{development}
	}
	if strings.Contains(base, ".so") {
		return []class{libraries}
	}
	return []class{programs, development}
}

// Owners returns the packages that ship a file of this base name: a library, a
// program, a header or a pkg-config file. Paths with fewer elements come first,
// as a library's own directory stands above those of plugins. The archive's
// Contents are fetched when they are first asked for, and kept as an index.
func (a *Archive) Owners(ctx context.Context, base string) ([]Owner, error) {
	if base == "" || strings.ContainsAny(base, "/\n") {
		return nil, fmt.Errorf("cannot look for %q in the archive: it is no file name", base)
	}
	for _, c := range classesOf(base) {
		owners, err := a.ownersIn(ctx, c, base)
		if err != nil || len(owners) > 0 {
			return owners, err
		}
	}
	return nil, nil
}

// ownersIn asks one class of all suites. Mirrors often carry Contents that are
// not those of the Release, so one that cannot be had is noted and passed over
// as long as another suite has the file. If none has, that is an error: nobody
// ships it cannot be said from half of the evidence.
func (a *Archive) ownersIn(ctx context.Context, c class, base string) ([]Owner, error) {
	var owners []Owner
	var problems []error
	for _, s := range a.sites {
		for _, name := range a.contentsNames(s, c) {
			x, err := a.openContents(ctx, s, name, c)
			if err == nil {
				err = x.owners(base, func(o Owner) { owners = append(owners, o) })
			}
			if errors.Is(err, errDamaged) {
				_ = a.cache.root.Remove(x.name)
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("suite %s: %w", s.suite, err))
			}
		}
	}
	if len(problems) > 0 && (len(owners) == 0 || ctx.Err() != nil) {
		return nil, fmt.Errorf("cannot tell who ships %s: %w", base, joinFailures(problems))
	}
	sortOwners(owners)
	return slices.Compact(owners), nil
}

// An openedContents is an index of Contents, or why there is none. Either is
// found out once for each Archive.
type openedContents struct {
	once sync.Once
	site *site
	of   string // the Contents, as the Release names them
	*openedIndex
	err error
}

// openContents loads an index at its first use and keeps it open.
func (a *Archive) openContents(ctx context.Context, s *site, name string, c class) (*openedIndex, error) {
	packed, want, _ := s.release.compressed(name)
	kept := path.Join(indexDir, want.sha256+"."+string(c)+"-1")
	a.contentsMu.Lock()
	if a.contents == nil {
		a.contents = map[string]*openedContents{}
	}
	x, known := a.contents[kept]
	if !known {
		x = &openedContents{site: s, of: name}
		a.contents[kept] = x
	}
	a.contentsMu.Unlock()
	x.once.Do(func() {
		x.openedIndex, x.err = a.loadContents(ctx, s, name, c, kept)
		if x.err != nil {
			x.err = fmt.Errorf("cannot index %s: %w", packed, x.err)
			a.note(s.suite, "suite %s: %v", s.suite, x.err)
		}
	})
	return x.openedIndex, x.err
}

func sortOwners(owners []Owner) {
	slices.SortFunc(owners, func(x, y Owner) int {
		return cmp.Or(
			cmp.Compare(strings.Count(x.Path, "/"), strings.Count(y.Path, "/")),
			cmp.Compare(x.Path, y.Path), cmp.Compare(x.Package, y.Package))
	})
}

// owners calls add for each entry of a base name.
func (x *openedIndex) owners(base string, add func(Owner)) error {
	for _, r := range x.packages.find(base) {
		line, err := x.stanza(r)
		if err != nil {
			return err
		}
		file, packages := cutContents(line)
		if len(file) == 0 {
			return errDamaged
		}
		for pkg := range ownersOf(string(packages)) {
			add(Owner{string(file), pkg})
		}
	}
	return nil
}

// cutContents reads one line of a Contents file: a path, which may have blanks,
// and behind the last blank the packages. Both are empty if it is no such line.
func cutContents(line []byte) (file, packages []byte) {
	i := bytes.LastIndexAny(line, " \t")
	if i < 0 {
		return nil, nil
	}
	return bytes.TrimRight(line[:i], " \t"), line[i+1:]
}

// ownersOf names the packages of a line, without their sections.
func ownersOf(packages string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for pkg := range strings.SplitSeq(packages, ",") {
			if !yield(pkg[strings.LastIndexByte(pkg, '/')+1:]) {
				return
			}
		}
	}
}

// contentsNames lists the Contents files of a site. Packages for all
// architectures have no shared objects, and theirs is the largest file.
func (a *Archive) contentsNames(s *site, c class) []string {
	arches := []string{a.options.Arch, "all"}
	if c == libraries {
		arches = arches[:1]
	}
	var names []string
	for _, arch := range arches {
		before := len(names)
		for _, component := range s.source.Components {
			if name := component + "/Contents-" + arch; s.release.lists(name) {
				names = append(names, name)
			}
		}
		// Ubuntu and older archives have one for all components.
		if name := "Contents-" + arch; len(names) == before && s.release.lists(name) {
			names = append(names, name)
		}
	}
	return names
}

func (r release) lists(name string) bool {
	_, _, ok := r.compressed(name)
	return ok
}

// loadContents opens the index of a class, and makes it if it is not there.
func (a *Archive) loadContents(ctx context.Context, s *site, name string, c class, kept string) (*openedIndex, error) {
	if x, err := a.openCached(kept); err == nil {
		return x, nil
	}
	return a.makeIndex(kept, func(file io.Writer) error {
		out := bufio.NewWriterSize(file, 1<<18)
		builder := builderOf(c, out)
		err := a.eachContents(ctx, s, name, builder.addLine)
		if err == nil {
			err = builder.finish()
		}
		if err == nil {
			err = out.Flush()
		}
		return err
	})
}

// A contentsBuilder writes an index of Contents while their lines stream by.
type contentsBuilder interface {
	addLine(line []byte) error
	finish() error
}

func builderOf(c class, to io.Writer) contentsBuilder {
	if c == paths {
		return newPathBuilder(to)
	}
	return &ownersBuilder{indexBuilder{to: to}, c}
}

// An ownersBuilder writes the index of a class.
type ownersBuilder struct {
	indexBuilder
	class class
}

// addLine adds a line if its path is of the class.
func (b *ownersBuilder) addLine(line []byte) error {
	file, packages := cutContents(line)
	if len(file) == 0 || len(file) > maxNameSize || !b.class.holds(file) {
		return nil
	}
	base := string(file[bytes.LastIndexByte(file, '/')+1:])
	// The padding between the two is a third of the text.
	text := make([]byte, 0, len(file)+1+len(packages))
	text = append(append(append(text, file...), ' '), packages...)
	b.packages = append(b.packages, row{base, b.offset, uint32(len(text)), checksum(text)})
	n, err := b.to.Write(text)
	b.offset += int64(n)
	return err
}

// eachContents streams the lines of a Contents file, without their newline.
func (a *Archive) eachContents(ctx context.Context, s *site, name string, fn func(line []byte) error) error {
	packed, want, _ := s.release.compressed(name)
	blob, err := a.fetchIndexFile(ctx, s, packed, want)
	if err != nil {
		return err
	}
	defer blob.Close()
	if want.size == 0 {
		return nil
	}
	a.options.Progress(Progress{Activity: Index, Suite: s.suite, File: packed})
	a.cache.touch(blobName(want.sha256), a.options.Now())
	text, done, err := decompress(packed, bufio.NewReaderSize(blob, 1<<16))
	if err != nil {
		return err
	}
	defer done()
	return chunks(text, s.release.unpackedLimit(name, want), []byte("\n"), func(piece []byte) error {
		for line := range bytes.Lines(piece) {
			if err := fn(bytes.TrimRight(line, "\r\n")); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}
