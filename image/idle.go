package image

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// silence is how long a registry may say nothing.
const silence = 30 * time.Second

// attentive is a transport that gives a server up which says nothing for too long: before its answer, or in the middle of it.
type attentive struct {
	to   http.RoundTripper
	idle time.Duration
}

// silentError names the server. It is not of those that are tried again.
type silentError struct {
	host string
	idle time.Duration
}

func (e *silentError) Error() string { return fmt.Sprintf("%s says nothing for %s", e.host, e.idle) }

func (a attentive) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, stop := context.WithCancelCause(r.Context())
	silent := &silentError{r.URL.Host, a.idle}
	timer := time.AfterFunc(a.idle, func() { stop(silent) })
	answer, err := a.to.RoundTrip(r.WithContext(ctx))
	if err != nil {
		timer.Stop()
		if context.Cause(ctx) == error(silent) {
			err = silent
		}
		stop(nil)
		return nil, err
	}
	timer.Reset(a.idle)
	answer.Body = &attentiveBody{ReadCloser: answer.Body, ctx: ctx, stop: stop, timer: timer, silent: silent}
	return answer, nil
}

type attentiveBody struct {
	io.ReadCloser
	ctx    context.Context
	stop   context.CancelCauseFunc
	timer  *time.Timer
	silent *silentError
}

func (b *attentiveBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.timer.Reset(b.silent.idle)
	if err != nil && context.Cause(b.ctx) == error(b.silent) {
		err = b.silent
	}
	return n, err
}

func (b *attentiveBody) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.stop(nil)
	return err
}
