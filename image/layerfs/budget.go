package layerfs

import "fmt"

// Bounds of what an image may cost, by N, the bytes in which it came: kilobytes that unpack to gigabytes are no image. Each is
// far above real images: layers pack to a tenth, seldom to a hundredth.
const (
	baseMemory, memoryPerByte = 180 << 20, 5   // bytes of memory, for names of files and what files say
	baseBodies, bodiesPerByte = 512 << 20, 100 // bytes of files, holes of sparse ones too
	maxEntries                = 2_000_000
	maxName                   = 4 << 10 // bytes of a name and of a link's target: Linux's PATH_MAX
	entryCost                 = 300     // bytes of memory of a file, beside its names
	linkCost                  = 300     // more of a link: it may be a finding
)

// MaxBodies bounds the files of any image, and what it may come in, in bytes.
const MaxBodies = 64 << 30

// budget is what an image may still cost. It counts what is made, not what is read.
type budget struct {
	memory, bodies int64 // bytes
	entries        int
}

// newBudget is the budget of an image that came in n bytes; of a daemon's, which are not known, n is negative.
func newBudget(n int64) budget {
	b := budget{memory: MaxBodies, bodies: MaxBodies, entries: maxEntries}
	if n >= 0 {
		n = min(n, MaxBodies) // no overflow
		b.memory = min(b.memory, baseMemory+n*memoryPerByte)
		b.bodies = min(b.bodies, baseBodies+n*bodiesPerByte)
	}
	return b
}

// file takes the memory of a file into account, whose names have so many bytes.
func (b *budget) file(names int) error {
	if b.entries--; b.entries < 0 {
		return fmt.Errorf("it has more than %d files", maxEntries)
	}
	if b.memory -= entryCost + int64(names); b.memory < 0 {
		return fmt.Errorf("the names of its files take too much memory for an image of its size (at most %d MB and %d bytes a byte)", baseMemory>>20, memoryPerByte)
	}
	return nil
}

// body takes the bytes of a file into account.
func (b *budget) body(size int64) error {
	if size < 0 || size > b.bodies {
		return fmt.Errorf("its files are too large for an image of its size (at most %d MB and %d times its bytes, %d GB in all)", baseBodies>>20, bodiesPerByte, MaxBodies>>30)
	}
	b.bodies -= size
	return nil
}
