// Package compiled writes the caches that Debian's triggers and maintainer scripts compile from the files of several
// packages: GLib's schemas, the shared MIME database, the lists of GIO modules and image loaders, and their like. It
// knows bytes only, and runs nothing, so a cache is the same for every architecture and wherever it is made.
package compiled

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// File is one of the files that a cache is made from.
type File struct {
	Name string // its base name
	Data []byte
}

// Ignored is something that the cache does not have because it could not be read, as the real tools leave it out too.
type Ignored struct {
	Name string // of the file
	Err  error
}

// decodeXML reads a document into v. Its encoding must be UTF-8.
func decodeXML(f File, v any) error {
	d := xml.NewDecoder(strings.NewReader(string(f.Data)))
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("cannot read %s: %w", f.Name, err)
	}
	return nil
}
