package image

import (
	"io"

	"whittle.dev/whittle/slicer/sbom"
)

// Distro is the distribution that an image's os-release names; the zero value where there is none.
func Distro(f *FS) sbom.Distro {
	file, err := f.Open(osRelease)
	if err != nil {
		return sbom.Distro{}
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxRelease))
	if err != nil {
		return sbom.Distro{}
	}
	d, err := readDistro(text)
	if err != nil {
		return sbom.Distro{}
	}
	return sbom.Distro{ID: d.id, Version: d.version}
}
