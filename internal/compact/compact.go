// Package compact turns values into bytes and back for the caches of one build of whittle: nothing in the bytes tells
// what they mean, so they are read by the very types that wrote them, and kept under a key that says so.
//
// It exists for its reader. The texts of a value are parts of one string, nothing is copied and no name is looked up: a
// manifest of 7,000 files is read in a tenth of the time that JSON takes.
package compact

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"reflect"
)

// ErrDamaged means that bytes are not as Marshal made them.
var ErrDamaged = errors.New("the record is damaged")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Marshal encodes a value made of structs with exported fields, slices, pointers, strings, booleans and integers; others
// are a mistake of the caller, and panic. Numbers are varints, a text is its length and its bytes, a slice 0 for nil, else
// its length and one and its items, a pointer whether there is something and that; then the CRC-32C of everything, 4 bytes.
func Marshal(v any) []byte {
	w := writer{make([]byte, 0, 4096)}
	w.value(reflect.ValueOf(v))
	return binary.LittleEndian.AppendUint32(w.data, crc32.Checksum(w.data, castagnoli))
}

type writer struct{ data []byte }

func (w *writer) number(n uint64) { w.data = binary.AppendUvarint(w.data, n) }

func (w *writer) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				panic("compact: " + v.Type().String() + " has fields that are not exported")
			}
			w.value(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() {
			w.number(0)
			return
		}
		w.number(uint64(v.Len()) + 1)
		if v.Type().Elem().Kind() == reflect.Uint8 {
			w.data = append(w.data, v.Bytes()...)
			return
		}
		for i := range v.Len() {
			w.value(v.Index(i))
		}
	case reflect.Pointer:
		if v.IsNil() {
			w.number(0)
			return
		}
		w.number(1)
		w.value(v.Elem())
	case reflect.String:
		w.number(uint64(v.Len()))
		w.data = append(w.data, v.String()...)
	case reflect.Bool:
		w.number(0)
		if v.Bool() {
			w.data[len(w.data)-1] = 1
		}
	case reflect.Int, reflect.Int64:
		w.data = binary.AppendVarint(w.data, v.Int())
	case reflect.Uint8, reflect.Uint64:
		w.number(v.Uint())
	default:
		panic("compact: cannot encode a " + v.Kind().String())
	}
}

// Unmarshal fills the value that v points to, which is of the type that Marshal was given, and zero. The error wraps
// ErrDamaged; the value is of no use then.
func Unmarshal(data []byte, v any) error {
	if len(data) < crc32.Size {
		return fmt.Errorf("%w: it has %d bytes", ErrDamaged, len(data))
	}
	body := data[:len(data)-crc32.Size]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[len(body):]) {
		return fmt.Errorf("%w: its checksum is another", ErrDamaged)
	}
	r := reader{data: body, text: string(body)}
	r.value(reflect.ValueOf(v).Elem())
	if r.failed || r.at != len(body) {
		return fmt.Errorf("%w at byte %d", ErrDamaged, r.at)
	}
	return nil
}

// reader reads values. After a failure everything it reads is zero.
type reader struct {
	data   []byte
	text   string // the same
	at     int
	failed bool
}

func (r *reader) fail() { r.failed, r.at = true, len(r.data) }

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.data[r.at:])
	if size <= 0 {
		r.fail()
		return 0
	}
	r.at += size
	return n
}

func (r *reader) signed() int64 {
	n, size := binary.Varint(r.data[r.at:])
	if size <= 0 {
		r.fail()
		return 0
	}
	r.at += size
	return n
}

// length reads the length of a text, or that of a slice and one more. Items have at least a byte each but for empty structs,
// which nobody lists.
func (r *reader) length(more uint64) int {
	n := r.number()
	if n > uint64(len(r.data)-r.at)+more {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			r.value(v.Field(i))
		}
	case reflect.Slice:
		r.slice(v)
	case reflect.Pointer:
		if r.number() == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			r.value(v.Elem())
		}
	case reflect.String:
		n := r.length(0)
		v.SetString(r.text[r.at : r.at+n])
		r.at += n
	case reflect.Bool:
		v.SetBool(r.number() == 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(r.signed())
	case reflect.Uint8:
		n := r.number()
		if n > math.MaxUint8 {
			r.fail()
			return
		}
		v.SetUint(n)
	case reflect.Uint64:
		v.SetUint(r.number())
	default:
		panic("compact: cannot decode a " + v.Kind().String())
	}
}

func (r *reader) slice(v reflect.Value) {
	n := r.length(1)
	if n == 0 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n-1, n-1))
	if v.Type().Elem().Kind() == reflect.Uint8 {
		r.at += copy(v.Bytes(), r.data[r.at:])
		return
	}
	for i := range n - 1 {
		r.value(v.Index(i))
	}
}
