package archive

import (
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
	suite   string
	mirrors []*url.URL
	keys    keyring

	release release
	digest  string // SHA256 of the Release text
	stale   bool   // the release is the cache's, because no mirror answered
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

const (
	// maxRelease bounds Release files; Debian's largest has 1.5 MB.
	maxRelease = 32 << 20
)

// keptName names the cache's memory of the suite. The first mirror stands for
// all of them: they are the same archive.
func (s *site) keptName() string {
	first := *s.mirrors[0]
	first.User = nil
	sum := sha256.Sum256([]byte(first.String() + " " + s.suite))
	return path.Join(releaseDir, hex.EncodeToString(sum[:16])+".json")
}

// errRollback means that a mirror offers less than what was seen already.
var errRollback = errors.New("it is older than the one seen before")

// refresh gets and verifies the newest Release, and keeps it.
func (a *Archive) refresh(ctx context.Context, s *site) error {
	kept, old, err := a.kept(s)
	if err != nil {
		return err
	}
	a.options.Progress(Progress{Activity: Refresh, Suite: s.suite})
	if a.options.Offline {
		return a.useKept(s, kept, old, errors.New("the network is not to be used"))
	}
	var problems []error
	for _, u := range s.urls(s.dir()) {
		fresh, notModified, err := a.askMirror(ctx, s, u, kept)
		if err == nil && notModified {
			fresh = kept
		}
		if err == nil {
			err = a.accept(s, fresh, old)
		}
		if err == nil && !notModified {
			err = a.keep(s, fresh, kept)
			if err != nil {
				return err
			}
		}
		if err == nil {
			return nil
		}
		problems = append(problems, err)
		if ctx.Err() != nil {
			break
		}
	}
	err = joinFailures(problems)
	if ctx.Err() == nil && kept != nil && allUnreachable(problems) {
		return a.useKept(s, kept, old, err)
	}
	return err
}

// allUnreachable is false as soon as one mirror answered: what it said counts.
func allUnreachable(problems []error) bool {
	return !slices.ContainsFunc(problems, func(err error) bool { return !errors.Is(err, errUnreachable) })
}

// kept loads and verifies what the cache has. Damage is like absence; a
// signature that is not good any more (an expired key, another keyring) only
// means that there is no Release to fall back to.
func (a *Archive) kept(s *site) (*keptRelease, *release, error) {
	data, err := fs.ReadFile(a.cache.root.FS(), s.keptName())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the cache: %w", err)
	}
	var k keptRelease
	if err := json.Unmarshal(data, &k); err != nil {
		return nil, nil, nil
	}
	text, err := a.openKept(s, &k)
	if err != nil {
		return nil, nil, nil
	}
	r, err := parseRelease(text)
	if err != nil {
		return nil, nil, nil
	}
	return &k, &r, nil
}

// openKept returns the signed text.
func (a *Archive) openKept(s *site, k *keptRelease) ([]byte, error) {
	if k.InRelease != nil {
		return s.keys.openClearsigned(k.InRelease, a.options.Now())
	}
	return s.keys.openDetached(k.Release, k.Signature, a.options.Now())
}

// useKept falls back to the cache's Release, which must still be valid.
func (a *Archive) useKept(s *site, kept *keptRelease, old *release, why error) error {
	if kept == nil {
		return fmt.Errorf("there is nothing in the cache, and %w", why)
	}
	if err := a.accept(s, kept, old); err != nil {
		return fmt.Errorf("the cached Release cannot stand in: %w; and %w", err, why)
	}
	s.stale = true
	a.note(s.suite, "suite %s: using the cached Release of %s, as %v", s.suite, stamp(s.release.date), why)
	return nil
}

// askMirror gets InRelease, or Release and Release.gpg from a mirror that has
// no InRelease.
func (a *Archive) askMirror(ctx context.Context, s *site, dir *url.URL, kept *keptRelease) (*keptRelease, bool, error) {
	t := *a.transport
	var known validators
	if kept != nil {
		// There is something to fall back to, so do not insist.
		t.retries = min(t.retries, 1)
		if kept.From == dir.Redacted() {
			known = kept.Validators
		}
	}
	in := func(name string) *url.URL { return dir.JoinPath(name) }
	fresh := &keptRelease{From: dir.Redacted()}
	data, v, notModified, err := t.getSmall(ctx, in("InRelease"), maxRelease, known)
	if err == nil {
		fresh.InRelease, fresh.Validators = data, v
		return fresh, notModified, nil
	}
	if !isMissing(err) {
		return nil, false, err
	}
	missing := err
	if fresh.Release, _, _, err = t.getSmall(ctx, in("Release"), maxRelease, validators{}); err != nil {
		return nil, false, joinFailures([]error{missing, err})
	}
	if fresh.Signature, _, _, err = t.getSmall(ctx, in("Release.gpg"), maxRelease, validators{}); err != nil {
		if isMissing(err) {
			err = fmt.Errorf("%w: there is neither InRelease nor Release.gpg: %w", ErrUnsigned, err)
		}
		return nil, false, err
	}
	return fresh, false, nil
}

// isMissing tells a file that is not there from a server that is not.
func isMissing(err error) bool {
	var status statusError
	return errors.Is(err, fs.ErrNotExist) ||
		errors.As(err, &status) && (status.code == http.StatusNotFound || status.code == http.StatusGone || status.code == http.StatusForbidden)
}

// accept verifies a Release and makes it the site's.
func (a *Archive) accept(s *site, k *keptRelease, old *release) error {
	now := a.options.Now()
	text, err := a.openKept(s, k)
	name := k.From + "/InRelease"
	if k.InRelease == nil {
		name = k.From + "/Release"
	}
	if err != nil {
		return fmt.Errorf("cannot trust %s: %w", name, err)
	}
	r, err := parseRelease(text)
	if err == nil {
		err = r.checkSuite(s.suite)
	}
	if err == nil {
		err = r.checkDates(s.source, now)
	}
	if err == nil && old != nil && r.date.Before(old.date) && !a.options.AllowRollback {
		err = fmt.Errorf("%w: it is of %s, and the one in the cache of %s", errRollback, stamp(r.date), stamp(old.date))
	}
	if err != nil {
		return fmt.Errorf("cannot use %s: %w", name, err)
	}
	sum := sha256.Sum256(text)
	s.release, s.digest, s.stale = r, hex.EncodeToString(sum[:]), false
	return nil
}

// keep remembers a verified Release. What is there already, byte for byte, is
// not written again: so a warm cache may be read-only.
func (a *Archive) keep(s *site, fresh, kept *keptRelease) error {
	data, err := json.Marshal(fresh)
	if err != nil {
		return fmt.Errorf("cannot keep the Release: %w", err)
	}
	if kept != nil {
		if same, err := json.Marshal(kept); err == nil && string(same) == string(data) {
			return nil
		}
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
