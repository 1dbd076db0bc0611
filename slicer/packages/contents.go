package packages

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/internal/store"
	"whittle.dev/whittle/slicer/tree"
)

// listed returns the recorded contents of a package. Whether its files are still in the store shows when they are used.
func listed(st *store.Store, p *Package) (*Contents, error) {
	data, err := st.Record(listingKind, p.identity())
	if err != nil {
		return nil, err
	}
	return decodeListing(data)
}

// identity is a key in hexadecimal: the SHA-256 of a package's .deb, and what tells apart what indexes say that it is. A .deb is held
// against that when it is unpacked, and what was found good for one package is none for another that an index gives the same .deb.
func (p *Package) identity() string {
	sum := sha256.Sum256([]byte(p.Name + " " + p.Version + " " + p.Architecture))
	return p.SHA256 + hex.EncodeToString(sum[:8])
}

// unpack unpacks a .deb into the store, and then records what it holds: a record without its files is never
// there, but for those that are pruned or changed, and for documentation where that is not kept.
func unpack(ctx context.Context, st *store.Store, from *os.File, p *Package, docless bool) (*Contents, error) {
	digest := p.SHA256
	c, err := unpackDeb(ctx, st, from, p, docless)
	for n := 0; errors.Is(err, fs.ErrNotExist) && n < unpackTries; n++ {
		c, err = unpackDeb(ctx, st, from, p, docless) // a file was pruned before it was read for its facts
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot unpack the .deb of SHA-256 %s: %w", digest, err)
	}
	if err := st.PutRecord(listingKind, p.identity(), encodeListing(c)); err != nil {
		return nil, err
	}
	return c, nil
}

// unpacked is where the files of a package lie.
type unpacked struct {
	lent  *store.Store // where its files may lie, too, and nothing is written; nil for none
	store *store.Store
	mu    sync.Mutex
	again func() error // unpacks the package anew
}

// unpackTries is how often a package is unpacked anew for one of its files. Once is enough unless others prune the store
// in the very moment.
const unpackTries = 10

func (c *Contents) readFrom(u *unpacked) {
	c.unpacked = u
	c.Open = func(e Entry) (r ReaderAtCloser, err error) {
		err = u.with(e, func(st *store.Store, b store.Blob) error {
			r, err = st.Open(b)
			return err
		})
		return r, err
	}
}

// IsStored tells whether the files of the package lie in the store of unpacked packages.
func (c *Contents) IsStored() bool { return c.unpacked != nil }

// InStore calls do with the store and the blob of an entry of a package whose files lie there. A file that the store lost is
// unpacked anew; one that is lent is not shared (store.ErrCannotShareFile).
func (c *Contents) InStore(e Entry, do func(*store.Store, store.Blob) error) error {
	return c.unpacked.with(e, func(st *store.Store, b store.Blob) error {
		if st == c.unpacked.lent {
			return notShared(st, b)
		}
		return do(st, b)
	})
}

// Check has the store read an entry of a package whose files lie there, before it is shared; see store.Check. Nothing is unpacked
// for it, and what is lent is not shared.
func (c *Contents) Check(e Entry) error { return c.unpacked.store.Check(BlobOf(e)) }

// OpenToSum opens an entry of a package whose files lie in the store, for those who sum up all its bytes. What is lent is read
// before: nobody here could mend it.
func (c *Contents) OpenToSum(e Entry) (r ReaderAtCloser, err error) {
	err = c.unpacked.with(e, func(st *store.Store, b store.Blob) error {
		if st == c.unpacked.lent {
			r, err = st.Open(b)
		} else {
			r, err = st.OpenToSum(b)
		}
		return err
	})
	return r, err
}

// Changed is told of an entry of a package whose files lie in the store when its bytes turn out to be others: the store removes it, and
// the package is unpacked anew when the entry is next asked for.
func (c *Contents) Changed(e Entry) { _ = c.unpacked.store.CheckAgain(BlobOf(e)) }

// FactsOf are what was noted of the bytes of a file, by their SHA-256, when the package was unpacked; known is false where
// they must be read to know. The facts of files of which nothing is to be said are zero.
func (c *Contents) FactsOf(digest string) (noted Facts, known bool) {
	return c.facts[digest], c.facts != nil
}

// with calls do with the blob of an entry and a store that has it, and again after unpacking the package anew if none does.
func (u *unpacked) with(e Entry, do func(*store.Store, store.Blob) error) error {
	b := BlobOf(e)
	if u.lent != nil {
		if err := do(u.lent, b); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err := do(u.store, b)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	err = do(u.store, b) // another goroutine may have unpacked it meanwhile
	for n := 0; errors.Is(err, fs.ErrNotExist) && n < unpackTries; n++ {
		if err := u.again(); err != nil {
			return err
		}
		err = do(u.store, b)
	}
	return err
}

func unpackDeb(ctx context.Context, st *store.Store, f *os.File, p *Package, docless bool) (*Contents, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	d, err := deb.Open(f, fi.Size(), deb.DefaultLimits())
	if err != nil {
		return nil, err
	}
	control, err := d.Control()
	if err != nil {
		return nil, err
	}
	if own := control.Paragraph; own.Get("Package") != p.Name || own.Get("Version") != p.Version || own.Get("Architecture") != p.Architecture {
		return nil, fmt.Errorf("it is %s %s for %s, and the index says that it is %s %s for %s", own.Get("Package"), own.Get("Version"), own.Get("Architecture"),
			p.Name, p.Version, p.Architecture)
	}
	u := unpacking{store: st, docless: docless, md5: control.MD5Sums, noting: noting{facts: map[string]Facts{}, open: func(e Entry) (ReaderAtCloser, error) {
		return st.Open(BlobOf(e))
	}}}
	l := lister{byPath: map[string]Entry{}, put: u.put}
	add := func(h *tar.Header, body io.Reader) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return l.add(h, body)
	}
	if err := d.Walk(add); err != nil {
		return nil, err
	}
	return &Contents{Entries: l.sorted(), Scripts: control.Scripts, facts: u.facts}, nil
}

// unpacking is one package on its way into the store.
type unpacking struct {
	store   *store.Store
	docless bool              // documentation is summed, and not stored
	md5     map[string]string // by the package's own record, whose path is that of the member
	noting
}

// put stores a file, and notes what selections want to know of it. Its MD5 is the one of the package's own record, which
// dpkg would install; it is computed where that has none, as for configuration.
func (u *unpacking) put(member string, e *Entry, body io.Reader) error {
	e.MD5 = u.md5[member]
	var sum hash.Hash
	var also []io.Writer
	if e.MD5 == "" {
		sum = md5.New()
		also = append(also, sum)
	}
	without := u.docless && isDoc(e.Path)
	var stored store.Sums
	var err error
	if without {
		stored, err = u.store.Sum(body, also...)
	} else {
		stored, err = u.store.Put(body, e.Mode, also...)
	}
	if err != nil {
		return err
	}
	e.Size, e.SHA256 = stored.Size, stored.SHA256
	if sum != nil {
		e.MD5 = hex.EncodeToString(sum.Sum(nil))
	}
	if without {
		u.leave(*e)
		return nil
	}
	return u.look(*e, stored.Head)
}

// isDoc tells whether a file is documentation, of which no layer has anything unless somebody asks for it: half of the files of
// many packages, and more of those with headers. Each package's copyright file is needed.
func isDoc(at string) bool {
	return paths.IsBelow(at, "usr/share/doc", "usr/share/man") && paths.Base(at) != "copyright"
}

// noting gathers the facts of a package's files.
type noting struct {
	facts map[string]Facts
	open  func(Entry) (ReaderAtCloser, error)
}

// look notes the facts of a file that begins with head and can be opened. Files of the same bytes share their facts, whatever their names are
// evidence of.
func (u *noting) look(e Entry, head []byte) error {
	isELF := bytes.HasPrefix(head, []byte("\x7fELF"))
	noted := u.facts[e.SHA256]
	noted.Head = firstScriptLine(head)
	language := script.ImportsAs(e.Path, e.Mode, []byte(noted.Head))
	opens := closure.OpensLibraries(e.Path) || language == script.Python || language == script.Ruby
	if !isELF && language == script.None && !opens {
		u.note(e, noted)
		return nil
	}
	f, err := u.open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	if isELF {
		o, err := closure.Read(f, e.Size, closure.WithStrings)
		u.facts[e.SHA256] = Facts{Object: o, Unread: err != nil}
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(f, script.MaxSize))
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", e.Path, err)
	}
	if language != script.None {
		noted.Language, noted.Imports = language, strings.Join(script.Imports(language, text), "\n")
		noted.Runs = strings.Join(script.Runs(language, text), "\n")
	}
	if opens {
		noted.Libraries = strings.Join(closure.LibraryNames(text), "\n")
	}
	u.note(e, noted)
	return nil
}

// note keeps the facts of a file if there is anything to them.
func (u *noting) note(e Entry, noted Facts) {
	if noted != (Facts{}) {
		u.facts[e.SHA256] = noted
	}
}

// leave notes that nothing is known of a file, unless another one of the same bytes was looked at.
func (u *noting) leave(e Entry) {
	if _, known := u.facts[e.SHA256]; !known {
		u.facts[e.SHA256] = Facts{Unread: true}
	}
}

// firstScriptLine is the "#!" line of a file that begins like that, as far as head goes; empty for others.
func firstScriptLine(head []byte) string {
	if !bytes.HasPrefix(head, []byte("#!")) {
		return ""
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return string(line)
}

// lister turns the members of a package into entries.
type lister struct {
	byPath map[string]Entry
	put    func(member string, e *Entry, body io.Reader) error // fills in what the bytes tell
}

func (l lister) add(h *tar.Header, body io.Reader) error {
	e := Entry{Path: debian.Merged(strings.TrimSuffix(h.Name, "/")), Mode: h.Mode & 0o7777}
	switch h.Typeflag {
	case tar.TypeDir:
		e.Kind = tree.Directory
		e.Path = strings.TrimSuffix(debian.Merged(e.Path+"/."), "/.") // /lib itself is /usr/lib too, unless it is the link
	case tar.TypeSymlink:
		e.Kind, e.Link = tree.Symlink, h.Linkname
	case tar.TypeLink:
		target, ok := l.byPath[debian.Merged(h.Linkname)]
		if !ok {
			return fmt.Errorf("cannot follow hard link %s: there is no %s before it", h.Name, h.Linkname)
		}
		if target.Kind == tree.File {
			target.HardLink = cmp.Or(target.HardLink, target.Path)
		}
		target.Path = e.Path
		e = target
	default:
		if err := l.put(h.Name, &e, body); err != nil {
			return err
		}
	}
	if old, ok := l.byPath[e.Path]; ok && (old.Kind != tree.Directory || e.Kind != tree.Directory) {
		return fmt.Errorf("cannot take %s: the package has it twice, once below a merged directory", e.Path)
	}
	l.byPath[e.Path] = e
	return nil
}

func (l lister) sorted() []Entry {
	entries := make([]Entry, 0, len(l.byPath))
	for _, e := range l.byPath {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries
}
