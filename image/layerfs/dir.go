package layerfs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// OfDir indexes a directory, so that it is seen just as an image is: links stay inside it. Files are read where they
// stand, through root. What is mounted in it is no part of it: of /proc, /dev and volumes the directory alone is seen. The closer closes
// what is open of it but root.
func OfDir(ctx context.Context, root *os.Root) (*FS, io.Closer, error) {
	own, err := root.Stat(".")
	if err != nil {
		return nil, nil, err
	}
	top := newDir(".", 0)
	bodies := &diskBodies{openDirs{root: root, open: map[*node]*heldDir{}}}
	x := &dirIndex{own: own, dirs: &bodies.dirs, budget: newBudget(-1)}
	x.group, x.ctx = errgroup.WithContext(ctx)
	x.group.SetLimit(runtime.GOMAXPROCS(0))
	x.group.Go(func() error { return x.list(top) })
	if err := x.group.Wait(); err != nil {
		return nil, nil, errors.Join(err, bodies.Close())
	}
	return &FS{ctx: ctx, root: top, store: bodies, memory: x.budget.memory}, bodies, nil
}

// dirIndex makes the nodes of a directory's files, several directories at a time.
type dirIndex struct {
	ctx   context.Context
	own   fs.FileInfo // of the directory itself
	dirs  *openDirs
	group *errgroup.Group

	mu     sync.Mutex
	budget budget
}

// list makes the nodes of what is in a directory, and of what is below it.
func (x *dirIndex) list(dir *node) error {
	var below []*node
	err := x.dirs.use(dir, func(root *os.Root) error {
		entries, err := fs.ReadDir(root.FS(), ".")
		if err == nil {
			err = x.pay(entries)
		}
		for _, e := range entries {
			if err != nil {
				return err
			}
			var info fs.FileInfo
			if info, err = e.Info(); err != nil {
				return err
			}
			n := &node{name: e.Name(), mode: info.Mode(), size: info.Size(), above: dir}
			dir.children[n.name] = n
			switch {
			case n.isDir():
				n.children = map[string]*node{}
				if !onOtherDevice(x.own, info) {
					below = append(below, n)
				}
			case n.isLink():
				n.size = 0
				n.link, err = root.Readlink(n.name)
			}
		}
		return err
	})
	for _, n := range below {
		if err == nil && !x.group.TryGo(func() error { return x.list(n) }) {
			err = x.list(n)
		}
	}
	return err
}

// pay takes the memory of a directory's files into account.
func (x *dirIndex) pay(entries []fs.DirEntry) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range entries {
		if err := x.budget.file(len(e.Name())); err != nil {
			return err
		}
	}
	return x.ctx.Err()
}

// onOtherDevice tells whether a directory is on another file system than the root, as far as the system tells.
func onOtherDevice(root, dir fs.FileInfo) bool {
	a, ok := root.Sys().(*syscall.Stat_t)
	b, also := dir.Sys().(*syscall.Stat_t)
	return ok && also && a.Dev != b.Dev
}

// diskBodies gives the bytes of files of a directory.
type diskBodies struct{ dirs openDirs }

func (d *diskBodies) body(n *node) (r io.ReaderAt, c io.Closer, err error) {
	err = d.dirs.use(n.above, func(dir *os.Root) error {
		f, err := dir.OpenFile(n.name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		r, c = f, f
		return err
	})
	return r, c, err
}

// Close closes the directories that are open to read files.
func (d *diskBodies) Close() error { return d.dirs.Close() }
