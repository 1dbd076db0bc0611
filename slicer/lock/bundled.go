package lock

import (
	"bytes"
	"fmt"

	"whittle.dev/whittle/slicer/packages"
)

// ReadBundled reads the lock of a bundle.
func ReadBundled(name string) (*Lock, error) {
	text, err := packages.ReadBundled(name, packages.BundledLock)
	if err != nil {
		return nil, err
	}
	l, err := Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w (%s of bundle %s)", err, packages.BundledLock, name)
	}
	return l, nil
}
