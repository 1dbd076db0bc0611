package compiled

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
)

// readGVDB lists every key of a GVDB file, "table/key", with its value in hexadecimal, or a list's children. It finds
// each key by its hash, as GLib does.
func readGVDB(t *testing.T, data []byte) map[string]string {
	t.Helper()
	if string(data[:8]) != "GVariant" {
		t.Fatalf("it begins with %q", data[:8])
	}
	all := map[string]string{}
	u32 := func(at uint32) uint32 { return binary.LittleEndian.Uint32(data[at:]) }
	var table func(prefix string, start, end uint32)
	table = func(prefix string, start, end uint32) {
		bloom, n := u32(start)&(1<<27-1), u32(start+4)
		buckets := start + 8 + 4*bloom
		items := buckets + 4*n
		count := (end - items) / gvdbItemSize
		name := func(i uint32) string {
			at := items + gvdbItemSize*i
			return string(data[u32(at+8) : u32(at+8)+uint32(binary.LittleEndian.Uint16(data[at+12:]))])
		}
		for i := range count {
			at := items + gvdbItemSize*i
			key := name(i)
			if got := gvdbHash(key); got != u32(at) {
				t.Errorf("%s%s: its hash is %x, not %x", prefix, key, u32(at), got)
			}
			bucket := u32(at) % n
			last := count
			if bucket+1 < n {
				last = u32(buckets + 4*(bucket+1))
			}
			if i < u32(buckets+4*bucket) || i >= last {
				t.Errorf("%s%s is not in bucket %d", prefix, key, bucket)
			}
			parent := ""
			if p := u32(at + 4); p != gvdbNone {
				parent = fmt.Sprintf(" below %q", name(p))
			}
			from, to := u32(at+16), u32(at+20)
			switch data[at+14] {
			case 'H':
				all[prefix+key] = "table" + parent
				table(prefix+key+"|", from, to)
			case 'L':
				var children []string
				for c := from; c < to; c += 4 {
					children = append(children, name(u32(c)))
				}
				all[prefix+key] = fmt.Sprintf("list %q%s", children, parent)
			case 'v':
				if from%8 != 0 {
					t.Errorf("%s%s is not aligned", prefix, key)
				}
				all[prefix+key] = fmt.Sprintf("%q%s", data[from:to], parent)
			case 0:
				all[prefix+key] = "nothing"
			default:
				t.Errorf("%s%s is of kind %q", prefix, key, data[at+14])
			}
		}
	}
	table("", u32(16), u32(20))
	return all
}

func TestGVDBKeysOfOneBucketAreSorted(t *testing.T) {
	root := gvdbTable{}
	for i := range 200 {
		root[fmt.Sprintf("key-%d", i)] = gvdbItem{value: stringVariant('s', fmt.Sprint(i))}
	}
	data := encodeGVDB(root)
	if got := len(readGVDB(t, data)); got != 201 {
		t.Errorf("%d keys can be read", got)
	}
	if !slices.Equal(data, encodeGVDB(root)) {
		t.Error("the same table gives other bytes")
	}
}
