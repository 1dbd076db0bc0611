// Package inspect tells what an opened image has and what it lacks, from its files themselves.
package inspect

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
)

// AppManifest is the base name of the manifest that the buildpack leaves in its layer "manifest".
const AppManifest = manifest.FileName

// Bounds of a manifest's text, by its size in the image: one of 100,000 files has some 40 MB, and packs to a fifteenth.
const baseManifest, manifestPerByte = 16 << 20, 40

// ErrNoManifest is wrapped by the error about an image that whittle has not cut anything into.
var ErrNoManifest = errors.New("no whittle manifest")

// Manifests reads the manifests in the image: the run image's first, then those of the buildpack's layers. The error
// wraps ErrNoManifest when there is none.
func Manifests(o *image.Opened) ([]*manifest.Manifest, error) {
	var found []*manifest.Manifest
	left := o.FS.Memory() / 2 // the ELF files may be kept too
	for _, p := range manifestPaths(o) {
		m, cost, err := readManifest(o.FS, p, left)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s of %s: %w", p, o.Ref, err)
		}
		left -= cost
		found = append(found, m)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("cannot find /%s or %s… in %s: %w", contract.RunManifest,
			contract.LayerPath(contract.LayerManifest, ""), o.Ref, ErrNoManifest)
	}
	return found, nil
}

func manifestPaths(o *image.Opened) []string {
	var paths []string
	for _, p := range []string{contract.RunManifest, strings.TrimSuffix(contract.RunManifest, ".gz")} {
		if _, err := o.FS.Stat(p); err == nil {
			paths = append(paths, p)
			break
		}
	}
	top := strings.Trim(contract.LayerPath(contract.LayerManifest, ""), "/")
	// A directory that cannot be listed is not there: the walk is over an index in memory.
	_ = fs.WalkDir(o.FS, top, func(p string, e fs.DirEntry, err error) error {
		if err == nil && path.Base(p) == AppManifest && e.Type().IsRegular() {
			paths = append(paths, p)
		}
		return nil
	})
	return paths
}

// readManifest reads a manifest that may take so many bytes of memory, and tells how many it takes.
func readManifest(f *layerfs.FS, p string, memory int64) (*manifest.Manifest, int64, error) {
	file, err := f.Open(p)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(p, ".gz") {
		z, err := gzip.NewReader(file)
		if err != nil {
			return nil, 0, err
		}
		r = z
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	most := baseManifest + manifestPerByte*info.Size()
	limited := &io.LimitedReader{R: r, N: most + 1}
	m, cost, err := manifest.ReadWithin(limited, memory)
	if limited.N == 0 {
		return nil, 0, fmt.Errorf("its text is too long for its size (more than %d bytes)", most)
	}
	return m, cost, err
}

// archiveShare is which part of the memory that the names of files leave is for the lists of archives among them: one in so many. The
// rest is for ELF files.
const archiveShare = 3

// Objects lists the image's ELF files, each at its own path, those inside Java archives and wheels too: see
// [slicer.FindObjects]. Links to them are not objects: see [Proof].
func Objects(f *layerfs.FS) ([]slicer.Object, error) {
	return slicer.FindObjectsWithin(f, "/", f.Memory()/archiveShare)
}

// Arch is Debian's name of the image's architecture: what its config says, or else the machine that most programs on PATH
// are for, or else most ELF files; of as many the first one's. Files in archives do not count (jars bring some for many
// machines), and a cross compiler's libraries are of another machine than its programs. It is empty where nothing tells.
func Arch(o *image.Opened, objects []slicer.Object) string {
	if o.Config != nil && o.Config.Architecture != "" {
		return debian.FromGoArch(o.Config.Architecture)
	}
	programs := slices.DeleteFunc(slices.Clone(objects), func(o slicer.Object) bool { return !debian.OnPath(strings.TrimPrefix(o.Path, "/")) })
	return cmp.Or(mostFrequentArch(programs), mostFrequentArch(objects))
}

func mostFrequentArch(objects []slicer.Object) (most string) {
	votes := map[string]int{}
	for _, object := range objects {
		if strings.Contains(object.Path, "!/") {
			continue
		}
		if arch := objectArch(object); arch != "" {
			votes[arch]++
			most = cmp.Or(most, arch)
		}
	}
	for _, arch := range slices.Sorted(maps.Keys(votes)) {
		if votes[arch] > votes[most] {
			most = arch
		}
	}
	return most
}

func objectArch(object slicer.Object) string {
	r, err := object.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	head := make([]byte, 20)
	if _, err := r.ReadAt(head, 0); err != nil {
		return ""
	}
	return debian.ArchOf(elf.Machine(binary.LittleEndian.Uint16(head[18:])))
}
