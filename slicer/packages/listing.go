package packages

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/slicer/tree"
)

// listingKind names the records of unpacked packages in the store; the number goes up when their form changes, or what
// closure.Read, script.Imports, script.Runs and closure.LibraryNames tell of a file.
const listingKind = "contents-14"

// installedKind names those of installed packages, whose files are not in the store. Both have the same number.
const installedKind = "installed-14"

// Facts are what a selection asks of a file's bytes, told once when a package is unpacked: so a cut of unpacked packages
// opens none of their files to decide.
type Facts struct {
	Object *closure.Object // nil if it is no ELF file
	Unread bool            // it is a broken ELF file, or one that was not stored: whoever needs it reads it, and is told what is wrong

	Head      string          // of a script: its first line, or the beginning of one that is too long
	Language  script.Language // in which it was read for imports; None if it was not
	Imports   string          // what script.Imports found, a line each
	Runs      string          // what script.Runs found, a line each
	Libraries string          // what closure.LibraryNames found, of a script that may open some; a line each
}

// A listing is the record of a package's contents: numbers are unsigned varints, a text is its length and its bytes, a
// list its length and its items. Decoding makes no copies: all texts of a listing are parts of one.
//
//	scripts  list of: name, text
//	entries  list of: path, kind, mode, size, SHA-256, MD5, link, hard link; sorted by path
//	facts    list of: SHA-256, form (0 script, 1 ELF, 2 unread), then what facts has of the form
//	CRC-32C  of everything before, 4 bytes
type listing struct{ data []byte }

const (
	factScript = iota
	factELF
	factUnread
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeListing(c *Contents) []byte {
	l := listing{make([]byte, 0, 256*(len(c.Entries)+1))}
	l.number(uint64(len(c.Scripts)))
	for _, name := range slices.Sorted(maps.Keys(c.Scripts)) {
		l.text(name)
		l.text(c.Scripts[name])
	}
	l.number(uint64(len(c.Entries)))
	for _, e := range c.Entries {
		l.text(e.Path)
		l.number(uint64(e.Kind))
		l.number(uint64(e.Mode))
		l.number(uint64(e.Size))
		l.text(e.SHA256)
		l.text(e.MD5)
		l.text(e.Link)
		l.text(e.HardLink)
	}
	l.number(uint64(len(c.facts)))
	for _, digest := range slices.Sorted(maps.Keys(c.facts)) {
		l.text(digest)
		l.facts(c.facts[digest])
	}
	return sealed(l.data)
}

// sealed appends the checksum.
func sealed(data []byte) []byte {
	return binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
}

func (l *listing) number(n uint64) { l.data = binary.AppendUvarint(l.data, n) }

func (l *listing) text(s string) {
	l.number(uint64(len(s)))
	l.data = append(l.data, s...)
}

func (l *listing) texts(list []string) {
	l.number(uint64(len(list)))
	for _, s := range list {
		l.text(s)
	}
}

func (l *listing) facts(f Facts) {
	switch {
	case f.Unread:
		l.number(factUnread)
	case f.Object == nil:
		l.number(factScript)
		l.text(f.Head)
		l.number(uint64(f.Language))
		l.text(f.Imports)
		l.text(f.Runs)
		l.text(f.Libraries)
	default:
		l.number(factELF)
		l.object(f.Object)
	}
}

// object writes what closure.Read tells WithStrings and without symbols.
func (l *listing) object(o *closure.Object) {
	for _, n := range []uint64{uint64(o.Class), uint64(o.Machine), uint64(o.OSABI), uint64(o.Type), uint64(b2i(o.NoDefaultLib)), uint64(b2i(o.Shell)), uint64(b2i(o.Converts))} {
		l.number(n)
	}
	l.text(o.Interp)
	l.text(o.Soname)
	for _, list := range [][]string{o.Needed, o.RPath, o.RunPath, o.Provides, o.Opens, o.Starts} {
		l.texts(list)
	}
	l.number(uint64(len(o.Requires)))
	for _, r := range o.Requires {
		l.text(r.Soname)
		l.texts(r.Versions)
		l.texts(r.Weak)
	}
	l.number(uint64(len(o.Dlopen)))
	for _, d := range o.Dlopen {
		l.texts(d.Sonames)
		l.text(d.Priority)
		l.text(d.Feature)
		l.text(d.Description)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// errDamagedListing means that a record is not as it was written. The package is unpacked anew then.
var errDamagedListing = errors.New("the record of a package is damaged")

func decodeListing(data []byte) (*Contents, error) {
	if len(data) < 4 {
		return nil, errDamagedListing
	}
	body := data[:len(data)-4]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[len(body):]) {
		return nil, errDamagedListing
	}
	r := listingReader{data: body, text: string(body)}
	c := &Contents{Scripts: map[string]string{}, facts: map[string]Facts{}}
	for range r.count() {
		name := r.string()
		c.Scripts[name] = r.string()
	}
	c.Entries = make([]Entry, r.count())
	for i := range c.Entries {
		c.Entries[i] = Entry{
			Path: r.string(), Kind: tree.Kind(r.number()), Mode: int64(r.number()), Size: int64(r.number()),
			SHA256: r.string(), MD5: r.string(), Link: r.string(), HardLink: r.string(),
		}
		r.failed = r.failed || c.Entries[i].Kind > tree.Symlink
	}
	for range r.count() {
		digest := r.string()
		c.facts[digest] = r.facts()
	}
	if r.failed || r.at != len(body) {
		return nil, fmt.Errorf("%w at byte %d", errDamagedListing, r.at)
	}
	return c, nil
}

// listingReader reads a listing. After a failure everything it returns is zero.
type listingReader struct {
	data   []byte
	text   string // the same
	at     int
	failed bool
}

func (r *listingReader) number() uint64 {
	n, size := binary.Uvarint(r.data[r.at:])
	if size <= 0 {
		r.failed, r.at = true, len(r.data)
		return 0
	}
	r.at += size
	return n
}

// count reads the length of a list, which has at least a byte an item.
func (r *listingReader) count() int {
	n := r.number()
	if n > uint64(len(r.data)-r.at) {
		r.failed, r.at = true, len(r.data)
		return 0
	}
	return int(n)
}

func (r *listingReader) string() string {
	n := r.count()
	s := r.text[r.at : r.at+n]
	r.at += n
	return s
}

func (r *listingReader) strings() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.string()
	}
	return list
}

func (r *listingReader) facts() Facts {
	switch r.number() {
	case factScript:
		return Facts{Head: r.string(), Language: script.Language(r.number()), Imports: r.string(), Runs: r.string(), Libraries: r.string()}
	case factELF:
		return Facts{Object: r.object()}
	default:
		return Facts{Unread: true}
	}
}

func (r *listingReader) object() *closure.Object {
	o := &closure.Object{
		Class: elf.Class(r.number()), Machine: elf.Machine(r.number()), OSABI: elf.OSABI(r.number()), Type: elf.Type(r.number()), NoDefaultLib: r.number() != 0, Shell: r.number() != 0, Converts: r.number() != 0,
		Interp: r.string(), Soname: r.string(), Needed: r.strings(), RPath: r.strings(), RunPath: r.strings(), Provides: r.strings(),
		Opens: r.strings(), Starts: r.strings(),
	}
	for range r.count() {
		o.Requires = append(o.Requires, closure.VersionNeed{Soname: r.string(), Versions: r.strings(), Weak: r.strings()})
	}
	for range r.count() {
		o.Dlopen = append(o.Dlopen, closure.DlopenNote{Sonames: r.strings(), Priority: r.string(), Feature: r.string(), Description: r.string()})
	}
	return o
}
