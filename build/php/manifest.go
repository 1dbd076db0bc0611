package php

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// manifest is what the build reads of composer.json (Composer's schema).
type manifest struct {
	Require     links           `json:"require"`
	RequireDev  links           `json:"require-dev"`
	Scripts     map[string]any  `json:"scripts"`
	Autoload    autoload        `json:"autoload"`
	AutoloadDev autoload        `json:"autoload-dev"`
	Config      json.RawMessage `json:"config"`
	Extra       json.RawMessage `json:"extra"`
	found       bool
}

// lock is what the build reads of composer.lock.
type lock struct {
	Packages []lockedPackage `json:"packages"`
	found    bool
}

// lockedPackage is a package of composer.lock or of vendor/composer/installed.json.
type lockedPackage struct {
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Require  links    `json:"require"`
	License  []string `json:"license"`
	Autoload autoload `json:"autoload"`
	// Path is where the package lies, relative to vendor/composer; installed.json alone has it.
	Path string `json:"install-path"`
}

// links are packages with constraints. PHP writes an empty object as an empty list.
type links map[string]string

func (l *links) UnmarshalJSON(data []byte) error {
	var plain map[string]string
	if string(data) != "[]" {
		if err := json.Unmarshal(data, &plain); err != nil {
			return err
		}
	}
	*l = plain
	return nil
}

// autoload says where a package's classes are.
type autoload struct {
	PSR4     map[string]any
	PSR0     map[string]any
	Classmap []string
	Files    []string
	Exclude  []string
}

func (a *autoload) UnmarshalJSON(data []byte) error {
	var raw struct {
		PSR4     json.RawMessage `json:"psr-4"`
		PSR0     json.RawMessage `json:"psr-0"`
		Classmap []string        `json:"classmap"`
		Files    []string        `json:"files"`
		Exclude  []string        `json:"exclude-from-classmap"`
	}
	if string(data) == "[]" {
		return nil
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	a.Classmap, a.Files, a.Exclude = raw.Classmap, raw.Files, raw.Exclude
	for _, part := range []struct {
		from json.RawMessage
		to   *map[string]any
	}{{raw.PSR4, &a.PSR4}, {raw.PSR0, &a.PSR0}} {
		if len(part.from) == 0 || string(part.from) == "[]" {
			continue
		}
		if err := json.Unmarshal(part.from, part.to); err != nil {
			return err
		}
	}
	return nil
}

// paths are all files and folders that the classes are looked for in, as written.
func (a autoload) paths() []string {
	all := append(slices.Clone(a.Classmap), a.Files...)
	for _, roots := range []map[string]any{a.PSR4, a.PSR0} {
		for _, name := range slices.Sorted(maps.Keys(roots)) {
			all = append(all, language.Texts(roots[name])...)
		}
	}
	return all
}

// readManifest reads composer.json; a folder without one has nothing to require.
func readManifest(dir fs.FS) (manifest, error) {
	var m manifest
	found, err := readJSON(dir, "composer.json", &m)
	m.found = found
	return m, err
}

func readLock(dir fs.FS) (lock, error) {
	var l lock
	found, err := readJSON(dir, "composer.lock", &l)
	l.found = found
	return l, err
}

// readJSON reads a file of Composer, and tells whether it is there.
func readJSON(dir fs.FS, name string, into any) (bool, error) {
	text, found, err := language.ReadText(dir, name)
	if err != nil || !found {
		return false, err
	}
	data := []byte(text)
	if err := document.JSON(data, into); err != nil {
		return true, &language.Problem{
			What: "cannot read " + name + ": " + told(data, err), Err: err,
			Next: "Correct it; `composer validate` tells what else is wrong with it.",
		}
	}
	return true, nil
}

// told is an error of JSON as somebody who wrote the file reads it.
func told(data []byte, err error) string {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		head := string(data[:min(int(syntax.Offset), len(data))])
		return fmt.Sprintf("%v (line %d)", err, 1+strings.Count(head, "\n"))
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("the value of %q is of the wrong kind: %s", kind.Field, kind.Value)
	}
	return err.Error()
}

// platformPHP is config.platform.php of composer.json: the version that packages are chosen for.
func (m manifest) platformPHP() string {
	var config struct {
		Platform map[string]any `json:"platform"`
	}
	if json.Unmarshal(m.Config, &config) != nil {
		return ""
	}
	version, _ := config.Platform["php"].(string)
	return version
}

// has tells whether a package is locked, or else required.
func (a *app) has(name string) bool {
	if slices.ContainsFunc(a.lock.Packages, func(p lockedPackage) bool { return p.Name == name }) {
		return true
	}
	_, required := a.manifest.Require[name]
	return required
}

// requiresPackages tells whether composer.json asks for more than PHP and extensions, which no lock pins.
func (m manifest) requiresPackages() bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(m.Require)), func(name string) bool { return strings.Contains(name, "/") })
}
