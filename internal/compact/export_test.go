package compact

import (
	"encoding/binary"
	"hash/crc32"
)

// Seal makes a record of any bytes.
func Seal(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(append([]byte{}, body...), crc32.Checksum(body, castagnoli))
}
