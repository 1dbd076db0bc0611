package slicer

import (
	"fmt"
	"io/fs"
	"path"
)

// FindLinks lists the symbolic links of a tree that stands at an absolute path of the image, from their paths to their
// targets as written. The loader finds a library that an app brings by such a link: libx.so.1, which leads to libx.so.1.2.
func FindLinks(tree fs.FS, at string) (map[string]string, error) {
	links := map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink == 0 {
			return err
		}
		to, err := fs.ReadLink(tree, name)
		if err == nil {
			links[path.Join("/", at, name)] = to
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot look for links: %w", err)
	}
	return links, nil
}
