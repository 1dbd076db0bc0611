package archive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"whittle.dev/whittle/internal/owned"
)

// An openedIndex is a compact index and the file of the cache it is in.
type openedIndex struct {
	*index
	file *os.File
	name string // in the cache
	lent string // the path of the file, if it is one of Options.Indexes

	component string // whose packages these are, empty in a flat archive
}

// loadIndexes opens the index of each component of a site.
func (a *Archive) loadIndexes(ctx context.Context, s *site) error {
	names, err := a.indexNames(s)
	if err != nil {
		return err
	}
	s.indexed = names
	for _, name := range names {
		x, err := a.loadIndex(ctx, s, name)
		if err != nil {
			return err
		}
		if !strings.HasSuffix(s.suite, "/") {
			x.component = path.Dir(path.Dir(name))
		}
		s.indexes = append(s.indexes, x)
	}
	return nil
}

// indexNames lists the Packages files to use, as the Release names them but
// without a compression's ending.
func (a *Archive) indexNames(s *site) ([]string, error) {
	for _, x := range s.indexes {
		_ = x.file.Close()
	}
	s.indexes = nil
	if strings.HasSuffix(s.suite, "/") {
		return []string{"Packages"}, nil
	}
	arch := a.options.Arch
	if known := s.release.architectures; len(known) > 0 && !slices.Contains(known, arch) && !slices.Contains(known, "all") {
		a.note(s.suite, "suite %s has no packages for %s: it has %s", s.suite, arch, strings.Join(known, " "))
		return nil, nil
	}
	var names []string
	for _, component := range s.source.Components {
		if len(s.release.components) > 0 && !s.release.hasComponent(component) {
			return nil, fmt.Errorf("it has no component %s: it has %s", component, strings.Join(s.release.components, " "))
		}
		name := component + "/binary-" + arch + "/Packages"
		_, _, found := s.release.compressed(name)
		all := component + "/binary-all/Packages"
		_, _, foundAll := s.release.compressed(all)
		if found {
			names = append(names, name)
		}
		// As in apt: binary-all counts if the Release says that "all" is one
		// of its architectures. Debian's security suite has such files and
		// does not say so; what they list is in the others too.
		foundAll = foundAll && slices.Contains(s.release.architectures, "all")
		if foundAll && (!found || !s.release.allInEach) {
			names = append(names, all)
		}
		if !found && !foundAll {
			return nil, fmt.Errorf("its Release lists no %s", name)
		}
	}
	return names, nil
}

// compressed chooses among the forms in which a Release offers a file.
func (r release) compressed(name string) (string, releaseFile, bool) {
	packed := ""
	for _, ending := range compressions() {
		if _, ok := r.files[name+ending]; !ok {
			continue
		}
		if packed == "" {
			packed = name + ending
		}
		if r.has == nil || r.has(name+ending) {
			packed = name + ending
			break
		}
	}
	f, ok := r.files[packed]
	return packed, f, ok
}

// loadIndex opens a compact index, and makes it first if the cache has none.
// Its name in the cache is the digest of what it was made from, so it stands
// for that text wherever a Release lists it.
func (a *Archive) loadIndex(ctx context.Context, s *site, name string) (*openedIndex, error) {
	packed, want, ok := s.release.compressed(name)
	if !ok {
		return nil, fmt.Errorf("its Release lists no %s", name)
	}
	kept := path.Join(indexDir, want.sha256+".packages-1")
	if x, err := a.openCached(kept); err == nil {
		return x, nil
	}
	if x := a.openLent(kept); x != nil {
		return x, nil
	}
	blob, err := a.fetchIndexFile(ctx, s, packed, want)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	a.options.Progress(Progress{Activity: Index, Suite: s.suite, File: packed})
	x, err := a.buildIndex(blob, packed, want, s.release.unpackedLimit(name, want), kept)
	if err != nil {
		return nil, fmt.Errorf("cannot index %s: %w", packed, err)
	}
	// The text is in the index now; keeping both would double the cache.
	_ = a.cache.root.Remove(blobName(want.sha256))
	return x, nil
}

// openCached opens an index of the cache. One that is damaged is removed, so
// that the caller, or the next run, makes it anew.
func (a *Archive) openCached(name string) (*openedIndex, error) {
	f, err := a.cache.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return a.openIndex(f, name)
}

// openIndex reads an index in an open file of the cache, which it keeps or closes.
func (a *Archive) openIndex(f *os.File, name string) (*openedIndex, error) {
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	var x *index
	if err = owned.Check(info); err == nil {
		x, err = openIndex(f, info.Size())
	}
	if err != nil {
		_ = f.Close()
		_ = a.cache.root.Remove(name)
		return nil, err
	}
	a.cache.touch(name, a.options.Now())
	return &openedIndex{index: x, file: f, name: name}, nil
}

// fetchIndexFile opens a file that a Release lists, and brings it into the cache
// first: by its digest if the archive offers that, which no update of the mirror
// disturbs.
func (a *Archive) fetchIndexFile(ctx context.Context, s *site, name string, want releaseFile) (*os.File, error) {
	if f := a.cache.openBlob(want.sha256, want.size); f != nil {
		return f, nil
	}
	if a.options.Offline {
		return nil, fmt.Errorf("cannot get %s: it is not in the cache, and %w", name, ErrOffline)
	}
	from := s.urls(s.dir(), name)
	if s.release.byHash && !s.source.NoByHash {
		from = interleave(s.urls(s.dir(), path.Dir(name), "by-hash/SHA256", want.sha256), from)
	}
	f, err := a.transport.download(ctx, a.cache, from, want, a.counter(s.suite, name, want.size))
	if err != nil {
		return nil, fmt.Errorf("cannot get %s: %w", name, err)
	}
	return f, nil
}

// interleave tries both addresses of a mirror before the next mirror's.
func interleave(a, b []*url.URL) []*url.URL {
	var all []*url.URL
	for i := range a {
		all = append(all, a[i], b[i])
	}
	return all
}

// counter reports the progress of one transfer.
func (a *Archive) counter(suite, file string, total int64) func(int64) {
	var done int64
	return func(n int64) {
		done += n
		a.options.Progress(Progress{Activity: Download, Suite: suite, File: file, Done: done, Total: total})
	}
}

// buildIndex makes the compact index of a verified Packages file.
func (a *Archive) buildIndex(blob io.Reader, packed string, want releaseFile, limit int64, kept string) (*openedIndex, error) {
	return a.makeIndex(kept, func(file io.Writer) error { return a.writeIndex(file, blob, packed, want, limit) })
}

// makeIndex makes an index of the cache, and opens it before anybody can remove it.
func (a *Archive) makeIndex(kept string, write func(io.Writer) error) (*openedIndex, error) {
	file, err := a.cache.create()
	if err != nil {
		return nil, err
	}
	if err := write(file); err != nil {
		file.discard()
		return nil, err
	}
	f, err := file.commit(kept)
	if err != nil {
		return nil, err
	}
	return a.openIndex(f, kept)
}

func (a *Archive) writeIndex(file io.Writer, blob io.Reader, packed string, want releaseFile, limit int64) error {
	text, done, err := decompress(packed, bufio.NewReaderSize(blob, 1<<16))
	if err != nil && want.size > 0 {
		return err
	}
	defer done()
	out := bufio.NewWriterSize(file, 1<<18)
	builder := indexBuilder{to: out}
	if want.size > 0 {
		if err := chunks(text, limit, []byte("\n\n"), builder.add); err != nil {
			return err
		}
	}
	err = builder.finish()
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return a.cache.writeError(err)
	}
	return nil
}

// dropIndex removes an index that is damaged, so that the next run makes it anew,
// and tells so. One that is lent is not ours to remove.
func (a *Archive) dropIndex(x *openedIndex, damage error) error {
	if x.lent != "" {
		return fmt.Errorf("%w: it is %s, which came with this machine", damage, x.lent)
	}
	_ = a.cache.root.Remove(x.name)
	return fmt.Errorf("%w: %s was removed, run again", damage, a.cache.path(x.name))
}

// useStanza reads the package of a row. Damage is reported once.
func (a *Archive) useStanza(s *site, x *openedIndex, r row) (*Package, error) {
	text, err := x.stanza(r)
	if errors.Is(err, errDamaged) {
		return nil, fmt.Errorf("cannot read package %s of suite %s: %w", r.name, s.suite, a.dropIndex(x, err))
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read package %s of suite %s: %w", r.name, s.suite, err)
	}
	p, err := parsePackage(text)
	if err != nil {
		return nil, fmt.Errorf("cannot use suite %s: %w", s.suite, err)
	}
	p.Suite, p.Origin, p.component, p.from = s.suite, s.release.origin, x.component, s
	return p, nil
}
