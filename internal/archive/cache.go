package archive

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"whittle.dev/whittle/internal/owned"
)

// The folders of a cache. Files are named by what they hold, so a file never
// changes once it has its name, and processes that share a cache cannot
// disagree about one. Only releaseDir is named by address: it remembers the
// newest Release that was seen there.
const (
	blobDir    = "sha256"  // sha256/ab/<digest>: files as the archive has them
	indexDir   = "index"   // compact indexes, by the digest of what they were made from
	releaseDir = "release" // the last Release file of each suite
	tempDir    = "tmp"     // files being written, locked by their writer
)

// A cache is a folder of verified files. All writes go through an os.Root, and
// a file gets its name only when it is complete. What is kept by name is believed,
// so the folder is this user's or root's and nobody else may write to it,
// whatever the umask.
type cache struct {
	dir  string
	root *os.Root

	mu       sync.Mutex
	verified map[string]bool // blobs whose digest this process has checked

	written atomic.Int64 // bytes
}

func openCache(dir string) (*cache, error) {
	if dir == "" {
		return nil, errors.New("cannot open the cache: no directory was given")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the cache: %w", err)
	}
	// A read-only cache is fine as long as nothing is missing in it.
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot create the cache: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the cache: %w", err)
	}
	c := &cache{dir: dir, root: root, verified: map[string]bool{}}
	for _, name := range []string{".", blobDir, indexDir, releaseDir, tempDir} {
		if err := c.check(name); err != nil {
			return nil, errors.Join(err, root.Close())
		}
	}
	return c, nil
}

// check holds that nobody else may write to a directory of the cache.
func (c *cache) check(name string) error {
	if err := owned.CheckIn(c.root, name); err != nil {
		return fmt.Errorf("cannot use the cache %s: %w", path.Join(c.dir, name), err)
	}
	return nil
}

// maxKept bounds what is read of a file that was kept by name: a Release and its signature, as JSON has them.
const maxKept = 4 * maxRelease

// readFile reads a small file that was written by writeFile. One that others may write to is as good as none.
func (c *cache) readFile(name string) ([]byte, error) {
	f, err := c.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if owned.Check(info) != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s can be changed by others: %w", path.Join(c.dir, name), fs.ErrNotExist)
	}
	return io.ReadAll(io.LimitReader(f, maxKept))
}

// close makes later use of the cache fail. Files that are open stay open.
func (c *cache) close() error { return c.root.Close() }

func blobName(digest string) string { return path.Join(blobDir, digest[:2], digest) }

// path returns where a cached file is, for readers outside this package.
func (c *cache) path(name string) string { return filepath.Join(c.dir, filepath.FromSlash(name)) }

// touch marks a file as used just now, for Prune. On a read-only cache it
// cannot, and need not.
func (c *cache) touch(name string, now time.Time) { _ = c.root.Chtimes(name, now, now) }

// openBlob opens a blob that is there and whole; nil if it is not. Its digest is
// checked at the first use in a process; a blob that fails is removed, so that
// it is fetched again. What is open stays whole when others prune the cache.
func (c *cache) openBlob(digest string, size int64) *os.File {
	name := blobName(digest)
	if c.check(path.Dir(name)) != nil {
		return nil // it is told when the blob is to be written
	}
	f, err := c.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil
	}
	if owned.Check(info) != nil { // whoever may write to it can do so after its digest was checked
		_ = c.root.Remove(name)
		f.Close()
		return nil
	}
	c.mu.Lock()
	known := c.verified[digest]
	c.mu.Unlock()
	if known && info.Size() == size {
		return f
	}
	h := sha256.New()
	if info.Size() == size {
		_, err = io.Copy(h, f)
	}
	if err != nil || info.Size() != size || hex.EncodeToString(h.Sum(nil)) != digest {
		_ = c.root.Remove(name)
		f.Close()
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		f.Close()
		return nil
	}
	c.trust(digest)
	return f
}

func (c *cache) trust(digest string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.verified[digest] = true
}

// A tempFile is a file on its way into the cache.
type tempFile struct {
	*os.File
	cache *cache
	name  string
}

// create starts a file. It is locked while it is written, so that Prune can
// tell a living writer's file from one that a killed process left behind.
func (c *cache) create() (*tempFile, error) {
	if err := c.root.MkdirAll(tempDir, 0o755); err != nil {
		return nil, c.writeError(err)
	}
	for range 100 {
		name := path.Join(tempDir, rand.Text())
		f, err := c.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, c.writeError(err)
		}
		t := &tempFile{File: f, cache: c, name: name}
		// Where a file system has no locks, Prune can have none, and removes nothing.
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) && t.isStillNamed() {
			return t, nil
		}
		t.discard()
	}
	return nil, c.writeError(errors.New("no free temporary name"))
}

// isStillNamed is false if Prune removed the file between its creation and its
// lock.
func (t *tempFile) isStillNamed() bool {
	mine, err := t.Stat()
	if err != nil {
		return false
	}
	named, err := t.cache.root.Stat(t.name)
	return err == nil && os.SameFile(mine, named)
}

// commit gives the file its name, and returns it open at its beginning: whoever
// looked for the name might find that it was pruned already. A reader sees all
// of it or nothing, also after a crash: the data is on disk before the name is.
func (t *tempFile) commit(name string) (*os.File, error) {
	err := t.Sync()
	if err == nil {
		err = t.cache.root.MkdirAll(path.Dir(name), 0o755)
	}
	if err == nil {
		err = t.cache.check(path.Dir(name))
	}
	if err == nil {
		err = t.cache.root.Rename(t.name, name)
	}
	if err == nil {
		_, err = t.Seek(0, io.SeekStart)
	}
	var info fs.FileInfo
	if err == nil {
		info, err = t.Stat()
	}
	if err != nil {
		t.discard()
		return nil, t.cache.writeError(err)
	}
	t.cache.written.Add(info.Size())
	return t.File, nil
}

func (t *tempFile) discard() {
	_ = t.Close()
	_ = t.cache.root.Remove(t.name)
}

func (c *cache) writeError(err error) error {
	return fmt.Errorf("cannot write to the cache %s: %w", c.dir, err)
}

// writeFile stores a small file under a name.
func (c *cache) writeFile(name string, data []byte) error {
	t, err := c.create()
	if err != nil {
		return err
	}
	if _, err := t.Write(data); err != nil {
		t.discard()
		return c.writeError(err)
	}
	f, err := t.commit(name)
	if err != nil {
		return err
	}
	return f.Close()
}
