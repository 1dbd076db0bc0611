// Package store keeps unpacked files by content: a file is stored once under the SHA-256 of its bytes and its mode,
// whoever ships it, and is linked or cloned into the trees that want it. A store may be shared by several processes:
// every write goes to a name of its own and is renamed into place, so that a reader sees a whole file or none, and a
// killed process leaves nothing but a stray temporary file. Nothing is synced to the disk: after a loss of power a file
// may be short or have another time than it was given, and counts as missing then.
package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"whittle.dev/whittle/internal/owned"
)

// Store is a directory of files by digest, and of small records by key. Its methods may be used by several goroutines.
type Store struct {
	root    *os.Root
	owner   int // the user whose files may be linked
	written atomic.Int64
	buffers sync.Pool

	mu        sync.Mutex
	dirs      map[string]*directory // of files and records, open since their first use
	forgotten []*directory
	checks    map[string]*checking // by the name of the blob
}

// Time is the modification time of every stored file, the instant that image layers are stamped with. A file that was
// written to since it was stored has another one: that is how an edit through a hard link is seen.
var Time = time.Date(1980, time.January, 1, 0, 0, 1, 0, time.UTC)

// The parts of a store's directory: files/ab/<digest>.<mode>, and <kind>/ab/<key> for records.
const (
	filesDir   = "files"
	tempPrefix = "tmp-"
)

// Open opens the store in a directory, which is created if it is missing.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot open file store: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open file store: %w", err)
	}
	if err := owned.CheckIn(root, "."); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open file store %s: %w", dir, err), root.Close())
	}
	s := &Store{root: root, owner: os.Geteuid(), dirs: map[string]*directory{}, checks: map[string]*checking{}}
	s.buffers.New = func() any { return new([bufferSize]byte) }
	return s, nil
}

// Close releases the store's directory. Files that are open stay open.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := []error{s.root.Close()}
	for _, d := range slices.AppendSeq(s.forgotten, maps.Values(s.dirs)) {
		errs = append(errs, d.file.Close())
	}
	s.dirs, s.forgotten = map[string]*directory{}, nil
	return errors.Join(errs...)
}

// Written is how many bytes of files and records were stored since the store was opened.
func (s *Store) Written() int64 { return s.written.Load() }

// PutRecord stores a small record under a key (hexadecimal), in the folder of its kind.
func (s *Store) PutRecord(kind, key string, data []byte) error {
	at, err := shard(kind, key)
	if err == nil {
		err = s.putRecord(at, key, data)
	}
	if err != nil {
		return fmt.Errorf("cannot write to file store: %w", err)
	}
	return nil
}

func (s *Store) putRecord(at, key string, data []byte) error {
	t, err := s.create(at)
	if err != nil {
		return err
	}
	defer t.discard()
	if _, err := t.file.Write(data); err != nil {
		return err
	}
	if err := t.file.Chmod(0o644); err != nil {
		return err
	}
	s.written.Add(int64(len(data)))
	return t.rename(key)
}

// Record returns the record under a key, and marks it as used; the error is fs.ErrNotExist when there is none.
func (s *Store) Record(kind, key string) ([]byte, error) {
	at, err := shard(kind, key)
	if err != nil {
		return nil, fmt.Errorf("cannot read from file store: %w", err)
	}
	if err := s.checkDown(at); err != nil {
		return nil, err
	}
	f, err := s.root.OpenFile(at+"/"+key, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if owned.Check(fi) != nil || !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("record %s can be changed by others: %w", key, fs.ErrNotExist)
	}
	if now := time.Now(); now.Sub(fi.ModTime()) > usedOften {
		_ = s.root.Chtimes(at+"/"+key, now, now) // a read-only store cannot, and need not
	}
	data := make([]byte, fi.Size())
	if _, err := f.ReadAt(data, 0); err != nil {
		return nil, err
	}
	return data, nil
}

// usedOften is how exactly the last use of a record is remembered: each use would be a write.
const usedOften = time.Hour

// directory is an open directory; its descriptor is kept because asking for it is a system call.
type directory struct {
	file *os.File
	fd   int
}

// dir returns the open directory of a shard. They stay open: every path that is looked up anew costs a system call for
// each of its elements.
func (s *Store) dir(name string, create bool) (*directory, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := s.dirs[name]; d != nil {
		return d, nil
	}
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) && create {
		if err := s.root.MkdirAll(name, 0o755); err != nil {
			return nil, err
		}
		f, err = s.root.Open(name)
	}
	if err != nil {
		return nil, err
	}
	if err := s.checkDown(name); err != nil {
		f.Close()
		return nil, err
	}
	d := &directory{f, int(f.Fd())}
	s.dirs[name] = d
	return d, nil
}

// checkDown holds that nobody else may write to a directory, nor to one between it and the store's own: who can rename what is there
// decides what stands under which name.
func (s *Store) checkDown(name string) error {
	for i := range len(name) + 1 {
		if i < len(name) && name[i] != '/' {
			continue
		}
		if err := owned.CheckIn(s.root, name[:i]); err != nil {
			return fmt.Errorf("cannot use %s: %w", s.root.Name()+"/"+name[:i], err)
		}
	}
	return nil
}

// shard spreads keys over 256 directories, as every content store does. A key that is not hexadecimal is an error: keys
// come from indexes and records that others wrote.
func shard(kind, key string) (string, error) {
	if len(key) < 2 || strings.Trim(key, "0123456789abcdef") != "" {
		return "", fmt.Errorf("%q is no digest", key)
	}
	return kind + "/" + key[:2], nil
}

// temp is a file that is being written, in the directory that it will have its name in.
type temp struct {
	file *os.File
	dir  *directory
	name string // empty when it was renamed
}

// create starts a file in a directory. One that somebody removed meanwhile is made again.
func (s *Store) create(at string) (*temp, error) {
	for again := false; ; again = true {
		dir, err := s.dir(at, true)
		if err != nil {
			return nil, err
		}
		name := tempPrefix + rand.Text()
		fd, err := unix.Openat(dir.fd, name, unix.O_CREAT|unix.O_EXCL|unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0o600)
		switch {
		case err == nil:
			return &temp{file: os.NewFile(uintptr(fd), name), dir: dir, name: name}, nil
		case again || !errors.Is(err, fs.ErrNotExist):
			return nil, &fs.PathError{Op: "create", Path: at + "/" + name, Err: err}
		}
		s.forget(at, dir)
	}
}

// forget drops an open directory that was removed. It stays open for those who use it now.
func (s *Store) forget(at string, dir *directory) {
	var st unix.Stat_t
	if err := unix.Fstat(dir.fd, &st); err != nil || st.Nlink > 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dirs[at] == dir {
		delete(s.dirs, at)
		s.forgotten = append(s.forgotten, dir)
	}
}

// rename gives the file its name, in place of what has it.
func (t *temp) rename(name string) error {
	if err := unix.Renameat(t.dir.fd, t.name, t.dir.fd, name); err != nil {
		return &fs.PathError{Op: "rename", Path: t.dir.file.Name() + "/" + name, Err: err}
	}
	t.name = ""
	return nil
}

// discard closes the file, and removes it unless it has its name.
func (t *temp) discard() {
	t.file.Close()
	if t.name != "" {
		_ = unix.Unlinkat(t.dir.fd, t.name, 0)
	}
}
