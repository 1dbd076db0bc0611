// Package document bounds what a JSON, TOML or YAML text costs that somebody else wrote. Its bytes alone are no bound: three of them, "{},",
// make a value of some hundred.
package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// Texts of whittle's own have an object or list for some hundred bytes, and a value for more than ten.
const (
	freeObjects, bytesPerObject = 10_000, 24
	freeValues, bytesPerValue   = 100_000, 6
)

// NewDecoder returns a decoder of a text that has at most max bytes, and no more objects, lists and values than such a text
// can have that says something. Beyond that decoding ends with an error that says so.
func NewDecoder(r io.Reader, max int64) *json.Decoder {
	return json.NewDecoder(&reader{from: r, max: max, memory: math.MaxInt64})
}

// Decode decodes a text that has at most max bytes into a value, of which schema is the field that names the text's form. A form other
// than the known one is an error.
func Decode(r io.Reader, max int64, v any, schema *string, known string) error {
	_, err := DecodeWithin(r, max, math.MaxInt64, v, schema, known)
	return err
}

// DecodeWithin is Decode of a text that may take so many bytes of memory, and tells how many it takes, about.
func DecodeWithin(r io.Reader, max, memory int64, v any, schema *string, known string) (int64, error) {
	counted := &reader{from: r, max: max, memory: memory}
	if err := json.NewDecoder(counted).Decode(v); err != nil {
		return 0, err
	}
	if *schema != known {
		return 0, fmt.Errorf("its schema is %q, this whittle knows %q", *schema, known)
	}
	return counted.cost(), nil
}

// JSON decodes a JSON text that somebody else wrote. Its errors are the library's, but for one with more in it than its size gives
// reason for.
func JSON(text []byte, v any) error {
	if err := Check(text); err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// Check is the error that decoding a text would end with for what it costs.
func Check(text []byte) error {
	r := reader{max: int64(len(text)), memory: math.MaxInt64}
	return r.count(text)
}

type reader struct {
	from            io.Reader
	max, n          int64
	memory          int64
	objects, commas int64
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if err := r.count(p[:n]); err != nil {
		return 0, err
	}
	return n, err
}

func (r *reader) count(p []byte) error {
	r.n += int64(len(p))
	r.objects += int64(bytes.Count(p, []byte("{")) + bytes.Count(p, []byte("[")))
	r.commas += int64(bytes.Count(p, []byte(",")))
	switch {
	case r.n > r.max:
		return fmt.Errorf("it has more than %d MB", r.max>>20)
	case r.objects > freeObjects+r.n/bytesPerObject, r.commas > freeValues+r.n/bytesPerValue:
		return fmt.Errorf("it has more objects and values than its size gives reason for (%d and %d in %d bytes)", r.objects, r.commas, r.n)
	case r.cost() > r.memory:
		return fmt.Errorf("its %d objects take more than the %d MB of memory that are left for it", r.objects, r.memory>>20)
	}
	return nil
}

// objectCost is what an object takes while the list that it is in grows, in bytes beside its text.
const objectCost = 800

func (r *reader) cost() int64 { return r.n + objectCost*r.objects }
