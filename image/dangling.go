package image

import (
	"errors"
	"io/fs"
	"strings"

	"whittle.dev/whittle/slicer"
)

// Dangling lists the symbolic links of the image that lead nowhere. A door may: it waits for a layer that this app does
// not have. So may a link into what the kernel or the container runtime brings, and one of documentation.
func Dangling(f *FS) []slicer.Finding {
	var found []slicer.Finding
	// The walk is over an index in memory, which has no error but the one that is looked for.
	_ = fs.WalkDir(f, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink == 0 || below("/"+name, "/usr/share/doc", "/usr/share/info", "/usr/share/man") {
			return err
		}
		if _, err := f.Resolve(name); err == nil || waits(err) {
			return nil
		}
		to, err := f.ReadLink(name)
		found = append(found, slicer.Finding{Kind: slicer.DanglingLink, Importer: "/" + name, Name: to})
		return err
	})
	return found
}

// waits tells whether what a link leads to need not be in the image.
func waits(err error) bool {
	var missing *missingError
	return errors.As(err, &missing) && below("/"+missing.path, slicer.BuildpackDir, "/proc", "/sys", "/dev", "/run", "/tmp")
}

func below(path string, dirs ...string) bool {
	for _, dir := range dirs {
		if path == dir || strings.HasPrefix(path, dir+"/") {
			return true
		}
	}
	return false
}
