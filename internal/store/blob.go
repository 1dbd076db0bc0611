package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Blob names a stored file: its bytes and its mode.
type Blob struct {
	SHA256 string // hexadecimal
	Size   int64  // bytes
	Mode   int64  // permission bits; see StoredMode
}

// StoredMode is the mode that a file of the given mode has in the store. Setuid, setgid and sticky bits are not kept
// there, nor modes in which the owner could not read the file back: such files are copied into trees, never linked.
func StoredMode(mode int64) int64 {
	if mode&0o7000 != 0 || mode&0o400 == 0 || mode&^0o7777 != 0 {
		return 0o644
	}
	return mode
}

// Sums identifies what Put stored: the hexadecimal digest, the size in bytes, and how its bytes begin.
type Sums struct {
	SHA256 string
	Size   int64
	Head   []byte // the first bytes, at most HeadSize
}

// HeadSize is how much of a file's beginning Put tells, enough for a script's first line.
const HeadSize = 256

// bufferSize is up to which size a file is gathered in memory, so that one which the store has is not written again.
const bufferSize = 256 << 10

// Put stores what r holds, with a mode. Its bytes are written to also, too, such as another hash.
func (s *Store) Put(r io.Reader, mode int64, also ...io.Writer) (Sums, error) {
	buf := s.buffers.Get().(*[bufferSize]byte)
	defer s.buffers.Put(buf)
	n, err := fill(r, buf[:])
	w := blobWriter{store: s, mode: StoredMode(mode), sum: sha256.New(), also: also}
	switch {
	case errors.Is(err, errEnd):
		if err = w.add(buf[:n]); err == nil {
			err = w.keep(buf[:n])
		}
	case err == nil:
		err = w.stream(buf[:], r)
	}
	if err != nil {
		return Sums{}, fmt.Errorf("cannot write to file store: %w", err)
	}
	return Sums{SHA256: w.digest(), Size: w.size, Head: w.head}, nil
}

// Sum is Put without storing anything.
func (s *Store) Sum(r io.Reader, also ...io.Writer) (Sums, error) {
	buf := s.buffers.Get().(*[bufferSize]byte)
	defer s.buffers.Put(buf)
	w := blobWriter{sum: sha256.New(), also: also}
	for {
		n, end := fill(r, buf[:])
		if end != nil && !errors.Is(end, errEnd) {
			return Sums{}, fmt.Errorf("cannot sum a file: %w", end)
		}
		if err := w.add(buf[:n]); err != nil {
			return Sums{}, fmt.Errorf("cannot sum a file: %w", err)
		}
		if end != nil {
			return Sums{SHA256: w.digest(), Size: w.size, Head: w.head}, nil
		}
	}
}

// errEnd is the end of what fill reads, and nothing else: a reader's own io.ErrUnexpectedEOF is a failure.
var errEnd = errors.New("end")

func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var k int
		k, err = r.Read(buf[n:])
		n += k
	}
	if err == io.EOF {
		err = errEnd
	}
	return n, err
}

// blobWriter stores one file.
type blobWriter struct {
	store *Store
	mode  int64
	sum   hash.Hash
	also  []io.Writer
	size  int64
	head  []byte
}

func (w *blobWriter) digest() string { return hex.EncodeToString(w.sum.Sum(nil)) }

func (w *blobWriter) blob() Blob { return Blob{SHA256: w.digest(), Size: w.size, Mode: w.mode} }

// add takes the file's next bytes into account.
func (w *blobWriter) add(p []byte) error {
	if w.size == 0 {
		w.head = append(w.head, p[:min(len(p), HeadSize)]...)
	}
	w.size += int64(len(p))
	w.sum.Write(p)
	for _, also := range w.also {
		if _, err := also.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// keep writes a file that is whole in memory, unless the store has it.
func (w *blobWriter) keep(body []byte) error {
	b := w.blob()
	if w.store.has(b) {
		return nil
	}
	at, err := shard(filesDir, b.SHA256)
	if err != nil {
		return err
	}
	t, err := w.store.create(at)
	if err != nil {
		return err
	}
	defer t.discard()
	if _, err := t.file.Write(body); err != nil {
		return err
	}
	return w.finish(t, b.name())
}

// stream writes a file of which buf holds the beginning. Its directory is not known before its digest is, so it is
// written beside the directories first.
func (w *blobWriter) stream(buf []byte, r io.Reader) error {
	t, err := w.store.create(filesDir)
	if err != nil {
		return err
	}
	defer t.discard()
	for n, end := len(buf), error(nil); ; {
		if err := w.add(buf[:n]); err != nil {
			return err
		}
		if _, err := t.file.Write(buf[:n]); err != nil {
			return err
		}
		if errors.Is(end, errEnd) {
			break
		}
		if n, end = fill(r, buf); end != nil && !errors.Is(end, errEnd) {
			return end
		}
	}
	b := w.blob()
	if err := w.store.root.MkdirAll(filesDir+"/"+b.SHA256[:2], 0o755); err != nil {
		return err
	}
	return w.finish(t, b.SHA256[:2]+"/"+b.name())
}

// finish gives a written file its mode, its time and its name, in this order: it has its name only when it is whole.
func (w *blobWriter) finish(t *temp, name string) error {
	if err := t.file.Chmod(fs.FileMode(w.mode)); err != nil {
		return err
	}
	if err := Stamp(t.file); err != nil {
		return err
	}
	w.store.written.Add(w.size)
	if err := t.rename(name); err != nil {
		return err
	}
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	w.store.checks[w.blob().name()] = checked()
	return nil
}

// Stamp gives an open file the time that stored files have.
func Stamp(f *os.File) error {
	at := unix.NsecToTimeval(Time.UnixNano())
	if err := unix.Futimes(int(f.Fd()), []unix.Timeval{at, at}); err != nil {
		return &fs.PathError{Op: "set the time of", Path: f.Name(), Err: err}
	}
	return nil
}

func (b Blob) name() string { return b.SHA256 + "." + strconv.FormatInt(b.Mode, 8) }

// place is where a blob lies: the open directory, and the name in it.
func (s *Store) place(b Blob) (*directory, string, error) {
	at, err := shard(filesDir, b.SHA256)
	if err != nil {
		return nil, "", err
	}
	dir, err := s.dir(at, false)
	return dir, b.name(), err
}

// stat looks at a blob.
func (s *Store) stat(b Blob) (st unix.Stat_t, err error) {
	dir, name, err := s.place(b)
	if err != nil {
		return st, err
	}
	err = unix.Fstatat(dir.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, fs.ErrNotExist) {
		s.forget(filesDir+"/"+b.SHA256[:2], dir)
	}
	return st, err
}

// has tells whether the blob is stored and was not written to since.
func (s *Store) has(b Blob) bool {
	st, err := s.stat(b)
	return err == nil && s.untouched(b, &st)
}

// untouched tells whether a file is as the store wrote it, as far as the file system tells, and no other user's, who could write to it
// after it was read.
func (s *Store) untouched(b Blob, st *unix.Stat_t) bool {
	if owner := int(st.Uid); owner != s.owner && owner != 0 {
		return false
	}
	return st.Mode == unix.S_IFREG|uint32(b.Mode) && st.Size == b.Size && st.Mtim.Sec == Time.Unix() && st.Mtim.Nsec == 0
}

// Open opens a blob for reading. Its bytes are read for that once in the life of a Store, as Link does: what is made of a file
// has to be made of the package's own. One whose bytes are others is removed, and the error is fs.ErrNotExist as for one that was
// never there; one whose time alone changed is stored anew.
func (s *Store) Open(b Blob) (*os.File, error) { return s.openIf(b, s.Check) }

// OpenToSum opens a blob as Open does, for those who sum up all its bytes themselves, and CheckAgain where they are others than
// expected.
func (s *Store) OpenToSum(b Blob) (*os.File, error) {
	return s.openIf(b, func(Blob) error { return nil })
}

func (s *Store) openIf(b Blob, good func(Blob) error) (*os.File, error) {
	f, st, err := s.open(b)
	switch {
	case err != nil:
	case !s.untouched(b, st):
		f, err = s.renew(b, f)
	default:
		err = good(b)
	}
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, fmt.Errorf("cannot read from file store: %w", err)
	}
	return f, nil
}

func (s *Store) open(b Blob) (*os.File, *unix.Stat_t, error) {
	dir, name, err := s.place(b)
	if err != nil {
		return nil, nil, err
	}
	fd, err := unix.Openat(dir.fd, name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			s.forget(filesDir+"/"+b.SHA256[:2], dir)
		}
		return nil, nil, &fs.PathError{Op: "open", Path: dir.file.Name() + "/" + name, Err: err}
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return nil, nil, err
	}
	return os.NewFile(uintptr(fd), name), &st, nil
}

// renew replaces a blob whose mode, time or bytes were changed by a file of its own with the right ones. It returns that
// one open, or, in a store that cannot be written to, the old one if its bytes are right. Where only the time is another, and no other
// name leads to the file, it is given its time again: a lifecycle that restores a cache keeps no times.
func (s *Store) renew(b Blob, old *os.File) (*os.File, error) {
	if err := s.compare(b, old); err != nil {
		return old, err
	}
	if _, err := old.Seek(0, io.SeekStart); err != nil {
		return old, err
	}
	if s.setTime(b, old) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.checks[b.name()] = checked()
		return old, nil
	}
	if _, err := s.Put(old, b.Mode); err == nil {
		if f, st, err := s.open(b); err == nil {
			if s.untouched(b, st) {
				old.Close()
				return f, nil
			}
			f.Close()
		}
	}
	_, err := old.Seek(0, io.SeekStart)
	return old, err
}

// setTime gives a file whose bytes are the blob's the time that all have, and tells whether it is as the store writes it then. A
// file that has another name is left: whoever uses that name may change it again.
func (s *Store) setTime(b Blob, f *os.File) bool {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil || st.Nlink != 1 || st.Mode != unix.S_IFREG|uint32(b.Mode) {
		return false
	}
	if Stamp(f) != nil || unix.Fstat(int(f.Fd()), &st) != nil {
		return false
	}
	return s.untouched(b, &st)
}
