package python

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"whittle.dev/whittle/build/language"
)

// readWishes reads what an app says about its Python, the strongest first: setting, version file, manifest.
func readWishes(dir fs.FS, setting string) ([]language.Wish, error) {
	var wishes []language.Wish
	if setting != "" {
		wishes = append(wishes, language.Wish{Spec: setting, From: "BP_PYTHON_VERSION", Pin: !strings.ContainsAny(setting, "<>=~!,")})
	}
	for _, file := range []struct {
		name string
		read func(string) (string, error)
	}{{".python-version", readVersionFile}, {"runtime.txt", readRuntimeFile}} {
		text, err := fs.ReadFile(dir, file.name)
		if err != nil {
			continue // absent
		}
		if !utf8.Valid(text) {
			return nil, fmt.Errorf("cannot read %s: it is not UTF-8 text", file.name)
		}
		spec, err := file.read(strings.TrimPrefix(string(text), "\uFEFF"))
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", file.name, err)
		}
		wishes = append(wishes, language.Wish{Spec: spec, From: file.name, Pin: true})
	}
	requires, err := requiresPython(dir)
	if err != nil {
		return nil, err
	}
	if requires != "" {
		wishes = append(wishes, language.Wish{Spec: requires, From: "pyproject.toml (requires-python)"})
	}
	return wishes, nil
}

func readVersionFile(text string) (string, error) {
	var versions []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			versions = append(versions, line)
		}
	}
	switch {
	case len(versions) == 0:
		return "", fmt.Errorf("it names no version")
	case len(versions) > 1:
		return "", fmt.Errorf("it names several versions: %s", language.List(versions))
	}
	v := strings.TrimPrefix(versions[0], "python-")
	if _, err := release(v); err != nil {
		return "", err
	}
	return v, nil
}

func readRuntimeFile(text string) (string, error) {
	v, ok := strings.CutPrefix(strings.TrimSpace(text), "python-")
	if !ok {
		return "", fmt.Errorf("%q is not of the form python-3.13.5", strings.TrimSpace(text))
	}
	_, err := release(v)
	return v, err
}

func requiresPython(dir fs.FS) (string, error) {
	var p struct {
		Project struct {
			RequiresPython string `toml:"requires-python"`
		} `toml:"project"`
	}
	text, err := fs.ReadFile(dir, "pyproject.toml")
	if err != nil {
		return "", nil // absent: nothing is required
	}
	if _, err := toml.Decode(string(text), &p); err != nil {
		return "", fmt.Errorf("cannot read pyproject.toml: %w", err)
	}
	return p.Project.RequiresPython, nil
}

// choose checks the one version that the build image has against the wishes.
func choose(wishes []language.Wish, have string) (string, error) {
	return language.Choose("Python", wishes, []string{have}, allows)
}

func allows(w language.Wish, have string) (bool, error) {
	if w.Pin {
		want, err := release(w.Spec)
		if err != nil {
			return false, err
		}
		got, err := release(have)
		// Debian ships the newest patch of a minor version with fixes: a pinned patch is that minor version.
		return err == nil && slices.Equal(want[:min(2, len(want))], got[:min(2, len(want))]), err
	}
	for one := range strings.SplitSeq(w.Spec, ",") {
		ok, err := allowsOne(strings.TrimSpace(one), have)
		if err != nil || !ok {
			return ok, err
		}
	}
	return true, nil
}

// allowsOne checks one specifier of PEP 440.
func allowsOne(spec, have string) (bool, error) {
	op := spec[:len(spec)-len(strings.TrimLeft(spec, "<>=!~^"))]
	text := strings.TrimSpace(spec[len(op):])
	text, wildcard := strings.CutSuffix(text, ".*")
	want, err := release(text)
	if err != nil {
		return false, err
	}
	got, err := release(have)
	if err != nil {
		return false, err
	}
	prefix := slices.Equal(want, got[:min(len(want), len(got))])
	order := slices.Compare(pad(got), pad(want))
	switch op {
	case "==", "===", "":
		return order == 0 || (wildcard && prefix), nil
	case "!=":
		return !(order == 0 || (wildcard && prefix)), nil
	case ">=":
		return order >= 0, nil
	case "<=":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	case "<":
		return order < 0, nil
	case "~=", "^":
		keep := len(want) - 1
		if op == "^" {
			keep = 1
		}
		return order >= 0 && slices.Equal(want[:keep], got[:keep]), nil
	}
	return false, fmt.Errorf("%q is no version specifier", spec)
}

// release reads a version's numbers.
func release(v string) ([]int, error) {
	var numbers []int
	for part := range strings.SplitSeq(v, ".") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || len(numbers) == 3 {
			return nil, fmt.Errorf("%q is no Python version", v)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

func pad(v []int) []int { return append(slices.Clone(v), 0, 0, 0)[:3] }

// minor is the first two numbers of a version.
func minor(v string) string { return strings.Join(strings.SplitN(v, ".", 3)[:2], ".") }
