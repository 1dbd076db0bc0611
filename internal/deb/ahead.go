package deb

import (
	"io"
	"sync"
)

// What readAhead holds at most.
const (
	buffers   = 4
	aheadSize = 128 << 10
)

var aheadBuffers = sync.Pool{New: func() any { return new([aheadSize]byte) }}

// readAhead decompresses in a goroutine of its own while the reader is busy
// with what came before: hashing a file takes about as long as
// decompressing zstd does. Close ends the goroutine and must be called.
func readAhead(r io.Reader) *aheadReader {
	a := &aheadReader{
		full: make(chan chunk, buffers),
		free: make(chan []byte, buffers),
		stop: make(chan struct{}),
	}
	for range buffers {
		a.free <- aheadBuffers.Get().(*[aheadSize]byte)[:]
	}
	a.done.Go(func() { a.fill(r) })
	return a
}

type aheadReader struct {
	full chan chunk
	free chan []byte
	stop chan struct{}
	done sync.WaitGroup

	current chunk  // being read
	rest    []byte // what is left of it
}

// chunk is what was read at once; err is what ended the reading after it.
type chunk struct {
	buf []byte
	n   int
	err error
}

func (a *aheadReader) fill(r io.Reader) {
	for {
		select {
		case <-a.stop:
			return
		case buf := <-a.free:
			n, err := readUntilFull(r, buf)
			a.full <- chunk{buf: buf, n: n, err: err}
			if err != nil {
				return
			}
		}
	}
}

// readUntilFull is io.ReadFull but for its error, which is r's own: a stream that
// ends within buf must not look like one that is cut off, nor the reverse.
func readUntilFull(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var k int
		k, err = r.Read(buf[n:])
		n += k
	}
	return n, err
}

func (a *aheadReader) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.current.err != nil {
			return 0, a.current.err
		}
		if a.current.buf != nil {
			a.free <- a.current.buf
		}
		a.current = <-a.full
		a.rest = a.current.buf[:a.current.n]
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// Close waits until nothing reads from the underlying reader any more.
func (a *aheadReader) Close() error {
	close(a.stop)
	a.done.Wait()
	if a.current.buf != nil {
		a.full <- a.current
	}
	for {
		select {
		case c := <-a.full:
			aheadBuffers.Put((*[aheadSize]byte)(c.buf))
		case buf := <-a.free:
			aheadBuffers.Put((*[aheadSize]byte)(buf))
		default:
			return nil
		}
	}
}
