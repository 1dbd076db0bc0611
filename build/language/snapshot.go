package language

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Snapshot is what the files of a project were when they were compiled: the path of each below the project's folder, and
// its digest. Compilers tell by times what is newer than what they made, and platforms don't keep times: they are given
// back by a snapshot.
type Snapshot map[string]string

// TakeSnapshot reads the regular files of a folder, less version control and those that skip names.
func TakeSnapshot(dir string, skip ...string) (Snapshot, error) {
	all := Snapshot{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == ".git":
			return fs.SkipDir
		case !e.Type().IsRegular() || slices.Contains(skip, e.Name()):
			return nil
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		all[rel], err = digestOf(name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the app: %w", err)
	}
	return all, nil
}

func digestOf(file string) (string, error) {
	f, err := OpenFile(file)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}

// ReadSnapshot reads a snapshot from a file; nil where there is none that can be used.
func ReadSnapshot(file string) Snapshot {
	var s Snapshot
	if !ReadNote(file, &s) {
		return nil
	}
	return s
}

// Write writes the snapshot into a file.
func (s Snapshot) Write(file string) error {
	if err := WriteNote(file, s); err != nil {
		return fmt.Errorf("cannot write the cache: %w", err)
	}
	return nil
}

// old is the time of files that did not change since they were compiled.
var old = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// SetTimes gives the files of a project, which were as before says when they were compiled, their times: those that did not
// change are older than what was made of them, which is an hour old at now, and those that did are new. Where files came or
// went, all are new. The project may be a folder of what was made.
func SetTimes(dir string, before, have Snapshot, made string, now time.Time) error {
	at := now.Add(-time.Hour)
	err := filepath.WalkDir(made, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		return os.Chtimes(name, at, at)
	})
	if err != nil {
		return fmt.Errorf("cannot set the times of the cache: %w", err)
	}
	same := slices.Equal(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(have)))
	for name, digest := range have {
		at := old
		if !same || before[name] != digest {
			at = now
		}
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			return fmt.Errorf("cannot set the time of %s: %w", name, err)
		}
	}
	return nil
}
