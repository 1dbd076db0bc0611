package slicer

import (
	"bytes"
	"fmt"
)

// ReadBundledLock reads the lock of a bundle.
func ReadBundledLock(name string) (*Lock, error) {
	text, err := ReadBundled(name, BundledLock)
	if err != nil {
		return nil, err
	}
	l, err := ReadLock(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w (%s of bundle %s)", err, BundledLock, name)
	}
	return l, nil
}
