package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"whittle.dev/whittle/slicer/internal/deb"
)

// A Pin changes the priority of some packages: apt_preferences(5). Empty fields
// match anything.
type Pin struct {
	Package  string // a name or a shell pattern; several, with blanks between
	Suite    string // as sources.list names it, or the Release's Suite (a=)
	Codename string // n=
	Origin   string // the Release's Origin (o=)
	Version  string // a shell pattern
	Priority int    // negative: never
}

func (p Pin) matches(s *site, of *Package) bool {
	return matchAny(p.Package, of.Name) &&
		(matchAny(p.Suite, s.suite) || matchAny(p.Suite, s.release.suite)) &&
		matchAny(p.Codename, s.release.codename) &&
		matchAny(p.Origin, s.release.origin) &&
		matchAny(p.Version, of.Version)
}

func matchAny(patterns, value string) bool {
	for pattern := range strings.FieldsSeq(patterns) {
		if ok, err := path.Match(pattern, value); err == nil && ok {
			return true
		}
	}
	return patterns == ""
}

// isGeneral tells a pin for all packages, which apt tries after all others.
func (p Pin) isGeneral() bool { return p.Package == "" || p.Package == "*" }

// priority is that of the first pin that names the package, else of the first
// general one, else the suite's own.
func (a *Archive) priority(s *site, of *Package) int {
	for _, general := range []bool{false, true} {
		for _, pin := range a.options.Pins {
			if pin.isGeneral() == general && pin.matches(s, of) {
				return pin.Priority
			}
		}
	}
	return s.release.priority()
}

// ReadPins reads etc/apt/preferences and preferences.d below root. Missing
// files are no error.
func ReadPins(root string) ([]Pin, error) {
	names := []string{"etc/apt/preferences"}
	const parts = "etc/apt/preferences.d"
	entries, err := os.ReadDir(filepath.Join(root, parts))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot list apt's preferences: %w", err)
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext == "" || ext == ".pref" {
			names = append(names, parts+"/"+e.Name())
		}
	}
	var all []Pin
	for _, name := range names {
		data, err := readBounded(filepath.Join(root, name), maxSourcesFile)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read apt's preferences: %w", err)
		}
		pins, err := ParsePins(name, data)
		if err != nil {
			return nil, err
		}
		all = append(all, pins...)
	}
	return all, nil
}

// ParsePins reads one preferences file.
func ParsePins(name string, data []byte) ([]Pin, error) {
	var pins []Pin
	reader := deb.NewParagraphReader(strings.NewReader(string(data)))
	for {
		paragraph, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return pins, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read preferences %s: %w", name, err)
		}
		pin, err := parsePin(paragraph)
		if err != nil {
			return nil, fmt.Errorf("cannot read preferences %s: %w", name, err)
		}
		pins = append(pins, pin)
	}
}

func parsePin(paragraph deb.Paragraph) (Pin, error) {
	pin := Pin{Package: paragraph.Get("Package")}
	priority, err := strconv.Atoi(paragraph.Get("Pin-Priority"))
	if err != nil {
		return pin, fmt.Errorf("package %q: Pin-Priority %q is no number", pin.Package, paragraph.Get("Pin-Priority"))
	}
	pin.Priority = priority
	kind, value, _ := strings.Cut(paragraph.Get("Pin"), " ")
	value = strings.TrimSpace(value)
	switch kind {
	case "version":
		pin.Version = value
		return pin, nil
	case "release":
	default:
		return pin, fmt.Errorf("package %q: Pin %q is not by release or version", pin.Package, paragraph.Get("Pin"))
	}
	for part := range strings.SplitSeq(value, ",") {
		key, v, found := strings.Cut(strings.TrimSpace(part), "=")
		switch {
		case found && key == "a":
			pin.Suite = v
		case found && key == "n":
			pin.Codename = v
		case found && key == "o":
			pin.Origin = v
		default:
			return pin, fmt.Errorf("package %q: Pin by %q is not known here; a=, n= and o= are", pin.Package, part)
		}
	}
	return pin, nil
}
