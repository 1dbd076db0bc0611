package image

import (
	"io"

	"whittle.dev/whittle/slicer"
)

// Distro is the distribution that an image's os-release names; the zero value where there is none.
func Distro(f *FS) slicer.Distro {
	file, err := f.Open(osRelease)
	if err != nil {
		return slicer.Distro{}
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxRelease))
	if err != nil {
		return slicer.Distro{}
	}
	d, err := readDistro(text)
	if err != nil {
		return slicer.Distro{}
	}
	return slicer.Distro{ID: d.id, Version: d.version}
}
