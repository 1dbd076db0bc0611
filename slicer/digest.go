package slicer

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// digests returns the SHA-256 and the MD5 of data in hexadecimal. MD5 is what dpkg's records hold; nothing is trusted
// for it.
func digests(data []byte) (sha, md string) {
	sha, md, _ = digestsOf(bytes.NewReader(data)) // a bytes.Reader does not fail
	return sha, md
}

func digestsOf(r io.Reader) (sha, md string, err error) {
	s, m := sha256.New(), md5.New()
	_, err = io.Copy(io.MultiWriter(s, m), r)
	return hex.EncodeToString(s.Sum(nil)), hex.EncodeToString(m.Sum(nil)), err
}
