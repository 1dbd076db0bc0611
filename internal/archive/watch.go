package archive

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"whittle.dev/whittle/internal/fetch"
)

// A stallError says that a server went silent.
type stallError struct{ idle time.Duration }

func (e stallError) Error() string { return fmt.Sprintf("it stalled: no data for %v", e.idle) }

// errTrickle is told of a server of which next to nothing comes.
var errTrickle = errors.New("the server is too slow: next to nothing comes")

// A watch cancels a transfer that has been silent for too long. It does not
// bound the whole transfer: a slow line that keeps moving is no failure.
type watch struct {
	inner, outer context.Context
	timer        *time.Timer
	idle         time.Duration
}

func newWatch(ctx context.Context, idle time.Duration) (w *watch, stop func()) {
	inner, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(idle, func() { cancel(stallError{idle}) })
	w = &watch{inner: inner, outer: ctx, timer: timer, idle: idle}
	return w, func() { timer.Stop(); cancel(nil) }
}

// explain turns the library's error into the cause, and marks it as one that
// another attempt may mend, unless the caller gave up.
func (w *watch) explain(err error) error {
	if err == nil || w.outer.Err() != nil {
		return errors.Join(w.outer.Err())
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err // whoever tells of it names the address
	}
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return err // another attempt would see the same one, and no cache excuses it
	}
	var stalled stallError
	if errors.As(context.Cause(w.inner), &stalled) {
		err = stalled
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// copy copies a body, sets the clock back at each piece of it, and tells reading
// errors, which may pass, from writing errors, which will not.
func (w *watch) copy(to sink, body io.Reader, limit int64) error {
	r := &watchedReader{from: fetch.Paced(body, errTrickle), watch: w}
	err := copyBounded(to, r, limit)
	if r.err != nil {
		return w.explain(r.err)
	}
	return err
}

type watchedReader struct {
	from  io.Reader
	watch *watch
	err   error
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.watch.timer.Reset(r.watch.idle)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
