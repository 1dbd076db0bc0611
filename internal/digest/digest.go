// Package digest makes the two digests that records of packages have of a file.
package digest

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
)

// Of returns the SHA-256 and the MD5 of data in hexadecimal. MD5 is what dpkg's records hold; nothing is trusted
// for it.
func Of(data []byte) (sha, md string) {
	sha, md, _ = Read(bytes.NewReader(data)) // a bytes.Reader does not fail
	return sha, md
}

// Read returns the digests of what a reader holds, as Of does.
func Read(r io.Reader) (sha, md string, err error) {
	s, m := sha256.New(), md5.New()
	_, err = io.Copy(io.MultiWriter(s, m), r)
	return hex.EncodeToString(s.Sum(nil)), hex.EncodeToString(m.Sum(nil)), err
}

// OfJSON is the SHA-256, in hexadecimal, of a value as JSON: a key of what follows from it.
func OfJSON(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
