// Package document bounds what a JSON text costs that somebody else wrote. Its bytes alone are no bound: three of them, "{},",
// make a value of some hundred.
package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Texts of whittle's own have an object or list for some hundred bytes, and a value for more than ten.
const (
	freeObjects, bytesPerObject = 10_000, 24
	freeValues, bytesPerValue   = 100_000, 6
)

// NewDecoder returns a decoder of a text that has at most max bytes, and no more objects, lists and values than such a text
// can have that says something. Beyond that decoding ends with an error that says so.
func NewDecoder(r io.Reader, max int64) *json.Decoder {
	return json.NewDecoder(&reader{from: r, max: max})
}

// Decode decodes a text that has at most max bytes into a value, of which schema is the field that names the text's form. A form other
// than the known one is an error.
func Decode(r io.Reader, max int64, v any, schema *string, known string) error {
	if err := NewDecoder(r, max).Decode(v); err != nil {
		return err
	}
	if *schema != known {
		return fmt.Errorf("its schema is %q, this whittle knows %q", *schema, known)
	}
	return nil
}

type reader struct {
	from            io.Reader
	max, n          int64
	objects, commas int64
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.n += int64(n)
	r.objects += int64(bytes.Count(p[:n], []byte("{")) + bytes.Count(p[:n], []byte("[")))
	r.commas += int64(bytes.Count(p[:n], []byte(",")))
	switch {
	case r.n > r.max:
		return 0, fmt.Errorf("it has more than %d MB", r.max>>20)
	case r.objects > freeObjects+r.n/bytesPerObject, r.commas > freeValues+r.n/bytesPerValue:
		return 0, fmt.Errorf("it has more objects and values than its size gives reason for (%d and %d in %d bytes)", r.objects, r.commas, r.n)
	}
	return n, err
}
