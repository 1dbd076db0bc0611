package python

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	people "whittle.dev/whittle/internal/text"
)

// trimmed is what trimming was worth, in bytes, and how many packages it looked at.
type trimmed struct {
	Before, After int64
	Packages      int
}

// trimPackages trims them, and tells what that was worth.
func (p *python) trimPackages(ctx context.Context) error {
	t, err := p.trim(ctx)
	if err == nil && t.Packages > 0 {
		p.Log.Line("packages: %s, after removing %s of headers, sources and symbols", people.Bytes(t.After), people.Bytes(t.Before-t.After))
	}
	return err
}

// trim removes from installed packages what no program reads: headers and sources of extension modules that their code does not
// name, static libraries, bytecode; and symbols of the modules that were compiled here. Modules of binary wheels are left as they
// are: strip breaks some that were rewritten by patchelf. Test suites stay: some packages import theirs.
func (p *python) trim(ctx context.Context) (trimmed, error) {
	var t trimmed
	var err error
	if t.Before, err = language.TreeSize(p.layer.Path); err != nil {
		return t, err
	}
	records, err := filepath.Glob(filepath.Join(p.sitePackages(), "*.dist-info", "RECORD"))
	if err != nil {
		return t, fmt.Errorf("cannot list installed packages: %w", err)
	}
	slices.Sort(records)
	t.Packages = len(records)
	for _, record := range records {
		if err := p.trimPackage(ctx, record); err != nil {
			return t, fmt.Errorf("cannot trim %s: %w", filepath.Base(filepath.Dir(record)), err)
		}
	}
	if err := removeBytecode(p.layer.Path); err != nil {
		return t, err
	}
	for _, dir := range p.tests {
		if err := language.RemoveEmpty(filepath.Dir(dir)); err != nil {
			return t, err
		}
	}
	t.After, err = language.TreeSize(p.layer.Path)
	return t, err
}

// trimPackage trims one distribution and mends its RECORD, which names every file with its digest (PEP 376, 427).
func (p *python) trimPackage(ctx context.Context, record string) error {
	text, err := language.ReadFile(record)
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return err
	}
	built, err := builtHere(filepath.Dir(record))
	if err != nil {
		return err
	}
	named, err := p.namedSources(rows)
	if err != nil {
		return err
	}
	var kept [][]string
	for _, row := range rows {
		file := filepath.Join(p.sitePackages(), row[0])
		if len(row) != 3 || !strings.HasPrefix(file, p.layer.Path+"/") {
			return fmt.Errorf("its RECORD has a row that is no path of the package with digest and size: %q", row)
		}
		switch {
		case developmentFile(row[0]) && !named[filepath.Base(row[0])] || p.isTest(file):
			if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
				return err
			}
			continue
		case built && !p.Debug && strings.Contains(filepath.Base(file), ".so"):
			if err := p.Strip(ctx, file); err != nil {
				return err
			}
			if row[1], row[2], err = recordDigest(file); err != nil {
				return err
			}
		}
		kept = append(kept, row)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.WriteAll(kept); err != nil {
		return err
	}
	return os.WriteFile(record, out.Bytes(), 0o644)
}

// builtHere tells whether a distribution's wheel was built on this machine: its tag names plain linux, which no wheel of
// a registry may have.
func builtHere(distInfo string) (bool, error) {
	text, err := language.ReadFile(filepath.Join(distInfo, "WHEEL"))
	if os.IsNotExist(err) {
		return false, nil
	}
	return strings.Contains(string(text), "-linux_"), err
}

// sourceName matches a text of Python code that is the name or the path of a source of an extension module: what cffi is given by a
// file is compiled of it when it is imported. One after "#include" is in code for a compiler.
var sourceName = regexp.MustCompile(`(#\s*include\s*)?["'](?:[\w./-]*/)?([\w.-]+\.(?:h|hpp|hh|c|cc|cpp|pyx|pxd|pxi|a))["']`)

// namedSources are the base names of sources that the code of a distribution opens, as far as its texts say so. What builds it
// names them all, and does not count.
func (p *python) namedSources(rows [][]string) (map[string]bool, error) {
	if !slices.ContainsFunc(rows, func(row []string) bool { return developmentFile(row[0]) && filepath.Ext(row[0]) != ".pyc" }) {
		return nil, nil
	}
	named := map[string]bool{}
	for _, row := range rows {
		name := row[0]
		if filepath.Ext(name) != ".py" || filepath.Base(name) == "setup.py" || strings.Contains(name, "/tests/") || !filepath.IsLocal(name) {
			continue
		}
		text, err := language.ReadFile(filepath.Join(p.sitePackages(), name))
		if os.IsNotExist(err) {
			continue // RECORD says more than there is
		}
		if err != nil {
			return nil, err
		}
		for _, m := range sourceName.FindAllSubmatch(text, -1) {
			if len(m[1]) == 0 {
				named[string(m[2])] = true
			}
		}
	}
	return named, nil
}

func developmentFile(name string) bool {
	switch filepath.Ext(name) {
	case ".h", ".hpp", ".hh", ".c", ".cc", ".cpp", ".pyx", ".pxd", ".pxi", ".a", ".la", ".pyc":
		return true
	}
	return false
}

// recordDigest is what RECORD says of a file: digest and size.
func recordDigest(file string) (digest, size string, err error) {
	data, err := language.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(data)
	return "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]), fmt.Sprint(len(data)), nil
}

// removeBytecode removes __pycache__: it holds times, and so would make every build another one.
func removeBytecode(dir string) error {
	var found []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && e.Name() == "__pycache__" {
			found = append(found, name)
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot look for bytecode: %w", err)
	}
	for _, f := range found {
		if err := os.RemoveAll(f); err != nil {
			return fmt.Errorf("cannot remove bytecode: %w", err)
		}
	}
	return nil
}
