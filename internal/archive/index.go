package archive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sort"

	"whittle.dev/whittle/internal/deb"
)

// A compact index is a Packages file made quick to look into. It holds the
// stanzas as they are, and behind them what is needed to find one by name
// without reading the others:
//
//	stanzas   the text of the Packages file
//	packages  a table: names of packages, sorted, each with its stanza
//	provides  a table: names that packages provide, sorted, each with a stanza
//	footer    56 bytes: where the tables begin and end, their checksums, magic
//
// A table is the number of its rows (32 bits), the rows, and the names. A row
// has 22 bytes: the name's place in the names (32 bits) and length (16), the
// stanza's place (64) and length (32), and its CRC-32C (32). Numbers are
// little-endian. Opening one reads the packages table only, 2.6 MB for Debian
// 13; the rejected way, one sorted file of stanzas to search in directly, needs
// a read of the disk for each step of a search and has no place for provides.
type index struct {
	from     io.ReaderAt
	stanzas  int64 // where the stanzas end
	packages table
	provides section
}

// A section is a checked part of the file.
type section struct {
	start, end int64
	crc        uint32
}

const (
	indexMagic  = "whittle index 1\n"
	footerSize  = 56
	rowSize     = 22
	maxStanza   = 1 << 20
	maxTable    = 512 << 20 // a quarter of it would be an archive of 2 million packages
	maxNameSize = 1 << 12
)

// A row is one entry of a table.
type row struct {
	name   string
	offset int64 // of the stanza
	length uint32
	crc    uint32 // of the stanza
}

// A table is sorted rows and their names, as they are in the file.
type table struct {
	rows    []byte
	strings []byte
}

func (t table) len() int { return len(t.rows) / rowSize }

// row decodes row i. A row whose name lies outside the strings has an empty
// name; checksums make that the work of an attacker who can write the cache.
func (t table) row(i int) row {
	b := t.rows[i*rowSize:]
	r := row{
		offset: int64(binary.LittleEndian.Uint64(b[6:])),
		length: binary.LittleEndian.Uint32(b[14:]),
		crc:    binary.LittleEndian.Uint32(b[18:]),
	}
	r.name = string(t.name(i))
	return r
}

func (t table) name(i int) []byte {
	b := t.rows[i*rowSize:]
	start := int(binary.LittleEndian.Uint32(b))
	end := start + int(binary.LittleEndian.Uint16(b[4:]))
	if end > len(t.strings) {
		return nil
	}
	return t.strings[start:end]
}

// find returns the rows of a name.
func (t table) find(name string) []row {
	var rows []row
	first := sort.Search(t.len(), func(i int) bool { return string(t.name(i)) >= name })
	for i := first; i < t.len() && string(t.name(i)) == name; i++ {
		rows = append(rows, t.row(i))
	}
	return rows
}

// encodeTable sorts rows by name, then by their place in the archive's own file.
func encodeTable(rows []row) []byte {
	sort.Slice(rows, func(i, j int) bool {
		if rows[i].name != rows[j].name {
			return rows[i].name < rows[j].name
		}
		return rows[i].offset < rows[j].offset
	})
	another := func(i int) bool { return i == 0 || rows[i].name != rows[i-1].name }
	names, size := 4+len(rows)*rowSize, 0 // where the names are, and their bytes
	for i, r := range rows {
		if another(i) {
			size += len(r.name)
		}
	}
	// Of the Contents' headers this is 20 MB: it is neither grown nor put together of parts.
	out := make([]byte, names, names+size)
	binary.LittleEndian.PutUint32(out, uint32(len(rows)))
	start := 0
	for i, r := range rows {
		if another(i) {
			start = len(out) - names
			out = append(out, r.name...)
		}
		b := out[4+i*rowSize:]
		binary.LittleEndian.PutUint32(b, uint32(start))
		binary.LittleEndian.PutUint16(b[4:], uint16(len(r.name)))
		binary.LittleEndian.PutUint64(b[6:], uint64(r.offset))
		binary.LittleEndian.PutUint32(b[14:], r.length)
		binary.LittleEndian.PutUint32(b[18:], r.crc)
	}
	return out
}

func decodeTable(data []byte) (table, error) {
	if len(data) < 4 {
		return table{}, errDamaged
	}
	n := int64(binary.LittleEndian.Uint32(data)) * rowSize
	if n > int64(len(data)-4) {
		return table{}, errDamaged
	}
	return table{data[4 : 4+n], data[4+n:]}, nil
}

// errDamaged means that a file of the cache is not as it was written.
var errDamaged = errors.New("the cached index is damaged")

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// openIndex reads the footer and the table of packages.
func openIndex(from io.ReaderAt, size int64) (*index, error) {
	var footer [footerSize]byte
	if size < footerSize {
		return nil, errDamaged
	}
	if _, err := from.ReadAt(footer[:], size-footerSize); err != nil {
		return nil, err
	}
	if string(footer[:16]) != indexMagic || checksum(footer[:52]) != binary.LittleEndian.Uint32(footer[52:]) {
		return nil, errDamaged
	}
	number := func(at int) int64 { return int64(binary.LittleEndian.Uint64(footer[at:])) }
	x := &index{from: from, stanzas: number(16)}
	packages := section{number(16), number(24), binary.LittleEndian.Uint32(footer[40:])}
	x.provides = section{number(24), number(32), binary.LittleEndian.Uint32(footer[44:])}
	if x.stanzas < 0 || packages.end > x.provides.end || x.provides.end != size-footerSize {
		return nil, errDamaged
	}
	data, err := packages.read(from)
	if err != nil {
		return nil, err
	}
	x.packages, err = decodeTable(data)
	return x, err
}

func (s section) read(from io.ReaderAt) ([]byte, error) {
	if s.start < 0 || s.end < s.start || s.end-s.start > maxTable {
		return nil, errDamaged
	}
	data := make([]byte, s.end-s.start)
	if _, err := io.ReadFull(io.NewSectionReader(from, s.start, s.end-s.start), data); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = errDamaged
		}
		return nil, err
	}
	if checksum(data) != s.crc {
		return nil, errDamaged
	}
	return data, nil
}

// stanza reads the text of a row.
func (x *index) stanza(r row) ([]byte, error) {
	if r.length > maxStanza || r.offset < 0 || r.offset > x.stanzas-int64(r.length) {
		return nil, errDamaged
	}
	text := make([]byte, r.length)
	if _, err := x.from.ReadAt(text, r.offset); err != nil {
		return nil, err
	}
	if checksum(text) != r.crc {
		return nil, errDamaged
	}
	return text, nil
}

// providersTable reads the second table, which few runs need.
func (x *index) providersTable() (table, error) {
	data, err := x.provides.read(x.from)
	if err != nil {
		return table{}, err
	}
	return decodeTable(data)
}

// An indexBuilder writes a compact index while the Packages file streams by.
type indexBuilder struct {
	to       io.Writer
	offset   int64
	packages []row
	provides []row
}

// add takes whole stanzas: a piece of a Packages file that ends with one.
func (b *indexBuilder) add(text []byte) error {
	err := deb.ScanParagraphs(text, func(start, end int, p []byte) error {
		name := deb.FieldOf(p, "Package")
		if len(name) == 0 || len(name) > maxNameSize || len(p) > maxStanza {
			return fmt.Errorf("the stanza at byte %d has no usable Package field: %q", b.offset+int64(start), firstLine(p))
		}
		r := row{string(name), b.offset + int64(start), uint32(end - start), checksum(p)}
		b.packages = append(b.packages, r)
		for virtual := range bytes.SplitSeq(deb.FieldOf(p, "Provides"), []byte(",")) {
			virtual = bytes.TrimSpace(virtual)
			if i := bytes.IndexAny(virtual, " (:\t\n"); i >= 0 {
				virtual = virtual[:i]
			}
			if len(virtual) > 0 && len(virtual) <= maxNameSize {
				r.name = string(virtual)
				b.provides = append(b.provides, r)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	n, err := b.to.Write(text)
	b.offset += int64(n)
	return err
}

// finish writes the tables and the footer.
func (b *indexBuilder) finish() error {
	packages, provides := encodeTable(b.packages), encodeTable(b.provides)
	if len(packages) > maxTable || len(provides) > maxTable {
		return fmt.Errorf("its tables are larger than %d bytes", maxTable)
	}
	end := b.offset + int64(len(packages))
	footer := []byte(indexMagic)
	footer = binary.LittleEndian.AppendUint64(footer, uint64(b.offset))
	footer = binary.LittleEndian.AppendUint64(footer, uint64(end))
	footer = binary.LittleEndian.AppendUint64(footer, uint64(end+int64(len(provides))))
	footer = binary.LittleEndian.AppendUint32(footer, checksum(packages))
	footer = binary.LittleEndian.AppendUint32(footer, checksum(provides))
	footer = binary.LittleEndian.AppendUint32(footer, 0)
	footer = binary.LittleEndian.AppendUint32(footer, checksum(footer))
	for _, part := range [][]byte{packages, provides, footer} {
		if _, err := b.to.Write(part); err != nil {
			return err
		}
	}
	return nil
}
