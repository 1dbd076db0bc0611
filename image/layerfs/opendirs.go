package layerfs

import (
	"container/list"
	"errors"
	"os"
	"sync"
)

// maxOpenDirs is how many directories stay open at once, but for those that are in use.
const maxOpenDirs = 64

// openDirs keeps the directories open that were used last, so that files which are read one after the other cost no walk from
// the root each. Every directory is opened in the one above it, by an [os.Root]: one that was swapped for a link meanwhile leads
// to nothing outside of the directory above it.
type openDirs struct {
	root *os.Root // of the node that is above no other

	mu   sync.Mutex
	open map[*node]*heldDir
	used list.List // of all that are open, the last one used first
}

type heldDir struct {
	node  *node
	root  *os.Root
	users int
	place *list.Element
}

// use calls f with the directory of a node, which is open until f returns.
func (d *openDirs) use(n *node, f func(*os.Root) error) error {
	if n.above == nil {
		return f(d.root)
	}
	o := d.find(n)
	if o == nil {
		err := d.use(n.above, func(above *os.Root) error {
			// The system refuses "x/." where x is no directory any more, and does not wait for the other end of a pipe.
			root, err := above.OpenRoot(n.name + "/.")
			if err == nil {
				o = d.add(n, root)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	defer d.leave(o)
	return f(o.root)
}

// find returns a directory that is open, which the caller must leave; nil for none.
func (d *openDirs) find(n *node) *heldDir {
	d.mu.Lock()
	defer d.mu.Unlock()
	o := d.open[n]
	if o != nil {
		d.take(o)
	}
	return o
}

func (d *openDirs) take(o *heldDir) {
	o.users++
	d.used.MoveToFront(o.place)
}

// add keeps a directory, which the caller must leave, and closes the one that was used longest ago where there are too many.
func (d *openDirs) add(n *node, root *os.Root) *heldDir {
	d.mu.Lock()
	defer d.mu.Unlock()
	if o := d.open[n]; o != nil { // somebody else was faster
		d.take(o)
		_ = root.Close() // it was only read
		return o
	}
	o := &heldDir{node: n, root: root, users: 1}
	o.place = d.used.PushFront(o)
	d.open[n] = o
	d.closeOldest()
	return o
}

func (d *openDirs) closeOldest() {
	for e := d.used.Back(); len(d.open) > maxOpenDirs && e != nil; e = e.Prev() {
		if o := e.Value.(*heldDir); o.users == 0 {
			d.used.Remove(e)
			delete(d.open, o.node)
			_ = o.root.Close() // it was only read
			return
		}
	}
}

func (d *openDirs) leave(o *heldDir) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o.users--
}

// Close closes all directories but the root. Nobody may use one any more.
func (d *openDirs) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, o := range d.open {
		errs = append(errs, o.root.Close())
	}
	clear(d.open)
	d.used.Init()
	return errors.Join(errs...)
}
