package java

import (
	"encoding/binary"
	"errors"
	"slices"
)

// class is what a compiled class says in its constant pool (Java Virtual Machine Specification, 4.4).
type class struct {
	Name    string   // "com/example/Main"
	Level   int      // the oldest version of Java that runs it: 17
	Classes []string // that it refers to, in the same form; of arrays the descriptors
	Strings []string // string literals
	// Names are all other texts: names of methods and fields, descriptors.
	Names []string
	Main  bool // it has a method that a virtual machine starts
}

var errNoClass = errors.New("it is no compiled class")

// The tags of the constant pool.
const (
	tagUTF8   = 1
	tagLong   = 5
	tagDouble = 6
	tagClass  = 7
	tagString = 8
	tagRef    = 9 // and above: references to fields, methods, …
)

// sizes are the bytes of a constant behind its tag, less texts.
var sizes = map[byte]int{3: 4, 4: 4, tagLong: 8, tagDouble: 8, tagClass: 2, tagString: 2, tagRef: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}

// readClass reads a class file.
func readClass(data []byte) (class, error) {
	r := reader{data: data}
	if r.u4() != 0xcafebabe {
		return class{}, errNoClass
	}
	r.skip(2)                 // the minor version of its format
	level := int(r.u2()) - 44 // 52 is Java 8
	texts, classes, strings := r.constants()
	r.skip(2) // access
	this := classes[r.u2()]
	r.skip(2) // its parent
	r.skip(2 * int(r.u2()))
	if r.bad {
		return class{}, errNoClass
	}
	c := class{Name: texts[this], Level: level}
	other := map[uint16]bool{}
	for i := range texts {
		other[i] = true
	}
	for _, at := range classes {
		c.Classes, other[at] = append(c.Classes, texts[at]), false
	}
	for _, at := range strings {
		c.Strings, other[at] = append(c.Strings, texts[at]), false
	}
	for at, is := range other {
		if is {
			c.Names = append(c.Names, texts[at])
		}
	}
	for _, list := range []*[]string{&c.Classes, &c.Strings, &c.Names} {
		slices.Sort(*list)
		*list = slices.Compact(*list) // one text may stand for thousands of constants
	}
	r.members(texts) // fields
	c.Main = r.members(texts)
	return c, nil
}

// reader reads big-endian numbers; what lies behind the end is zero, and bad.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.data) {
		r.bad, r.data = true, nil
		return make([]byte, min(n, 8))
	}
	taken := r.data[:n]
	r.data = r.data[n:]
	return taken
}

func (r *reader) skip(n int)   { r.take(n) }
func (r *reader) u2() uint16   { return binary.BigEndian.Uint16(r.take(2)) }
func (r *reader) u4() uint32   { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) text() string { return string(r.take(int(r.u2()))) }

// constants reads the constant pool: texts by index, and the indexes of the texts of classes and of string literals.
func (r *reader) constants() (texts map[uint16]string, classes, strings map[uint16]uint16) {
	texts, classes, strings = map[uint16]string{}, map[uint16]uint16{}, map[uint16]uint16{}
	count := r.u2()
	for i := uint16(1); i < count && !r.bad; i++ {
		tag := r.take(1)[0]
		switch tag {
		case tagUTF8:
			texts[i] = r.text()
		case tagClass:
			classes[i] = r.u2()
		case tagString:
			strings[i] = r.u2()
		default:
			size, known := sizes[tag]
			r.bad = r.bad || !known
			r.skip(size)
		}
		if tag == tagLong || tag == tagDouble {
			i++ // they count twice
		}
	}
	return texts, classes, strings
}

// members passes over fields or methods, and tells whether one is public static void main(String[]).
func (r *reader) members(texts map[uint16]string) (main bool) {
	const publicStatic = 0x0001 | 0x0008
	for n := r.u2(); n > 0 && !r.bad; n-- {
		access, name, descriptor := r.u2(), texts[r.u2()], texts[r.u2()]
		main = main || access&publicStatic == publicStatic && name == "main" && descriptor == "([Ljava/lang/String;)V"
		for a := r.u2(); a > 0 && !r.bad; a-- {
			r.skip(2)
			r.skip(int(r.u4()))
		}
	}
	return main && !r.bad
}
