package image

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// dirFS indexes a directory, so that it is seen just as an image is: links stay inside it. Files are read where they
// stand, through root.
func dirFS(root *os.Root) (*FS, error) {
	d := &diskBodies{root: root}
	top := newDir(".", 0)
	nodes := map[string]*node{".": top}
	count := 0
	err := fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if count++; count > maxEntries {
			return fmt.Errorf("it has more than %d entries", maxEntries)
		}
		i, err := e.Info()
		if err != nil {
			return err
		}
		n := &node{name: path.Base(name), mode: i.Mode(), size: i.Size(), offset: int64(len(d.paths))}
		switch {
		case i.IsDir():
			n.children = map[string]*node{}
			nodes[name] = n
		case n.isLink():
			n.size = 0
			if n.link, err = root.Readlink(name); err != nil {
				return err
			}
		default:
			d.paths = append(d.paths, name)
		}
		nodes[path.Dir(name)].children[n.name] = n
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &FS{root: top, store: d}, nil
}

// diskBodies gives the bytes of files of a directory; a node's offset is the index of its path.
type diskBodies struct {
	root  *os.Root
	paths []string
}

func (d *diskBodies) body(n *node) (io.ReaderAt, io.Closer, error) {
	f, err := d.root.Open(d.paths[n.offset])
	if err != nil {
		return nil, nil, err
	}
	return f, f, nil
}
