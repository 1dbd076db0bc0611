package slicer

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"slices"
	"sync/atomic"

	"whittle.dev/whittle/internal/pieces"
)

// maxSummed bounds how much of an app is summed up, in bytes: to read more, such as the 100 MB of Node.js, takes longer than to decide
// anew what a selection and a proof decide from the tables of its ELF files.
const maxSummed = 64 << 20

// SumObjects fills in the digests of files, by which it is known that nothing has changed; none of a file that cannot be read, and none
// at all of files that are larger together than is worth it.
func SumObjects(objects []Object) []Object {
	all := slices.Clone(objects)
	left := atomic.Int64{}
	left.Store(maxSummed)
	pieces.All(len(all), func(i int) { all[i].SHA256 = sumObject(all[i], &left) })
	if left.Load() < 0 {
		return objects
	}
	return all
}

// sumObject is the digest of a file, unless it has more bytes than are left. Files that tell their size are not read for that.
func sumObject(o Object, left *atomic.Int64) string {
	r, err := o.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	if f, ok := r.(fs.File); ok {
		if info, err := f.Stat(); err == nil && info.Size() > left.Load() {
			left.Add(-info.Size())
			return ""
		}
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(r, max(0, left.Load())+1))
	if left.Add(-n) < 0 || err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
