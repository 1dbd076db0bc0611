package language

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Key identifies what a layer is made of: equal keys mean that the layer's content would be equal, and so can be reused.
// Start from NewKey; the order of what is added counts.
type Key struct{ h hash.Hash }

// NewKey returns a key of nothing.
func NewKey() *Key { return &Key{h: sha256.New()} }

// Add adds values: texts, lists of texts, numbers, and what is true or false. Texts stand in quotes, so that none reads as two,
// or as a number.
func (k *Key) Add(values ...any) {
	for _, v := range values {
		format := "%q\n"
		switch v.(type) {
		case bool, int, int64: // %q would take a number for a character
			format = "%v\n"
		}
		_, _ = fmt.Fprintf(k.h, format, v) // a hash takes every write
	}
}

// App adds all files of an app's folder, as Tree does: any may be compiled in.
func (k *Key) App(dir string) error {
	if err := k.Tree(dir, func(string) bool { return true }); err != nil {
		return fmt.Errorf("cannot read the app: %w", err)
	}
	return nil
}

// Tree adds the regular files of a directory that take accepts, by path and content. Version control and bytecode are
// never read. Names are those below dir, so that equal trees at other places have equal keys.
func (k *Key) Tree(dir string, take func(base string) bool) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && slices.Contains([]string{".git", "__pycache__"}, e.Name()):
			return fs.SkipDir
		case !e.Type().IsRegular() || !take(e.Name()):
			return nil
		}
		return k.file(dir, name)
	})
}

// file adds a file: its path below dir, its size, its content.
func (k *Key) file(dir, name string) error {
	rel, err := filepath.Rel(dir, name)
	if err != nil {
		return err
	}
	f, err := OpenFile(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	k.Add(rel, info.Size()) // without the size a file could read as itself and the next one
	_, err = io.Copy(k.h, f)
	return err
}

// File adds a regular file by its base name and content.
func (k *Key) File(name string) error { return k.file(filepath.Dir(name), name) }

// String is the key in hexadecimal digits.
func (k *Key) String() string { return hex.EncodeToString(k.h.Sum(nil)) }

// Environment adds the variables of a build, any of which a build script may read. Those that differ from one build to the
// next without meaning anything are left out: the platform's own, and those that name short-lived files.
func (k *Key) Environment(env map[string]string, temp string) {
	for _, name := range slices.Sorted(maps.Keys(env)) {
		passing := strings.HasPrefix(name, "CNB_") || slices.Contains([]string{"HOSTNAME", "PWD", "OLDPWD", "SHLVL", "_"}, name)
		if value := env[name]; !passing && !strings.Contains(value, temp) {
			k.Add(name, value)
		}
	}
}
