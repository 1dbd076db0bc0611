package npm

import (
	"io"
	"os"
	"sync"
)

// arrival is a file that is read while it comes: a slow network is waited for with the processor at work, and a slow
// processor does not hold up the network.
type arrival struct {
	file *os.File

	mu   sync.Mutex
	more *sync.Cond // there is more of it, or no more will come
	size int64      // of what is there
	over bool
	err  error // why it ended, once it is over; nil where it is whole and what it should be
}

func newArrival(file *os.File) *arrival {
	a := &arrival{file: file}
	a.more = sync.NewCond(&a.mu)
	return a
}

// Write adds what has come.
func (a *arrival) Write(p []byte) (int, error) {
	n, err := a.file.Write(p)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.size += int64(n)
	a.more.Broadcast()
	return n, err
}

// end says that no more comes, and why.
func (a *arrival) end(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over, a.err = true, err
	a.more.Broadcast()
}

// wait waits for the end.
func (a *arrival) wait() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for !a.over {
		a.more.Wait()
	}
	return a.err
}

// beyond waits until there is more than a number of bytes, and tells how many there are. At the end it is told why that
// came.
func (a *arrival) beyond(at int64) (int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.size <= at && !a.over {
		a.more.Wait()
	}
	if a.size > at {
		return a.size, nil
	}
	if a.err != nil {
		return 0, a.err
	}
	return 0, io.EOF
}

// reader reads it from its beginning.
func (a *arrival) reader() io.Reader { return &arrivalReader{of: a} }

type arrivalReader struct {
	of *arrival
	at int64
}

func (r *arrivalReader) Read(p []byte) (int, error) {
	size, err := r.of.beyond(r.at)
	if err != nil {
		return 0, err
	}
	n, err := r.of.file.ReadAt(p[:min(int64(len(p)), size-r.at)], r.at)
	r.at += int64(n)
	return n, err
}
