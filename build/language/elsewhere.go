package language

import (
	"io"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// elsewhere measures the time of a build that is not whittle's own: while programs of languages run or downloads go on.
// Times that overlap count once.
type elsewhere struct {
	mu    sync.Mutex
	now   func() time.Time
	going int
	since time.Time
	sum   time.Duration
}

// enter begins something that goes on elsewhere; the returned function ends it.
func (e *elsewhere) enter() (leave func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.going == 0 {
		e.since = e.now()
	}
	e.going++
	return sync.OnceFunc(func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.going--; e.going == 0 {
			e.sum += e.now().Sub(e.since)
		}
	})
}

func (e *elsewhere) total() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sum
}

// processorTime is how long this process has kept processors busy; the programs that it runs are not counted.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// Downloads returns a transport whose time, from a request to the end of its body, is not counted as whittle's own.
// nil is the default transport.
func (l *Log) Downloads(t http.RoundTripper) http.RoundTripper {
	if t == nil {
		t = http.DefaultTransport
	}
	return &downloads{l: l, to: t}
}

type downloads struct {
	l  *Log
	to http.RoundTripper
}

func (d *downloads) RoundTrip(r *http.Request) (*http.Response, error) {
	leave := d.l.elsewhere.enter()
	response, err := d.to.RoundTrip(r)
	if err != nil {
		leave()
		return response, err
	}
	response.Body = &counted{ReadCloser: response.Body, leave: leave}
	return response, nil
}

// counted is a body whose end is the end of a download.
type counted struct {
	io.ReadCloser
	leave func()
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if err != nil {
		c.leave()
	}
	return n, err
}

func (c *counted) Close() error {
	c.leave()
	return c.ReadCloser.Close()
}
