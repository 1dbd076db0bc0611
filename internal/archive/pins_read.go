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

	"whittle.dev/whittle/internal/deb"
)

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

// ParsePins reads one preferences file. Only text that is no deb822 at all is an
// error; a stanza that makes no sense becomes a Pin with a Problem.
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
		if paragraph.Get("Package") == "" && paragraph.Get("Pin") == "" {
			continue // nothing but an Explanation
		}
		pin, err := parsePin(paragraph)
		if err != nil {
			pin.Problem = fmt.Errorf("preferences %s, package %q: %w", name, firstLine([]byte(pin.Package)), err)
		}
		pins = append(pins, pin)
	}
}

func parsePin(paragraph deb.Paragraph) (Pin, error) {
	pin := Pin{Package: paragraph.Get("Package")}
	var err error
	if pin.Priority, err = strconv.Atoi(paragraph.Get("Pin-Priority")); err != nil {
		return pin, fmt.Errorf("Pin-Priority %q is no number", paragraph.Get("Pin-Priority"))
	}
	kind, value, _ := strings.Cut(paragraph.Get("Pin"), " ")
	value = strings.TrimSpace(value)
	switch kind {
	case "version":
		pin.Version = value
		return pin, checkPattern(value)
	case "origin":
		pin.Host = strings.Trim(value, `"`)
		pin.Local = pin.Host == ""
		return pin, checkPattern(pin.Host)
	case "release":
		return pin.byRelease(value)
	}
	return pin, fmt.Errorf("Pin %q is not by release, version or origin", paragraph.Get("Pin"))
}

func checkPattern(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("%q is no shell pattern", pattern)
	}
	return nil
}

// byRelease reads the conditions on a Release file.
func (p Pin) byRelease(conditions string) (Pin, error) {
	fields := map[string]*string{
		"a": &p.Suite, "n": &p.Codename, "o": &p.Origin, "l": &p.Label, "v": &p.Release, "c": &p.Component,
	}
	for condition := range strings.SplitSeq(conditions, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(condition), "=")
		field, known := fields[key]
		if !known {
			return p, fmt.Errorf("Pin by %q is not known here; a=, n=, o=, l=, v= and c= are", condition)
		}
		*field = strings.Trim(value, `"`)
		if err := checkPattern(*field); err != nil {
			return p, err
		}
	}
	return p, nil
}
