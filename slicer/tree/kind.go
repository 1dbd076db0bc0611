package tree

import (
	"fmt"
)

// Kind is what an entry of a tree is. In JSON it is "file", "dir" or "link".
type Kind byte

// The kinds of entries.
const (
	File Kind = iota
	Directory
	Symlink
)

var kindNames = [...]string{"file", "dir", "link"}

// String names the kind as manifests do.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", byte(k))
	}
	return kindNames[k]
}

// MarshalText implements encoding.TextMarshaler.
func (k Kind) MarshalText() ([]byte, error) {
	if int(k) >= len(kindNames) {
		return nil, fmt.Errorf("cannot write an entry of %s", k)
	}
	return []byte(kindNames[k]), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames {
		if name == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("cannot read an entry of kind %q: whittle knows file, dir and link", text)
}
