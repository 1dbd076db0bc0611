package image

import (
	"cmp"
	"context"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
)

// dirFS indexes a directory, so that it is seen just as an image is: links stay inside it. Files are read where they
// stand, through root. What is mounted in it is no part of it: of /proc, /dev and volumes the directory alone is seen.
func dirFS(ctx context.Context, root *os.Root) (*FS, error) {
	d := &diskBodies{root: root}
	top := newDir(".", 0)
	nodes := map[string]*node{".": top}
	b := newBudget(-1)
	own, err := root.Stat(".")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if err := cmp.Or(ctx.Err(), b.file(len(name))); err != nil {
			return err
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
			if onOtherDevice(own, i) {
				nodes[path.Dir(name)].children[n.name] = n
				return fs.SkipDir
			}
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
	return &FS{ctx: ctx, root: top, store: d}, nil
}

// onOtherDevice tells whether a directory is on another file system than the root, as far as the system tells.
func onOtherDevice(root, dir fs.FileInfo) bool {
	a, ok := root.Sys().(*syscall.Stat_t)
	b, also := dir.Sys().(*syscall.Stat_t)
	return ok && also && a.Dev != b.Dev
}

// diskBodies gives the bytes of files of a directory; a node's offset is the index of its path.
type diskBodies struct {
	root  *os.Root
	paths []string
}

func (d *diskBodies) body(n *node) (io.ReaderAt, io.Closer, error) {
	f, err := d.root.OpenFile(d.paths[n.offset], os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	return f, f, nil
}
