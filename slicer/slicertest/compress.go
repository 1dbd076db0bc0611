package slicertest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/crc64"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Compress returns data as a stream of kind "xz", "zst" or "gz", or as it is if
// kind is "".
func Compress(kind string, data []byte) []byte {
	switch kind {
	case "":
		return data
	case "xz":
		return xz(data)
	case "zst":
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		must(err)
		return w.EncodeAll(data, nil)
	case "gz":
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, err := w.Write(data)
		must(err)
		must(w.Close())
		return out.Bytes()
	default:
		panic(fmt.Sprintf("slicertest: unknown compression %q", kind))
	}
}

// xz returns data as an .xz file (format 1.2.0) of one block whose LZMA2 chunks
// are all uncompressed. That is legal and a page long, whereas an encoder that
// compresses is a library, and there is no maintained one in Go.
func xz(data []byte) []byte {
	le := binary.LittleEndian
	flags := []byte{0, 4} // the check is CRC64
	out := append([]byte("\xfd7zXZ\x00"), flags...)
	out = le.AppendUint32(out, crc32.ChecksumIEEE(flags))

	// One filter, LZMA2 (0x21), with one byte of properties: a dictionary of 64 KiB.
	header := []byte{2, 0, 0x21, 1, 8, 0, 0, 0}
	start := len(out)
	out = append(out, header...)
	out = le.AppendUint32(out, crc32.ChecksumIEEE(header))
	out = appendChunks(out, data)
	unpadded := len(out) - start + crc64.Size
	out = pad4(out)
	out = le.AppendUint64(out, crc64.Checksum(data, crc64.MakeTable(crc64.ECMA)))

	index := []byte{0, 1}
	if len(data) == 0 {
		index = []byte{0, 0}
		out = out[:start]
	} else {
		index = binary.AppendUvarint(index, uint64(unpadded))
		index = binary.AppendUvarint(index, uint64(len(data)))
	}
	index = pad4(index)
	index = le.AppendUint32(index, crc32.ChecksumIEEE(index))
	out = append(out, index...)

	footer := append(le.AppendUint32(nil, uint32(len(index)/4-1)), flags...)
	out = le.AppendUint32(out, crc32.ChecksumIEEE(footer))
	out = append(out, footer...)
	return append(out, "YZ"...)
}

// appendChunks appends data as uncompressed LZMA2 chunks: a control byte (1
// resets the dictionary), the size less one, the bytes; 0 ends them.
func appendChunks(out, data []byte) []byte {
	const most = 1 << 16
	control := byte(1)
	for len(data) > 0 {
		n := min(len(data), most)
		out = append(out, control)
		out = binary.BigEndian.AppendUint16(out, uint16(n-1))
		out = append(out, data[:n]...)
		data = data[n:]
		control = 2
	}
	return append(out, 0)
}

func pad4(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
