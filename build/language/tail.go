package language

import (
	"bytes"
	"io"
	"sync"
)

// tailSize is how much of a program's output is kept for an error, in bytes.
const tailSize = 64 << 10

// tail keeps the end of what a program writes, for the error where it fails.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

// through returns a writer to w, or to nobody, whose writes are kept.
func (t *tail) through(w io.Writer) io.Writer { return &kept{tail: t, to: w} }

// kept is one output of a program. The outputs of a program are written by goroutines of their own, and often lead to one
// writer: the lock of their tail keeps their writes apart.
type kept struct {
	tail *tail
	to   io.Writer
}

func (k *kept) Write(p []byte) (int, error) {
	t := k.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*tailSize {
		t.kept = append([]byte(nil), t.kept[len(t.kept)-tailSize:]...)
	}
	if k.to == nil {
		return len(p), nil
	}
	return k.to.Write(p)
}

// text is the end of the output in whole lines.
func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept := t.kept
	if len(kept) > tailSize {
		kept = kept[len(kept)-tailSize:]
		if i := bytes.IndexByte(kept, '\n'); i >= 0 {
			kept = kept[i+1:]
		}
	}
	return string(kept)
}
