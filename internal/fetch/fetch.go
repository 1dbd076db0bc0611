// Package fetch makes clients of servers that may be broken or hostile: one that says nothing, or next to nothing, is given up, and a
// redirect takes no login along and leads from https to nothing less.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Silence is how long a server may say nothing, before its answer or in the middle of it.
const Silence = 30 * time.Second

// maxRedirects is how many redirects one request may follow.
const maxRedirects = 10

// NewClient returns a client over a transport; nil is the default one.
func NewClient(to http.RoundTripper) *http.Client {
	if to == nil {
		to = http.DefaultTransport
	}
	return &http.Client{Transport: Attentive(to, Silence), CheckRedirect: redirect(nil)}
}

// WithLogin returns a copy of a client that gives a redirected request the login of its own address: login returns the header
// Authorization for an address, or an empty text. The first request is the caller's. nil is NewClient's own.
func WithLogin(c *http.Client, login func(address string) string) *http.Client {
	if c == nil {
		c = NewClient(nil)
	}
	with := *c
	with.CheckRedirect = redirect(login)
	return &with
}

// redirect decides about redirects. Go's own rule takes a login along to other ports and to subdomains, and from https to
// http.
func redirect(login func(string) string) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("there are more than %d redirects", maxRedirects)
		}
		if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
			return errors.New("an https address redirects to " + r.URL.Redacted())
		}
		r.Header.Del("Authorization")
		r.Header.Del("Cookie")
		if login == nil {
			return nil
		}
		if h := login(r.URL.String()); h != "" {
			r.Header.Set("Authorization", h)
		}
		return nil
	}
}

// Attentive returns a transport that gives a server up which says nothing for too long: before its answer, or in the middle of
// it. Its error is a *SilentError.
func Attentive(to http.RoundTripper, idle time.Duration) http.RoundTripper {
	return attentive{to, idle}
}

type attentive struct {
	to   http.RoundTripper
	idle time.Duration
}

// SilentError names a server that said nothing.
type SilentError struct {
	Host string
	Idle time.Duration
}

func (e *SilentError) Error() string { return fmt.Sprintf("%s says nothing for %s", e.Host, e.Idle) }

func (a attentive) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, stop := context.WithCancelCause(r.Context())
	silent := &SilentError{r.URL.Host, a.idle}
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
	timer.Stop()
	answer.Body = &body{Reader: Paced(answer.Body, &SlowError{silent.Host}), Closer: answer.Body, ctx: ctx, stop: stop, timer: timer, silent: silent}
	return answer, nil
}

// body is that of an answer. A server's time runs while somebody waits for it, and begins anew with each read.
type body struct {
	io.Reader
	io.Closer
	ctx    context.Context
	stop   context.CancelCauseFunc
	timer  *time.Timer
	silent *SilentError
}

func (b *body) Read(p []byte) (int, error) {
	b.timer.Reset(b.silent.Idle)
	n, err := b.Reader.Read(p)
	b.timer.Stop()
	if err != nil && context.Cause(b.ctx) == error(b.silent) {
		err = b.silent
	}
	return n, err
}

func (b *body) Close() error {
	b.timer.Stop()
	err := b.Closer.Close()
	b.stop(nil)
	return err
}

// A server that says a byte now and then is never silent, and may go on for days. The slowest lines that people have are a hundred
// times as fast as what is asked of one here.
const (
	paceWindow = Silence
	pace       = 300 // bytes in that time
)

// SlowError names a server that says next to nothing.
type SlowError struct{ Host string }

func (e *SlowError) Error() string {
	return fmt.Sprintf("%s is too slow: it says less than %d bytes in %s", e.Host, pace, paceWindow)
}

// Paced returns a reader whose error is slow where next to nothing comes for as long as somebody waits for it.
func Paced(from io.Reader, slow error) io.Reader { return &paced{from: from, slow: slow} }

type paced struct {
	from   io.Reader
	slow   error
	waited time.Duration
	got    int
}

func (r *paced) Read(p []byte) (int, error) {
	begun := time.Now()
	n, err := r.from.Read(p)
	r.waited += time.Since(begun)
	r.got += n
	if err != nil || r.waited < paceWindow {
		return n, err
	}
	if r.got < pace {
		return n, r.slow
	}
	r.waited, r.got = 0, 0
	return n, nil
}
