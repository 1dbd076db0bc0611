package deb

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Of the .xz file format, version 1.2.1, sections 2.1.1 and 3.1.
const (
	xzStreamHeader    = 12   // bytes
	xzLargestHeader   = 1024 // of a block, in bytes
	xzHasPackedSize   = 0x40 // flags of a block
	xzHasUnpackedSize = 0x80
	xzFilterLZMA2     = 0x21
)

// lowerWindow returns a stream of xz whose first block asks for no larger a window than it unpacks to, where its header says how much
// that is. `xz -6` asks for 8 MB, and a control archive unpacks to 10 kB. A block never refers to what is before it, so its content
// stays the same, and a decoder refuses a block that unpacks to more than its header says. A stream that cannot be understood is
// returned as it is: the decoder says what is wrong.
func lowerWindow(from *bufio.Reader) io.Reader {
	start, _ := from.Peek(xzStreamHeader + 1) // what cannot be read is the decoder's to find
	if len(start) <= xzStreamHeader {
		return from
	}
	start, _ = from.Peek(xzStreamHeader + (int(start[xzStreamHeader])+1)*4)
	changed := bytes.Clone(start)
	if !lowerBlock(changed[xzStreamHeader:]) {
		return from
	}
	_, _ = from.Discard(len(start)) // it was peeked at
	return io.MultiReader(bytes.NewReader(changed), from)
}

// lowerBlock lowers the window in the header of a block. It tells whether there was something to lower.
func lowerBlock(header []byte) bool {
	body := len(header) - crc32.Size
	if len(header) > xzLargestHeader || body < 2 || len(header) != (int(header[0])+1)*4 || crc32.ChecksumIEEE(header[:body]) != binary.LittleEndian.Uint32(header[body:]) {
		return false
	}
	flags, at := header[1], 2
	number := func() uint64 {
		n, size := binary.Uvarint(header[at:body])
		if size <= 0 {
			size = body - at // what follows is not there
		}
		at += size
		return n
	}
	if flags&xzHasUnpackedSize == 0 {
		return false
	}
	if flags&xzHasPackedSize != 0 {
		number()
	}
	unpacked := number()
	for range int(flags&3) + 1 {
		filter, size := number(), number()
		if filter == xzFilterLZMA2 && size == 1 && at < body {
			return lowerDictionary(&header[at], unpacked) && seal(header, body)
		}
		if size > uint64(body-at) {
			return false
		}
		at += int(size)
	}
	return false
}

// lowerDictionary lowers the size of LZMA2's dictionary, which is 2 or 3 times a power of two, to the smallest that holds a number of bytes.
func lowerDictionary(size *byte, unpacked uint64) bool {
	for smaller := range *size {
		if uint64(2|smaller&1)<<(smaller/2+11) >= unpacked {
			*size = smaller
			return true
		}
	}
	return false
}

// seal gives a header its checksum anew.
func seal(header []byte, body int) bool {
	binary.LittleEndian.PutUint32(header[body:], crc32.ChecksumIEEE(header[:body]))
	return true
}
