package deb

import (
	"archive/tar"
	"fmt"
	"strings"
)

// tree is what a data archive has put where so far: the type of each path. A
// directory that only a deeper path implies is there too, so that each parent of
// a path in it is in it.
type tree struct {
	kinds map[string]byte
	links map[string]string // targets of the symbolic links
	limit int
}

// add puts path with its type into the tree, or says why it cannot be there.
func (t tree) add(path string, kind byte) error {
	if err := t.addParents(path); err != nil {
		return err
	}
	had, twice := t.kinds[path]
	switch {
	case !twice:
		return t.set(path, kind)
	case had == tar.TypeDir && kind == tar.TypeDir:
		return nil
	case had == tar.TypeDir:
		return fmt.Errorf("there is a directory at that path already")
	case kind == tar.TypeDir:
		return fmt.Errorf("it is a directory, but there is a %s at that path already", kindName(had))
	default:
		return fmt.Errorf("it occurs twice")
	}
}

// addParents goes up from path to the first directory that is known.
func (t tree) addParents(path string) error {
	for {
		slash := strings.LastIndexByte(path, '/')
		if slash < 0 {
			return nil
		}
		path = path[:slash]
		kind, known := t.kinds[path]
		if known && kind == tar.TypeDir {
			return nil
		}
		if known {
			return fmt.Errorf("it is below %q, which is a %s", excerpt(path), kindName(kind))
		}
		if err := t.set(path, tar.TypeDir); err != nil {
			return err
		}
	}
}

func (t tree) set(path string, kind byte) error {
	if len(t.kinds) >= t.limit {
		return fmt.Errorf("there are more than %d paths", t.limit)
	}
	t.kinds[path] = kind
	return nil
}

// checkHardLink says why a hard link cannot lead to the clean path target.
func (t tree) checkHardLink(target string) error {
	kind, known := t.kinds[target]
	if !known {
		return fmt.Errorf("it is a hard link to %q, which does not come before it", excerpt(target))
	}
	if kind != tar.TypeReg && kind != tar.TypeLink {
		return fmt.Errorf("it is a hard link to %q, which is a %s", excerpt(target), kindName(kind))
	}
	return nil
}

func kindName(kind byte) string {
	switch kind {
	case tar.TypeReg, '\x00':
		return "file"
	case tar.TypeDir:
		return "directory"
	case tar.TypeSymlink:
		return "symbolic link"
	case tar.TypeLink:
		return "hard link"
	case tar.TypeChar:
		return "character device"
	case tar.TypeBlock:
		return "block device"
	case tar.TypeFifo:
		return "named pipe"
	case tar.TypeGNUSparse:
		return "sparse file"
	default:
		return fmt.Sprintf("member of unknown type %q", kind)
	}
}
