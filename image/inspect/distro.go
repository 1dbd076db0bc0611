package inspect

import (
	"io"

	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/sbom"
)

// Distro is the distribution that an image's os-release names; the zero value where there is none.
func Distro(f *layerfs.FS) sbom.Distro {
	file, err := f.Open(debian.OSReleasePath)
	if err != nil {
		return sbom.Distro{}
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, debian.MaxOSRelease))
	if err != nil {
		return sbom.Distro{}
	}
	id, version := debian.OSRelease(text)
	if id == "" || version == "" {
		return sbom.Distro{}
	}
	return sbom.Distro{ID: id, Version: version}
}
