package compiled

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// gvdbTable is a hash table of a GVDB file, the format of GLib's compiled settings: a value, or another table, for each
// key. Keys that do not begin with a dot are listed as the children of the empty key, which is how GSettings lists
// schemas and keys.
type gvdbTable map[string]gvdbItem

// gvdbItem is one of a variant or a table.
type gvdbItem struct {
	value variant
	table gvdbTable
}

const (
	gvdbHeaderSize = 24
	gvdbItemSize   = 24
	gvdbNone       = 0xffffffff
)

// encodeGVDB writes a table and those below it as a little-endian GVDB file. GLib's own writer orders the items of one
// bucket by the chance of its memory tables; here they are sorted by key.
func encodeGVDB(root gvdbTable) []byte {
	w := gvdbWriter{data: make([]byte, gvdbHeaderSize)}
	start, end := w.table(root)
	copy(w.data, "GVariant")
	binary.LittleEndian.PutUint32(w.data[16:], start)
	binary.LittleEndian.PutUint32(w.data[20:], end)
	return w.data
}

type gvdbWriter struct{ data []byte }

// gvdbSlot is a place of the table that is being written.
type gvdbSlot struct {
	key  string
	hash uint32
}

func (w *gvdbWriter) table(t gvdbTable) (start, end uint32) {
	slots := gvdbSlots(t)
	n := uint32(len(slots))
	index := map[string]uint32{}
	for i, s := range slots {
		index[s.key] = uint32(i)
	}
	start = w.reserve(4, 8+4*n+gvdbItemSize*n)
	end = uint32(len(w.data))
	put := func(at, v uint32) { binary.LittleEndian.PutUint32(w.data[at:], v) }
	put(start, 5<<27) // the shift of a bloom filter that has no words
	put(start+4, n)
	next := 0
	for bucket := range n {
		put(start+8+4*bucket, uint32(next))
		for next < len(slots) && slots[next].hash%n == bucket {
			next++
		}
	}
	for i, s := range slots {
		at := start + 8 + 4*n + gvdbItemSize*uint32(i)
		parent := uint32(gvdbNone)
		if isChild(s.key) {
			parent = index[""]
		}
		put(at, s.hash)
		put(at+4, parent)
		put(at+8, uint32(len(w.data)))
		binary.LittleEndian.PutUint16(w.data[at+12:], uint16(len(s.key)))
		w.data = append(w.data, s.key...)
		kind, from, to := w.item(t, s.key, index)
		w.data[at+14] = kind
		put(at+16, from)
		put(at+20, to)
	}
	return start, end
}

// item writes what belongs to a key, and tells its kind and where it is.
func (w *gvdbWriter) item(t gvdbTable, key string, index map[string]uint32) (kind byte, start, end uint32) {
	item := t[key]
	switch {
	case key == "":
		kind = 'L'
		children := slices.DeleteFunc(slices.Sorted(maps.Keys(t)), func(k string) bool { return !isChild(k) })
		if len(children) == 0 {
			return 0, 0, 0 // as GLib's writer leaves it
		}
		start = w.reserve(4, 4*uint32(len(children)))
		for i, k := range children {
			binary.LittleEndian.PutUint32(w.data[start+4*uint32(i):], index[k])
		}
	case item.table != nil:
		start, end = w.table(item.table)
		return 'H', start, end
	default:
		kind = 'v'
		body := boxed(item.value).data
		start = w.reserve(8, uint32(len(body)))
		copy(w.data[start:], body)
	}
	return kind, start, uint32(len(w.data))
}

// reserve appends zero bytes after padding to an alignment, and tells where they begin.
func (w *gvdbWriter) reserve(align, size uint32) uint32 {
	w.data = pad(w.data, int(align))
	at := uint32(len(w.data))
	w.data = append(w.data, make([]byte, size)...)
	return at
}

// gvdbSlots orders the keys of a table, and the empty one, by bucket and key.
func gvdbSlots(t gvdbTable) []gvdbSlot {
	slots := []gvdbSlot{{key: "", hash: gvdbHash("")}}
	for k := range t {
		slots = append(slots, gvdbSlot{key: k, hash: gvdbHash(k)})
	}
	n := uint32(len(slots))
	slices.SortFunc(slots, func(a, b gvdbSlot) int {
		return cmp.Or(cmp.Compare(a.hash%n, b.hash%n), strings.Compare(a.key, b.key))
	})
	return slots
}

func isChild(key string) bool { return key != "" && key[0] != '.' }

// gvdbHash is Bernstein's hash over signed bytes.
func gvdbHash(key string) uint32 {
	h := uint32(5381)
	for i := range len(key) {
		h = h*33 + uint32(int32(int8(key[i])))
	}
	return h
}
