package plain

import (
	"bytes"
	"io"
	"io/fs"
	"path"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/manifest"
)

// zipApps lists the Python programs in one file in the app's folder: what zipapp and pex make. They begin with a line that
// names Python, and a zip file follows.
func zipApps(files fs.FS) (all []string) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if ext := path.Ext(e.Name()); (ext == ".pex" || ext == ".pyz") && e.Type().IsRegular() && namesPython(files, e.Name()) {
			all = append(all, e.Name())
		}
	}
	return all
}

// namesPython tells whether the first line of a file names Python as its interpreter.
func namesPython(files fs.FS, name string) bool {
	f, err := files.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	r, ok := f.(io.ReaderAt)
	if !ok {
		return false
	}
	head := make([]byte, 256)
	n, err := r.ReadAt(head, 0)
	if err != nil && n == 0 {
		return false
	}
	line, _, _ := bytes.Cut(head[:n], []byte("\n"))
	return bytes.HasPrefix(line, []byte("#!")) && bytes.Contains(line, []byte("python"))
}

// python is Debian's Python with the whole standard library: nobody looks into a zip app for what it imports.
func python(by string) []slicer.Named {
	return []slicer.Named{{Name: "python3", By: by, Kind: manifest.Asked}}
}
