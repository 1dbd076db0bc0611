package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A transport gets files from one address after the other. It knows nothing of
// signatures: what it brings is checked by its callers.
type transport struct {
	client  *http.Client
	auth    []Auth
	idle    time.Duration // longest wait for the next byte
	retries int           // further attempts for one address
	backoff time.Duration // wait before the first of them, doubled each time
	bundle  *Bundle       // serves its own addresses
}

// ErrUnreachable marks failures that say nothing about the archive: no route, a
// stall, a server in trouble. They are retried, and excuse the use of a cache.
var ErrUnreachable = errors.New("unreachable")

// errTooLarge means that more arrived than was announced.
var errTooLarge = errors.New("it is larger than announced")

// A statusError is an HTTP answer other than success.
type statusError struct {
	status string
	code   int
}

func (e statusError) Error() string { return "the server answered " + e.status }

// A sink takes a file's bytes. An interrupted transfer is resumed at size.
type sink interface {
	io.Writer
	size() int64
	reset() error
}

// validators tell a server which version of a file the client has.
type validators struct{ ETag, LastModified string }

// strong returns what may stand in If-Range: a weak ETag may not.
func (v validators) strong() string {
	if v.ETag != "" && !strings.HasPrefix(v.ETag, "W/") {
		return v.ETag
	}
	return v.LastModified
}

const maxRedirects = 5

// newTransport copies the client and bounds its redirects. A nil client gets a
// transport of its own without proxies: those come from the environment, which
// only commands read.
func newTransport(o Options) *transport {
	client := http.Client{Transport: http.DefaultTransport}
	if o.Client != nil {
		client = *o.Client
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		own := t.Clone()
		own.Proxy = nil
		client.Transport = own
	}
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("there are more than %d redirects", maxRedirects)
		}
		if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
			return fmt.Errorf("an https address redirects to %s", r.URL.Redacted())
		}
		loginOfRedirect(r, via[len(via)-1], o.Auth)
		return nil
	}
	return &transport{client: &client, auth: o.Auth, idle: o.IdleTimeout, retries: o.Retries, backoff: o.Backoff, bundle: o.Bundle}
}

// loginOfRedirect gives a redirected request the login that apt's auth.conf has for its own address, and none that belongs to
// another: the library takes one along to subdomains, other ports and other paths. An entry that names no port is for the
// scheme's own, and for where the request was sent before.
func loginOfRedirect(r, before *http.Request, auth []Auth) {
	r.Header.Del("Authorization")
	a, ok := login(auth, r.URL)
	if !ok {
		return
	}
	same := r.URL.Scheme == before.URL.Scheme && r.URL.Host == before.URL.Host
	_, machine, cut := strings.Cut(a.Machine, "://")
	if !cut {
		machine = a.Machine
	}
	host, _, _ := strings.Cut(machine, "/")
	if same || r.URL.Port() == "" || host == r.URL.Host {
		r.SetBasicAuth(a.Login, a.Password)
	}
}

// get fetches one address into the sink, once. It returns the validators of
// what it brought, and notModified if the server says that known still holds.
func (t *transport) get(ctx context.Context, u *url.URL, to sink, limit int64, known validators) (v validators, notModified bool, err error) {
	if u.Scheme == bundleScheme && t.bundle != nil {
		return validators{}, false, t.bundle.copy(u.Path, to, limit)
	}
	if u.Scheme == "file" || u.Scheme == "copy" {
		return validators{}, false, copyLocal(u.Path, to, limit)
	}
	watch, stop := newWatch(ctx, t.idle)
	defer stop()
	r, err := t.request(watch.inner, u, to.size(), known)
	if err != nil {
		return v, false, err
	}
	answer, err := t.client.Do(r)
	if err != nil {
		return v, false, watch.explain(err)
	}
	defer answer.Body.Close()
	v = validators{answer.Header.Get("ETag"), answer.Header.Get("Last-Modified")}
	switch answer.StatusCode {
	case http.StatusNotModified:
		return known, true, nil
	case http.StatusOK:
		err = to.reset()
	case http.StatusPartialContent:
		err = checkRange(answer.Header.Get("Content-Range"), to.size())
	case http.StatusRequestedRangeNotSatisfiable:
		if err := to.reset(); err != nil {
			return v, false, err
		}
		return v, false, fmt.Errorf("%w: %w", ErrUnreachable, statusError{answer.Status, answer.StatusCode})
	default:
		err = answerError(answer)
	}
	if err != nil {
		return v, false, err
	}
	return v, false, watch.copy(to, answer.Body, limit)
}

func (t *transport) request(ctx context.Context, u *url.URL, have int64, known validators) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("the address is malformed")
	}
	// Without this the library asks for gzip and unpacks it: indexes are
	// wanted as they are.
	r.Header.Set("Accept-Encoding", "identity")
	r.Header.Set("User-Agent", "whittle")
	if a, ok := login(t.auth, u); ok && u.User == nil {
		r.SetBasicAuth(a.Login, a.Password)
	}
	if have > 0 {
		r.Header.Set("Range", "bytes="+strconv.FormatInt(have, 10)+"-")
		if s := known.strong(); s != "" {
			r.Header.Set("If-Range", s)
		}
		return r, nil
	}
	if known.ETag != "" {
		r.Header.Set("If-None-Match", known.ETag)
	}
	if known.LastModified != "" {
		r.Header.Set("If-Modified-Since", known.LastModified)
	}
	return r, nil
}

func checkRange(header string, have int64) error {
	if !strings.HasPrefix(header, "bytes "+strconv.FormatInt(have, 10)+"-") {
		return fmt.Errorf("the server resumed at %q, not at byte %d", header, have)
	}
	return nil
}

// answerError sorts the failures: a server in trouble or asking for patience
// may be tried again, any other refusal is final.
func answerError(answer *http.Response) error {
	err := statusError{answer.Status, answer.StatusCode}
	switch {
	case answer.StatusCode >= 500, answer.StatusCode == http.StatusTooManyRequests, answer.StatusCode == http.StatusRequestTimeout:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return err
}

func copyLocal(name string, to sink, limit int64) error {
	f, err := openRegular(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := to.reset(); err != nil {
		return err
	}
	return copyBounded(to, f, limit)
}

// copyBounded copies at most limit bytes and refuses to take more.
func copyBounded(to sink, from io.Reader, limit int64) error {
	if _, err := io.Copy(to, io.LimitReader(from, limit-to.size())); err != nil {
		return err
	}
	if to.size() < limit {
		return nil
	}
	if extra, _ := io.ReadFull(from, make([]byte, 1)); extra > 0 {
		return fmt.Errorf("%w: %d bytes", errTooLarge, limit)
	}
	return nil
}

// webPage tells a portal's or an error page from an archive's file. No file of
// an archive begins like that.
func webPage(head []byte) bool {
	head = bytes.ToLower(bytes.TrimLeft(head, " \t\r\n\xef\xbb\xbf"))
	return bytes.HasPrefix(head, []byte("<!doctype")) || bytes.HasPrefix(head, []byte("<html")) || bytes.HasPrefix(head, []byte("<head"))
}

var errWebPage = errors.New("it looks like a web page (a captive portal, a login or an error page)")
