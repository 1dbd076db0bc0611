package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Source is one entry of apt's configuration: where packages come from, and
// whose signature vouches for them. It follows sources.list(5), both the
// one-line and the deb822 style.
type Source struct {
	// Name is where the entry was read, "file:line", for messages.
	Name string
	// URIs are the mirrors, in the order they are tried.
	URIs []string
	// Suites are names below dists/. A suite that ends in "/" is a flat
	// archive: a directory relative to the URI.
	Suites []string
	// Components are empty for a flat archive.
	Components []string
	// Architectures limits the entry. Empty means any.
	Architectures []string
	// NotArchitectures are taken away from Architectures.
	NotArchitectures []string
	// SignedBy holds absolute keyring paths and fingerprints. With neither
	// these nor InlineKeys, the default keyrings are trusted.
	SignedBy []string
	// InlineKeys is an armored key written into the entry itself.
	InlineKeys []byte
	// Unsigned names the option ("trusted=yes") that asks for packages to be
	// taken without a signature. Open refuses such a source.
	Unsigned string
	// IgnoreValidUntil accepts a Release whose Valid-Until has passed, as
	// snapshot archives need.
	IgnoreValidUntil bool
	// IgnoreDate accepts a Release from the future.
	IgnoreDate bool
	// bundled entries are those of a Bundle, whose hosts were these.
	bundled      bool
	bundledHosts []string
	// checkValidUntil and checkDate say that the entry itself asks for the
	// check, whatever apt's settings say of all archives.
	checkValidUntil, checkDate bool
	// MaxValid and MinValid bound the time from a Release's Date to its end,
	// whatever Valid-Until says. Zero means no bound.
	MaxValid, MinValid time.Duration
	// NoByHash asks for indexes by their names even if the Release offers
	// them by digest.
	NoByHash bool
}

const (
	sourcesMain  = "etc/apt/sources.list"
	sourcesParts = "etc/apt/sources.list.d"

	// maxSourcesFile bounds one sources file. Real ones are below 20 kB, and
	// most of that is an inline key.
	maxSourcesFile = 4 << 20
)

// ReadSources reads apt's sources below root, in apt's own order:
// sources.list, then the *.list and *.sources files of sources.list.d by name.
// Paths in Signed-By stay as written: they are relative to Options.Root.
func ReadSources(root string) ([]Source, error) {
	names := []string{sourcesMain}
	entries, err := os.ReadDir(filepath.Join(root, sourcesParts))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot list apt sources: %w", err)
	}
	for _, e := range entries {
		if isSourcesName(e.Name()) {
			names = append(names, sourcesParts+"/"+e.Name())
		}
	}
	var all []Source
	for _, name := range names {
		path := filepath.Join(root, name)
		data, err := readBounded(path, maxSourcesFile)
		if errors.Is(err, fs.ErrNotExist) && name == sourcesMain {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read apt sources: %w", err)
		}
		sources, err := ParseSources(path, data)
		if err != nil {
			return nil, err
		}
		all = append(all, sources...)
	}
	return all, nil
}

// isSourcesName follows apt: a known ending, and only letters, digits,
// underscore, hyphen and full stop, so that editors' backups are left out.
func isSourcesName(name string) bool {
	if strings.HasPrefix(name, ".") {
		return false
	}
	if !strings.HasSuffix(name, ".list") && !strings.HasSuffix(name, ".sources") {
		return false
	}
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		case r == '_', r == '-', r == '.':
		default:
			return false
		}
	}
	return true
}

// ParseSources reads one sources file. The style follows the name, as apt does
// it: deb822 for *.sources, one-line for *.list; for any other name (standard
// input, a command line) the content decides. Disabled entries and deb-src are
// left out. Errors name the file and line.
func ParseSources(name string, data []byte) ([]Source, error) {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return nil, fmt.Errorf("cannot read apt sources %s: byte %d is NUL: not a text file", name, i)
	}
	if isDeb822(name, data) {
		return parseDeb822Sources(name, data)
	}
	return parseLineSources(name, data)
}

func isDeb822(name string, data []byte) bool {
	switch filepath.Ext(name) {
	case ".sources":
		return true
	case ".list":
		return false
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		first, _, _ := strings.Cut(line, " ")
		return strings.Contains(first, ":")
	}
	return false
}

// checkURIs reports an address that is not known here. It is not looked at when
// sources are read: a machine has entries, of a CD or another transport, that
// are not of the suites which are then used.
func (s Source) checkURIs() error {
	for _, uri := range s.URIs {
		if err := checkURI(uri); err != nil {
			return s.errorf("%v", err)
		}
	}
	return nil
}

// check reports what makes the entry unusable.
func (s Source) check() error {
	if len(s.URIs) == 0 {
		return s.errorf("it has no URI")
	}
	if len(s.Suites) == 0 {
		return s.errorf("it has no suite")
	}
	for _, suite := range s.Suites {
		flat := strings.HasSuffix(suite, "/")
		if flat && len(s.Components) > 0 {
			return s.errorf("suite %q ends in / (a flat archive), which has no components, but it lists %s",
				suite, strings.Join(s.Components, " "))
		}
		if !flat && len(s.Components) == 0 {
			return s.errorf("suite %q has no component (such as main)", suite)
		}
		if suite != "/" && !isPlainPath(strings.TrimSuffix(strings.TrimPrefix(suite, "./"), "/"), suite == "./") {
			return s.errorf("suite %q is not a plain path", suite)
		}
	}
	for _, component := range s.Components {
		if !isPlainPath(component, false) {
			return s.errorf("component %q is not a plain path", component)
		}
	}
	return nil
}

func (s Source) errorf(format string, args ...any) error {
	return fmt.Errorf("cannot use apt source %s: %s", s.Name, fmt.Sprintf(format, args...))
}

// serves tells whether the entry is meant for arch.
func (s Source) serves(arch string) bool {
	if slices.Contains(s.NotArchitectures, arch) {
		return false
	}
	return len(s.Architectures) == 0 || slices.Contains(s.Architectures, arch)
}

// isPlainPath accepts a relative path without empty, "." or ".." elements,
// control characters or anything that has a meaning in a URL.
func isPlainPath(p string, emptyOK bool) bool {
	if p == "" {
		return emptyOK
	}
	for elem := range strings.SplitSeq(p, "/") {
		if elem == "" || elem == "." || elem == ".." {
			return false
		}
	}
	return !strings.ContainsFunc(p, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == '\\' || r == '?' || r == '#'
	})
}
