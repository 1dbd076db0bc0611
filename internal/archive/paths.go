package archive

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sort"
	"strings"

	"github.com/klauspost/compress/zstd"

	"whittle.dev/whittle/internal/pieces"
)

// A pathBuilder writes a Contents file in a form that is quick to search by
// path: an index whose stanzas are blocks of lines "path packages\n", packed with
// zstd and named by their first path. Contents are sorted, so a path or a
// directory is in the few blocks around its place; and all of them are read
// several times as fast as gzip, by all processors. Of a file that is not sorted
// the blocks have no names, and each question reads all.
type pathBuilder struct {
	indexBuilder
	zstd     *zstd.Encoder
	size     int // of a block, unpacked
	block    []byte
	packed   []byte
	first    string // path of the block
	last     []byte
	unsorted bool
}

// blockSize is what a block has unpacked, about: one is read in half a millisecond.
const blockSize = 128 << 10

func newPathBuilder(to io.Writer) *pathBuilder {
	// Its options are right, so there is no error.
	z, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(blockSize), zstd.WithEncoderCRC(false))
	return &pathBuilder{indexBuilder: indexBuilder{to: to}, zstd: z, size: blockSize}
}

func (b *pathBuilder) addLine(line []byte) error {
	file, packages := cutContents(line)
	if len(file) == 0 || len(file) > maxNameSize || len(packages) > maxStanza/4 {
		return nil
	}
	if len(b.block) == 0 {
		b.first = string(file)
	}
	b.unsorted = b.unsorted || bytes.Compare(file, b.last) < 0
	b.last = append(b.last[:0], file...)
	b.block = append(append(append(append(b.block, file...), ' '), packages...), '\n')
	if len(b.block) < b.size {
		return nil
	}
	return b.flush()
}

func (b *pathBuilder) flush() error {
	b.packed = b.zstd.EncodeAll(b.block, b.packed[:0])
	b.block = b.block[:0]
	b.packages = append(b.packages, row{b.first, b.offset, uint32(len(b.packed)), checksum(b.packed)})
	n, err := b.to.Write(b.packed)
	b.offset += int64(n)
	return err
}

func (b *pathBuilder) finish() error {
	if len(b.block) > 0 {
		if err := b.flush(); err != nil {
			return err
		}
	}
	if b.unsorted {
		for i := range b.packages {
			b.packages[i].name = ""
		}
	}
	return b.indexBuilder.finish()
}

// around lists the blocks that may have paths that begin with one of the
// prefixes, in their order.
func (t table) around(prefixes []string) []int {
	wanted := make([]bool, t.len())
	for _, p := range prefixes {
		// The last block that begins before the prefix may go on with it.
		first := sort.Search(t.len(), func(i int) bool { return string(t.name(i)) >= p })
		for i := max(first-1, 0); i < t.len() && (i < first || bytes.HasPrefix(t.name(i), []byte(p))); i++ {
			wanted[i] = true
		}
	}
	all := len(prefixes) == 0 || t.len() > 0 && len(t.name(0)) == 0
	var blocks []int
	for i, w := range wanted {
		if w || all {
			blocks = append(blocks, i)
		}
	}
	return blocks
}

// FilesMatching calls fn for each file of the archive whose path matches, and
// each package that ships it, suite by suite in the order of the Contents, until
// fn returns false. Each path that matches begins with one of the prefixes; none
// means that nothing is known, and then all Contents are read, which takes a
// second. Match is called by several goroutines.
func (a *Archive) FilesMatching(ctx context.Context, prefixes []string, match func(path string) bool, fn func(Owner) bool) error {
	for _, s := range a.sites {
		for _, name := range a.contentsNames(s, paths) {
			x, err := a.openContents(ctx, s, name, paths)
			more := false
			if err == nil {
				more, err = x.matching(ctx, prefixes, match, fn)
			}
			if err != nil {
				return fmt.Errorf("cannot search the Contents of suite %s: %w", s.suite, err)
			}
			if !more {
				return nil
			}
		}
	}
	return nil
}

// matching searches one list, and tells whether fn wants more.
func (x *openedIndex) matching(ctx context.Context, prefixes []string, match func(path string) bool, fn func(Owner) bool) (bool, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(4*maxStanza))
	if err != nil {
		return false, err
	}
	defer z.Close()
	for batch := range slices.Chunk(x.packages.around(prefixes), 4*runtime.GOMAXPROCS(0)) {
		found := make([][]Owner, len(batch))
		err := pieces.Each(len(batch), func(i int) (err error) {
			found[i], err = x.matchingIn(z, batch[i], match)
			return err
		})
		if err != nil {
			return false, err
		}
		for _, o := range slices.Concat(found...) {
			if !fn(o) {
				return false, nil
			}
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
	}
	return true, nil
}

func (x *openedIndex) matchingIn(z *zstd.Decoder, block int, match func(path string) bool) ([]Owner, error) {
	packed, err := x.stanza(x.packages.row(block))
	if err != nil {
		return nil, err
	}
	data, err := z.DecodeAll(packed, make([]byte, 0, 2*blockSize))
	if err != nil {
		return nil, err
	}
	var found []Owner
	for line := range strings.Lines(string(data)) {
		i := strings.LastIndexByte(line, ' ')
		if i < 0 {
			return nil, errDamaged
		}
		if !match(line[:i]) {
			continue
		}
		for pkg := range ownersOf(strings.TrimSuffix(line[i+1:], "\n")) {
			found = append(found, Owner{strings.Clone(line[:i]), strings.Clone(pkg)})
		}
	}
	return found, nil
}
