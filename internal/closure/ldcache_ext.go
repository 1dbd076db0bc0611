package closure

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// maxCacheString bounds the strings of a cache. Offsets may repeat, so a small
// file could ask for a long string a million times.
const maxCacheString = maxPath

// cacheString answers the string at an offset of the file, sharing its memory.
func cacheString(b string, at uint32) (string, error) {
	if uint64(at) >= uint64(len(b)) {
		return "", fmt.Errorf("offset %d lies outside %d bytes", at, len(b))
	}
	rest := b[at:]
	end := strings.IndexByte(rest[:min(len(rest), maxCacheString)], 0)
	if end < 0 {
		return "", fmt.Errorf("the string at %d does not end within %d bytes", at, maxCacheString)
	}
	return rest[:end], nil
}

// cacheCaps reads the names of glibc-hwcaps subdirectories from the extension
// directory, if there is one. Sections of other kinds are skipped.
func cacheCaps(b []byte) ([]string, error) {
	le := binary.LittleEndian
	at := uint64(le.Uint32(b[32:]))
	if at == 0 {
		return nil, nil
	}
	if at+8 > uint64(len(b)) {
		return nil, fmt.Errorf("extensions at %d lie outside %d bytes", at, len(b))
	}
	if magic := le.Uint32(b[at:]); magic != extensionMagic {
		return nil, fmt.Errorf("extensions at %d begin with %#x, want %#x", at, magic, uint32(extensionMagic))
	}
	count := uint64(le.Uint32(b[at+4:]))
	if count*16 > uint64(len(b))-at-8 {
		return nil, fmt.Errorf("%d extensions do not fit %d bytes", count, len(b))
	}
	for i := range count {
		section := b[at+8+16*i:]
		if le.Uint32(section) != extensionHWCap {
			continue
		}
		return capNames(b, uint64(le.Uint32(section[8:])), uint64(le.Uint32(section[12:])))
	}
	return nil, nil
}

func capNames(b []byte, at, size uint64) ([]string, error) {
	if at > uint64(len(b)) || size > uint64(len(b))-at {
		return nil, fmt.Errorf("%d bytes of hwcaps at %d lie outside %d bytes", size, at, len(b))
	}
	var names []string
	text := string(b)
	for table := b[at : at+size]; len(table) >= 4; table = table[4:] {
		name, err := cacheString(text, binary.LittleEndian.Uint32(table))
		if err != nil {
			return nil, fmt.Errorf("name of hwcap %d: %w", len(names), err)
		}
		names = append(names, name)
	}
	return names, nil
}
