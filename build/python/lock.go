package python

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// lock is a lock file, whichever tool wrote it.
type lock struct {
	File     string
	Tool     string // that writes it: "uv", "poetry", "pdm", "pipenv", or "the tool that wrote it"
	Mend     string // the command that locks anew
	Python   string // version specifiers that it was made for, alternatives joined by "||"; empty for any
	Pin      string // a version of Python that it was made for: "3.13"
	Packages []*locked
	Needs    []Requirement // of the project, as the lock has them; they count where the manifest does not say
	Flat     bool          // it lists what to install, without who needs what
}

// locked is one package of a lock.
type locked struct {
	Name, Version string
	Extras        []string // it is the entry of these extras, beside the package's own (pdm.lock)
	Marker        string
	Python        string   // version specifiers
	Hashes        []string // "sha256:…", of every file of it
	Source        bool     // no file of it is a wheel for Linux
	From          source   // nothing for an index
	Registry      string   // URL of the index, where the lock says it
	Virtual       bool     // a folder of the app that is no package: only what it needs is installed
	Needs         []need
}

// need is an edge of a lock.
type need struct {
	Requirement
	For     string // only with this extra of the package that needs it; empty for always
	Version string // the one that is meant, where the lock has several
}

// reader knows the format of a lock.
type reader struct {
	file string
	read func(file, text string) (*lock, error)
}

// readers stand in the order in which the files are looked for.
var readers = []reader{
	{"pylock.toml", readPylock},
	{"uv.lock", readUVLock},
	{"poetry.lock", readPoetryLock},
	{"pdm.lock", readPDMLock},
	{"Pipfile.lock", readPipfileLock},
}

// readLocks reads the app's lock. More than one is rare: the first in the list above counts, but [tool.poetry] without
// [project] makes it Poetry's. It names the others, too.
func readLocks(dir fs.FS, m *manifest) (l *lock, others []string, err error) {
	var found []string
	for _, r := range readers {
		if language.IsFile(dir, r.file) {
			found = append(found, r.file)
		}
	}
	if len(found) == 0 {
		return nil, nil, nil
	}
	at := 0
	if i := slices.Index(found, "poetry.lock"); i > 0 && m != nil && m.Poetry && !m.Standard {
		at = i
	}
	l, err = readLock(dir, found[at])
	return l, slices.Delete(found, at, at+1), err
}

// readLock reads a lock by the tool whose file it is.
func readLock(dir fs.FS, file string) (*lock, error) {
	text, _, err := language.ReadText(dir, file)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(text) == "" {
		return nil, fmt.Errorf("cannot read %s, which is empty: %w", file, errNoLock)
	}
	for _, r := range readers {
		if r.file == file {
			return r.read(file, text)
		}
	}
	return nil, fmt.Errorf("cannot read %s: %w", file, errNoLock)
}

// markers answer whether environment markers hold for the interpreter that the app will run on.
type markers interface {
	// Prepare says which markers will be asked for.
	Prepare(ctx context.Context, markers []string) error
	// Holds evaluates a marker with one of the extras, or none.
	Holds(ctx context.Context, marker string, extras []string) (bool, error)
}

// staleError is a lock that does not satisfy its manifest.
type staleError struct {
	Lock     *lock
	Findings []string
}

func (e *staleError) Error() string {
	return fmt.Sprintf("%s is out of date:\n%s", e.Lock.File, strings.Join(e.Findings, "\n"))
}

// walk follows a lock from the project's requirements to all that must be installed.
type walk struct {
	lock    *lock
	markers markers
	python  string               // full version of the interpreter
	file    string               // the manifest that the lock belongs to
	sources map[string]source    // of it
	local   map[string]*manifest // workspace members by name
	byName  map[string][]*locked
	seen    map[string]bool
	chosen  []*locked
	stale   []string
}

// take selects what a lock says for production: the manifest's requirements, or the lock's own where the manifest does
// not tell. It returns a *staleError where both disagree.
func take(ctx context.Context, l *lock, roots []Requirement, w walk) ([]*locked, error) {
	w.lock, w.byName, w.seen = l, map[string][]*locked{}, map[string]bool{}
	for _, p := range l.Packages {
		w.byName[p.Name] = append(w.byName[p.Name], p)
	}
	for _, r := range roots {
		if err := w.root(ctx, r, w.file, w.sources); err != nil {
			return nil, err
		}
	}
	if l.Flat {
		if err := w.flat(ctx); err != nil {
			return nil, err
		}
	}
	if len(w.stale) > 0 {
		slices.Sort(w.stale)
		return nil, &staleError{Lock: l, Findings: slices.Compact(w.stale)}
	}
	slices.SortFunc(w.chosen, func(a, b *locked) int { return strings.Compare(a.Name, b.Name) })
	return w.chosen, nil
}

// flat takes every package whose marker holds.
func (w *walk) flat(ctx context.Context) error {
	w.chosen = nil
	for _, p := range w.lock.Packages {
		ok, err := w.applies(ctx, p)
		if err != nil {
			return err
		}
		if ok {
			w.chosen = append(w.chosen, p)
		}
	}
	return nil
}

func (w *walk) applies(ctx context.Context, p *locked) (bool, error) {
	if p.Python != "" && !satisfies(w.python, p.Python) {
		return false, nil
	}
	return w.holds(ctx, p.Marker, nil)
}

func (w *walk) holds(ctx context.Context, marker string, extras []string) (bool, error) {
	if marker == "" {
		return true, nil
	}
	return w.markers.Holds(ctx, marker, extras)
}

// root follows one requirement of a manifest, and finds what the lock lacks for it.
func (w *walk) root(ctx context.Context, r Requirement, file string, sources map[string]source) error {
	ok, err := w.holds(ctx, r.Marker, nil)
	if err != nil || !ok {
		return err
	}
	found, err := w.find(ctx, r, "")
	if err != nil {
		return err
	}
	if len(found) == 0 {
		if found, err = w.ofSource(ctx, sources[r.Name]); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		has := "it has none of that name"
		if all := w.byName[r.Name]; len(all) > 0 {
			has = "it has " + r.Name + " " + all[0].Version
		}
		w.stale = append(w.stale, fmt.Sprintf("%s requires %s; %s", file, Requirement{Name: r.Name, Extras: r.Extras, Spec: r.Spec, AnyOf: r.AnyOf, URL: r.URL}, has))
		return nil
	}
	if s := sources[r.Name]; s.local() && !found[0].From.local() {
		w.stale = append(w.stale, fmt.Sprintf("%s takes %s from a folder of the app; it has %s from an index", file, r.Name, r.Name))
		return nil
	}
	return w.visit(ctx, found, r.Extras)
}

// ofSource returns the entry of a lock that comes from where a manifest says. Pipenv's manifests may call a package of a folder, repository or
// archive as they like, and its lock has it by its own name.
func (w *walk) ofSource(ctx context.Context, s source) ([]*locked, error) {
	for _, p := range w.lock.Packages {
		same := s.Path != "" && path.Clean(p.From.Path) == path.Clean(s.Path) && p.From.Path != "" || s.Git != "" && p.From.Git == s.Git && p.From.Sub == s.Sub || s.URL != "" && p.From.URL == s.URL
		if !same {
			continue
		}
		if ok, err := w.applies(ctx, p); ok || err != nil {
			return []*locked{p}, err
		}
	}
	return nil, nil
}

// find returns the entries of a lock that a requirement means: of one version, the package's own and those of extras.
func (w *walk) find(ctx context.Context, r Requirement, version string) ([]*locked, error) {
	var found []*locked
	for _, p := range w.byName[r.Name] {
		if version != "" && p.Version != version || len(found) > 0 && found[0].Version != p.Version {
			continue
		}
		// A package from a folder or URL has whatever version it has.
		if p.From == (source{}) && !p.Virtual && r.URL == "" && !r.allows(p.Version) {
			continue
		}
		ok, err := w.applies(ctx, p)
		if err != nil {
			return nil, err
		}
		if ok && subset(p.Extras, r.Extras) {
			found = append(found, p)
		}
	}
	return found, nil
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// visit takes packages, and what they need in turn with these extras.
func (w *walk) visit(ctx context.Context, found []*locked, extras []string) error {
	for _, p := range found {
		key := p.Name + " " + p.Version + " " + strings.Join(p.Extras, ",")
		news := []string{}
		for _, extra := range append([]string{""}, extras...) {
			if !w.seen[key+"|"+extra] {
				w.seen[key+"|"+extra] = true
				news = append(news, extra)
			}
		}
		if len(news) == 0 {
			continue
		}
		if !w.seen[p.Name] {
			w.seen[p.Name] = true
			w.chosen = append(w.chosen, p)
		}
		if err := w.follow(ctx, p, news, extras); err != nil {
			return err
		}
	}
	return nil
}

// follow goes along the edges of one package. A folder of the app with a manifest of its own is held against that.
func (w *walk) follow(ctx context.Context, p *locked, news, extras []string) error {
	if m := w.local[p.Name]; m != nil && p.From.local() && !m.Dynamic {
		for _, extra := range news {
			list := m.Optional[extra]
			if extra == "" {
				list = m.Requires
			}
			for _, r := range list {
				if err := w.root(ctx, r, m.file(), m.Sources); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, n := range p.Needs {
		if !slices.Contains(news, n.For) {
			continue
		}
		ok, err := w.holds(ctx, n.Marker, extras)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		found, err := w.find(ctx, n.Requirement, n.Version)
		if err != nil {
			return err
		}
		if len(found) == 0 { // an override, or a version that the index had mended: the lock's word counts
			if found, err = w.find(ctx, Requirement{Name: n.Name, Extras: n.Extras}, n.Version); err != nil {
				return err
			}
		}
		if err := w.visit(ctx, found, n.Extras); err != nil {
			return err
		}
	}
	return nil
}

func (m *manifest) file() string {
	if m.Dir == "." || m.Dir == "" {
		return "pyproject.toml"
	}
	return m.Dir + "/pyproject.toml"
}

// pipHashes are those that pip takes.
func (p *locked) pipHashes() []string {
	var all []string
	for _, h := range p.Hashes {
		if strings.HasPrefix(h, "sha256:") || strings.HasPrefix(h, "sha384:") || strings.HasPrefix(h, "sha512:") {
			all = append(all, h)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// requirement is the package as pip is asked for it.
func (p *locked) requirement() Requirement {
	r := Requirement{Name: p.Name, Spec: "==" + p.Version}
	switch {
	case p.From.Git != "":
		r.URL = gitURL(p.From)
	case p.From.URL != "":
		r.URL = p.From.URL
		if p.From.Sub != "" {
			r.URL += "#subdirectory=" + p.From.Sub
		}
	}
	return r
}

// gitURL is a source in git as pip takes it.
func gitURL(s source) string {
	url := s.Git
	if !strings.HasPrefix(url, "git+") {
		if user, path, ok := strings.Cut(url, ":"); ok && strings.Contains(user, "@") && !strings.Contains(user, "/") {
			url = "ssh://" + user + "/" + path // git@host:owner/name
		}
		url = "git+" + url
	}
	if s.Rev != "" {
		url += "@" + s.Rev
	}
	if s.Sub != "" {
		url += "#subdirectory=" + s.Sub
	}
	return url
}

var errNoLock = errors.New("it is no lock that this version of whittle reads")
