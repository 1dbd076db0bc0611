package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/klauspost/compress/gzip"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/sbom"
)

// record is what whittle, or chisel, has recorded of an image, a root or a cut.
type record struct {
	ref       string
	manifests []*manifest.Manifest // of a run image first, then those of the layers on it
	image     *image.Opened        // nil for a file
	locked    bool                 // read from a lock
}

// Close lets go of the image.
func (r *record) Close() error {
	if r.image == nil {
		return nil
	}
	return r.image.Close()
}

// imageRefs is how help texts say what openImage opens.
const imageRefs = `IMAGE is daemon:NAME, registry:NAME, layout:DIR (an OCI layout or the tar of one, also oci:DIR) or the tar of docker save. A
name without a prefix is looked up in this order: a file or directory, the daemon, the registry. After a rebase in the registry the
daemon still has the old image: the prefix decides.`

// recordedRefs is how help texts say what record reads.
const recordedRefs = imageRefs + `

A directory, the tar of a root, and a manifest by itself (JSON, also in gzip, or chisel's manifest.wall) will do as well.`

// record reads what is recorded of a reference.
func (t *tool) record(ctx context.Context, arch, ref string) (*record, error) {
	if i, err := os.Stat(ref); err == nil && i.Mode().IsRegular() {
		if r, err := readRecord(ref, arch); r != nil || err != nil {
			return r, err
		}
	}
	o, err := openImage(ctx, arch, ref)
	if err != nil {
		return nil, err
	}
	r := &record{ref: ref, image: o}
	r.manifests, err = inspect.Manifests(o)
	if errors.Is(err, inspect.ErrNoManifest) {
		if wall, werr := wallIn(o.FS); wall != nil || werr != nil {
			r.manifests, err = []*manifest.Manifest{wall}, werr
		}
	}
	if err != nil {
		return nil, closeAll(err, r)
	}
	return r, nil
}

// Bounds of a text that is read as a whole, in bytes: in all, and by the size of the file, which may be packed.
const maxRecord, baseRecord, recordPerByte = 256 << 20, 16 << 20, 40

// readRecord reads a manifest, a wall or a lock by what the file begins with; nil for another kind of file.
func readRecord(name, arch string) (*record, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	most := min(maxRecord, baseRecord+recordPerByte*info.Size())
	in := bufio.NewReader(f)
	magic, _ := in.Peek(4) // a shorter file is of no known kind
	r := &record{ref: name}
	switch {
	case bytes.HasPrefix(magic, []byte("\x28\xb5\x2f\xfd")):
		m, err := manifest.ReadWall(in)
		if err != nil {
			return nil, fmt.Errorf("%w (%s)", err, name)
		}
		r.manifests = []*manifest.Manifest{m}
		return r, nil
	case bytes.HasPrefix(magic, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", name, err)
		}
		return r.fromJSON(z, arch, most)
	default:
		return r.fromJSON(in, arch, most)
	}
}

// fromJSON reads a manifest or a lock; nil if the text is no JSON.
func (r *record) fromJSON(in io.Reader, arch string, most int64) (*record, error) {
	text := bufio.NewReader(io.LimitReader(in, most+1))
	if first, _ := text.Peek(1); len(first) == 0 || first[0] != '{' {
		return nil, nil
	}
	all, err := io.ReadAll(text)
	if int64(len(all)) > most {
		err = fmt.Errorf("its text is too long for its size (more than %d bytes)", most)
	}
	var head struct{ Schema string }
	if err := errors.Join(err, json.Unmarshal(all, &head)); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", r.ref, err)
	}
	if head.Schema != lock.Schema {
		m, err := manifest.Read(bytes.NewReader(all))
		if err != nil {
			return nil, fmt.Errorf("%w (%s)", err, r.ref)
		}
		r.manifests = []*manifest.Manifest{m}
		return r, nil
	}
	lock, err := lock.Read(bytes.NewReader(all))
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, r.ref)
	}
	locked, ok := lock.ForArch(arch)
	if !ok {
		return nil, fmt.Errorf("cannot read lock %s: it has no cut for %s", r.ref, arch)
	}
	r.manifests, r.locked = []*manifest.Manifest{locked.Manifest()}, true
	return r, nil
}

// wallIn reads the manifest.wall of a root that chisel has cut; nil where there is none. Its directory is up to the slice
// that generates it; chisel's releases have it in /var/lib/chisel.
func wallIn(fsys *layerfs.FS) (*manifest.Manifest, error) {
	at := ""
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && path.Base(name) == "manifest.wall" && e.Type().IsRegular() && (at == "" || path.Dir(name) == "var/lib/chisel") {
			at = name
		}
		return err
	})
	if err != nil || at == "" {
		return nil, err
	}
	f, err := fsys.Open(at)
	if err != nil {
		return nil, fmt.Errorf("cannot read wall: %w", err)
	}
	return readNamed(f, "/"+at, manifest.ReadWall)
}

// whole is one manifest of all that is recorded, with paths as they are in the image.
func (r *record) whole() *manifest.Manifest {
	if len(r.manifests) == 1 {
		return r.manifests[0]
	}
	return manifest.Merge(r.manifests...)
}

// distro is what os-release says, or else the name of the definitions: debian-13.
func (r *record) distro() sbom.Distro {
	var d sbom.Distro
	if r.image != nil {
		d = inspect.Distro(r.image.FS)
	}
	for _, m := range r.manifests {
		if d.ID == "" {
			d = sbom.DistroOf(m.Release)
		}
	}
	return d
}
