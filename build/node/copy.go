package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node/npm"
)

// copyTree copies files, directories and links, with their permissions.
func copyTree(from, to string) error {
	l, err := list(from)
	if err != nil {
		return err
	}
	return l.copy(context.Background(), to)
}

// copyTaken copies those files of a folder that are of use, each to its place.
func copyTaken(from, to string, take npm.Taking) error {
	l, err := list(from)
	if err != nil {
		return err
	}
	for _, e := range l.entries {
		at, ok := take.Name(filepath.ToSlash(e.rel))
		if !ok || !e.info.Mode().IsRegular() {
			continue
		}
		if err := e.copy(filepath.Join(from, e.rel), filepath.Join(to, at)); err != nil {
			return err
		}
	}
	return nil
}

// errTouched is of a file that changed between its listing and the end of its copy.
var errTouched = errors.New("it changed while it was copied")

// listing is what a folder had when it was listed, parents first.
type listing struct {
	from    string
	entries []listed
}

// listed is a file, directory or link of a listing.
type listed struct {
	rel    string // below the folder
	info   fs.FileInfo
	target string // of a link
}

// list reads a folder: its files, directories and links.
func list(from string) (listing, error) {
	l := listing{from: from}
	err := filepath.WalkDir(from, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var one listed
		if one.rel, err = filepath.Rel(from, name); err != nil {
			return err
		}
		if one.info, err = e.Info(); err != nil {
			return err
		}
		if e.Type()&fs.ModeSymlink != 0 {
			if one.target, err = os.Readlink(name); err != nil {
				return err
			}
		}
		l.entries = append(l.entries, one)
		return nil
	})
	return l, err
}

// copy copies what was listed: files with their permissions, directories and links.
func (l listing) copy(ctx context.Context, to string) error {
	for _, e := range l.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := e.copy(filepath.Join(l.from, e.rel), filepath.Join(to, e.rel)); err != nil {
			return err
		}
	}
	return nil
}

// copy copies one entry. It is an error where a file is not as it was listed.
func (e listed) copy(from, to string) error {
	switch {
	case e.info.IsDir():
		return os.MkdirAll(to, 0o755)
	case e.info.Mode()&fs.ModeSymlink != 0:
		return os.Symlink(e.target, to)
	case !e.info.Mode().IsRegular():
		return nil
	}
	err := language.CopyFile(from, to, e.info.Mode().Perm()|0o600)
	now, gone := os.Lstat(from)
	if gone != nil || !os.SameFile(e.info, now) || now.Size() != e.info.Size() || !now.ModTime().Equal(e.info.ModTime()) {
		return fmt.Errorf("cannot copy %s: %w", from, errTouched)
	}
	return err
}
