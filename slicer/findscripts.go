package slicer

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/slicer/packages"
)

// foreignCalls are the Node.js packages that open libraries by name; a tree without them has no script that does.
var foreignCalls = []string{"koffi", "ffi-napi", "ffi-rs", "node-ffi"}

// FindScripts lists the scripts of a tree that stands at an absolute path of the image and that may open libraries by name
// (Python's ctypes and cffi, Ruby's ffi and fiddle, Node.js's koffi and ffi-napi), in the order of their paths.
func FindScripts(tree fs.FS, at string) ([]Object, error) {
	var scripts []Object
	calls := false
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		calls = calls || e.IsDir() && slices.Contains(foreignCalls, path.Base(name))
		if e.Type().IsRegular() && closure.OpensLibraries(name) {
			scripts = append(scripts, Object{Path: path.Join("/", at, name), Open: func() (packages.ReaderAtCloser, error) { return packages.OpenIn(tree, name) }})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot look for scripts: %w", err)
	}
	if !calls {
		scripts = slices.DeleteFunc(scripts, func(o Object) bool { return strings.HasSuffix(o.Path, "js") })
	}
	return scripts, nil
}
