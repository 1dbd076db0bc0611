package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// A site is one suite at its mirrors.
type site struct {
	source  Source
	place   int // of the source among the others
	suite   string
	mirrors []*url.URL
	keys    keyring

	release release
	digest  string // SHA256 of the Release text
	signed  keptRelease
	stale   bool     // the release is the cache's, because no mirror answered
	indexed []string // the Packages that are used, as the Release names them
	indexes []*openedIndex
}

// dir is the folder of the Release file, below the URI.
func (s *site) dir() string {
	if strings.HasSuffix(s.suite, "/") {
		return strings.Trim(strings.TrimPrefix(s.suite, "./"), "/")
	}
	return "dists/" + s.suite
}

// urls returns where a file is, mirror by mirror.
func (s *site) urls(parts ...string) []*url.URL {
	var all []*url.URL
	for _, m := range s.mirrors {
		u := *m
		u.Path = path.Join(append([]string{u.Path}, parts...)...)
		all = append(all, &u)
	}
	return all
}

// A kept release is what the cache remembers of a suite: the files as they
// came, so that the signature is checked each time they are used.
type keptRelease struct {
	From       string // the address, for people
	Validators validators
	InRelease  []byte `json:",omitempty"`
	Release    []byte `json:",omitempty"`
	Signature  []byte `json:",omitempty"`
}

// maxRelease bounds Release files; Debian's largest has 1.5 MB.
const maxRelease = 32 << 20

// keptName names the cache's memory of the suite. The first mirror stands for
// all of them, as they are the same archive; and a list of mirrors for those
// that it names at the time.
func (s *site) keptName() string {
	first := s.mirrors[0]
	if at, ok := mirrorList(s.source.URIs[0]); ok {
		if u, err := parseURI(at); err == nil {
			first = u
		}
	}
	return path.Join(releaseDir, addressDigest(first, s.suite)+".json")
}

// addressDigest names what the cache has of an address. A password is no part
// of it.
func addressDigest(u *url.URL, more ...string) string {
	plain := *u
	plain.User = nil
	sum := sha256.Sum256([]byte(strings.Join(append([]string{plain.String()}, more...), " ")))
	return hex.EncodeToString(sum[:16])
}

// A verified release is a Release file whose signature was found good.
type verifiedRelease struct {
	keptRelease
	release
	digest string // SHA256 of the signed text
}

// ErrOffline means that the cache lacks something, and that the options keep whittle from the network.
var ErrOffline = errors.New("the network is not to be used")

// ErrRollback means that a mirror offers less than what was seen already.
var ErrRollback = errors.New("it is older than the one seen before")

// ErrExpired means that a Release is past its Valid-Until.
var ErrExpired = errors.New("it expired")

// refresh gets and verifies the newest Release, and keeps it. That of a bundle
// is neither the newest nor worth a memory: it is taken as it is.
func (a *Archive) refresh(ctx context.Context, s *site) error {
	if s.source.bundled {
		fresh, err := a.askMirror(ctx, s, s.urls(s.dir())[0], nil)
		if err == nil {
			err = a.accept(s, fresh, nil)
		}
		return err
	}
	kept, err := a.kept(s)
	if err != nil {
		return err
	}
	a.options.Progress(Progress{Activity: Refresh, Suite: s.suite})
	if a.options.Offline {
		return a.useKept(s, kept, ErrOffline)
	}
	var problems []error
	for _, u := range s.urls(s.dir()) {
		fresh, err := a.askMirror(ctx, s, u, kept)
		if err == nil {
			err = a.accept(s, fresh, kept)
		}
		if err == nil {
			return a.keep(s, fresh, kept)
		}
		problems = append(problems, err)
		if ctx.Err() != nil {
			break
		}
	}
	err = joinFailures(problems)
	if ctx.Err() == nil && kept != nil && allUnreachable(problems) {
		return a.useKept(s, kept, err)
	}
	return err
}

// allUnreachable is false as soon as one mirror answered: what it said counts.
func allUnreachable(problems []error) bool {
	return !slices.ContainsFunc(problems, func(err error) bool { return !errors.Is(err, ErrUnreachable) })
}

// kept loads and verifies what the cache has, nil if nothing. Damage is like
// absence; a signature that is not good any more (an expired key, another
// keyring) only means that there is no Release to fall back to.
func (a *Archive) kept(s *site) (*verifiedRelease, error) {
	data, err := a.cache.readFile(s.keptName())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the cache: %w", err)
	}
	var k keptRelease
	if err := json.Unmarshal(data, &k); err != nil {
		return nil, nil
	}
	v, err := a.verify(s, k)
	if err != nil {
		return nil, nil
	}
	return v, nil
}

// verify checks the signature and reads the signed text.
func (a *Archive) verify(s *site, k keptRelease) (v *verifiedRelease, err error) {
	var text []byte
	now := a.options.Now()
	if s.source.bundled {
		now = time.Time{} // when each signature was made
	}
	if k.InRelease != nil {
		text, err = s.keys.openClearsigned(k.InRelease, now)
	} else {
		text, err = s.keys.openDetached(k.Release, k.Signature, now)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot trust %s: %w", k.name(), err)
	}
	r, err := parseRelease(text)
	if err != nil {
		return nil, fmt.Errorf("cannot use %s: %w", k.name(), err)
	}
	sum := sha256.Sum256(text)
	return &verifiedRelease{k, r, hex.EncodeToString(sum[:])}, nil
}

func (k keptRelease) name() string {
	if k.InRelease != nil {
		return k.From + "/InRelease"
	}
	return k.From + "/Release"
}

// useKept falls back to the cache's Release, which must still be valid.
func (a *Archive) useKept(s *site, kept *verifiedRelease, why error) error {
	if kept == nil {
		return fmt.Errorf("there is no Release of it in the cache, and %w", why)
	}
	if err := a.accept(s, kept, kept); err != nil {
		return fmt.Errorf("the cached Release cannot stand in: %w; and %w", err, why)
	}
	s.stale = true
	a.note(s.suite, "suite %s: using the cached Release of %s, as %v", s.suite, stamp(s.release.date), why)
	return nil
}

// askMirror gets and verifies InRelease, or Release and Release.gpg from a
// mirror that has no InRelease.
func (a *Archive) askMirror(ctx context.Context, s *site, dir *url.URL, kept *verifiedRelease) (*verifiedRelease, error) {
	t := *a.transport
	var known validators
	if kept != nil {
		// There is something to fall back to, so do not insist.
		t.retries = min(t.retries, 1)
		if kept.From == dir.Redacted() && kept.InRelease != nil {
			known = kept.Validators
		}
	}
	data, v, notModified, err := t.getSmall(ctx, dir.JoinPath("InRelease"), maxRelease, known)
	switch {
	case err == nil && notModified, err == nil && kept != nil && bytes.Equal(data, kept.InRelease):
		return kept, nil
	case err == nil:
		return a.verify(s, keptRelease{From: dir.Redacted(), Validators: v, InRelease: data})
	case !isMissing(err):
		return nil, err
	}
	missing, fresh := err, keptRelease{From: dir.Redacted()}
	if fresh.Release, _, _, err = t.getSmall(ctx, dir.JoinPath("Release"), maxRelease, validators{}); err != nil {
		return nil, joinFailures([]error{missing, err})
	}
	if fresh.Signature, _, _, err = t.getSmall(ctx, dir.JoinPath("Release.gpg"), maxRelease, validators{}); err != nil {
		if isMissing(err) {
			err = fmt.Errorf("%w: there is neither InRelease nor Release.gpg: %w", ErrUnsigned, err)
		}
		return nil, err
	}
	return a.verify(s, fresh)
}

// isMissing tells a file that is not there from a server that is not.
func isMissing(err error) bool {
	var status statusError
	return errors.Is(err, fs.ErrNotExist) ||
		errors.As(err, &status) && (status.code == http.StatusNotFound || status.code == http.StatusGone || status.code == http.StatusForbidden)
}

// accept makes a verified Release the site's, if it is of the right suite and
// time.
func (a *Archive) accept(s *site, v, old *verifiedRelease) error {
	err := v.checkSuite(s.suite)
	if err == nil {
		err = v.checkDates(s.source, a.options.Now())
	}
	if err == nil && old != nil && v.date.Before(old.date) && !a.options.AllowRollback {
		err = fmt.Errorf("%w: it is of %s, and the one in the cache of %s", ErrRollback, stamp(v.date), stamp(old.date))
	}
	if err != nil {
		return fmt.Errorf("cannot use %s: %w", v.name(), err)
	}
	s.release, s.digest, s.signed, s.stale = v.release, v.digest, v.keptRelease, false
	if s.source.bundled {
		a.acceptBundled(s)
	}
	return nil
}

// acceptBundled makes the Release prefer the forms of files that are in the
// bundle, and tells that a bundle's time has passed.
func (a *Archive) acceptBundled(s *site) {
	base := s.mirrors[0].Path
	s.release.has = func(name string) bool { return a.options.Bundle.has(path.Join(base, s.dir(), name)) }
	if until := s.release.validUntil; !until.IsZero() && a.options.Now().After(until) {
		a.note(s.suite, "suite %s: the bundle's state of %s was valid until %s", s.suite, stamp(s.release.date), stamp(until))
	}
}

// keep remembers a verified Release. What is there already is not written
// again: so a warm cache may be read-only.
func (a *Archive) keep(s *site, fresh, kept *verifiedRelease) error {
	if fresh == kept {
		return nil
	}
	data, err := json.Marshal(fresh.keptRelease)
	if err != nil {
		return fmt.Errorf("cannot keep the Release: %w", err)
	}
	return a.cache.writeFile(s.keptName(), data)
}

// A Snapshot says which state of a suite was used.
type Snapshot struct {
	Suite, Codename, Origin string
	Date                    time.Time
	ReleaseSHA256           string // of the signed text, lower-case hexadecimal
}

// Snapshots lists the suites, sorted by name and digest.
func (a *Archive) Snapshots() []Snapshot {
	var all []Snapshot
	for _, s := range a.sites {
		all = append(all, Snapshot{s.suite, s.release.codename, s.release.origin, s.release.date, s.digest})
	}
	slices.SortFunc(all, func(x, y Snapshot) int {
		return strings.Compare(x.Suite+" "+x.ReleaseSHA256, y.Suite+" "+y.ReleaseSHA256)
	})
	return slices.Compact(all)
}
