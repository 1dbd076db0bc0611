package deb

import (
	"cmp"
	"fmt"
)

// Limits bounds what a package may make its reader do. All are absolute: a ratio
// of packed to unpacked size would refuse honest files of zeros and let large
// bombs pass. Sizes that a package announces are held against the limits before
// a byte is unpacked, and what is unpacked is counted as well.
//
// A field that is zero stands for its default.
type Limits struct {
	Members  int   // paths in the data archive, directories only implied included
	Unpacked int64 // bytes of the whole data archive, its headers included
	Member   int64 // bytes of one file
	Name     int   // bytes of a path or link target
	Control  int64 // bytes of the whole control archive
	Window   int64 // bytes of history a decompressor may keep in memory
}

// DefaultLimits returns limits that the packages of Debian keep: the largest of
// Debian 12 on amd64 states an Installed-Size of 5.4 GiB, and Linux takes no path
// of more than 4,096 bytes. The other bounds are round numbers above what is
// plausible, not measured ones.
func DefaultLimits() Limits {
	return Limits{
		Members:  400_000,
		Unpacked: 8 << 30,
		Member:   4 << 30,
		Name:     4096,
		Control:  64 << 20,
		Window:   64 << 20,
	}
}

func (l Limits) orDefaults() Limits {
	d := DefaultLimits()
	return Limits{
		Members:  cmp.Or(l.Members, d.Members),
		Unpacked: cmp.Or(l.Unpacked, d.Unpacked),
		Member:   cmp.Or(l.Member, d.Member),
		Name:     cmp.Or(l.Name, d.Name),
		Control:  cmp.Or(l.Control, d.Control),
		Window:   cmp.Or(l.Window, d.Window),
	}
}

// RefusedError says that a member of a package is not accepted for what it is,
// as opposed to one that cannot be read.
type RefusedError struct {
	Archive string // the part of the package: "data.tar.xz", "control.tar.gz"
	Member  string // the member's name, as it is written there
	Reason  string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("cannot accept member %q of %s: %s", excerpt(e.Member), e.Archive, e.Reason)
}
