package image

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/internal/deb"
)

// Files by which the tar of an image is known.
const (
	savedList       = "manifest.json" // of docker save: it lists the images of the tar
	layoutIndexFile = "index.json"    // of an OCI layout, and of newer versions of docker save beside the list
	layoutMark      = "oci-layout"
)

// maxArchived bounds the files of the tar of an image: a few for each layer.
const maxArchived = 1 << 16

// archive is a tar that may be one of an image, as one pass over it finds it.
type archive struct {
	ctx     context.Context
	file    string
	entries map[string]int64 // sizes of files by their name, no more than maxArchived; -1 of what is no regular file
	list    []byte           // what savedList says, up to a byte more than a document may have
	twice   string           // a name that two files have
	sparse  string           // a file with holes
	more    bool             // there are more than maxArchived
}

func readArchive(ctx context.Context, file string) (*archive, error) {
	r, err := openPlain(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	a := &archive{ctx: ctx, file: file, entries: map[string]int64{}}
	for t := tar.NewReader(untilDone{ctx, r}); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return a, nil
		}
		if err == nil {
			err = a.add(h, t)
		}
		if err != nil {
			return nil, fmt.Errorf("it is neither a directory nor a tar: %w", err)
		}
	}
}

func (a *archive) add(h *tar.Header, r io.Reader) (err error) {
	name := cleaned(h.Name)
	_, again := a.entries[name]
	switch {
	case h.Typeflag == tar.TypeDir:
		return nil
	case again:
		a.twice = name
		return nil
	case len(a.entries) == maxArchived:
		a.more = true
		return nil
	}
	a.entries[name] = h.Size
	if h.Typeflag != tar.TypeReg {
		a.entries[name] = -1
	}
	if deb.IsSparse(h) {
		a.sparse = h.Name
	}
	if name == savedList {
		a.list, err = io.ReadAll(io.LimitReader(r, maxDocument+1))
	}
	return err
}

// cleaned is a name in a tar as everybody finds it who unpacks the tar: some are written "./name".
func cleaned(name string) string { return path.Clean("/" + name)[1:] }

func (a *archive) has(name string) bool { _, ok := a.entries[name]; return ok }

// check holds that a tar has one image, whoever reads it: of two files of one name some take the first, and who unpacks them has the
// last. Sparse files, whose holes would cost what nobody has packed, have no place in one.
func (a *archive) check() error {
	switch {
	case a.more:
		return fmt.Errorf("it has more than %d files, and is the tar of an image", maxArchived)
	case a.twice != "":
		return fmt.Errorf("it has two files %q: which of them counts depends on who reads it", a.twice)
	case a.sparse != "":
		return fmt.Errorf("its file %q is sparse, and those of a saved image are not", a.sparse)
	}
	return nil
}

// agrees holds that the index of a saved image, by which newer daemons load it, is about the image that its list names. Other images of
// the index may be missing in the tar: it is of all platforms.
func (a *archive) agrees(img v1.Image) error {
	if !a.has(layoutIndexFile) {
		return nil
	}
	config, err := img.RawConfigFile()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(config)
	listed := hex.EncodeToString(sum[:])
	index, err := a.layout().index()
	if err != nil {
		return err
	}
	var g gathering
	if err := g.add(index, maxIndexDepth); err != nil {
		return err
	}
	for _, c := range g.all {
		m, err := a.layout().manifest(c.Descriptor)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if m.Config.Digest.Hex != listed {
			return fmt.Errorf("its %s is about image sha256:%s and its %s about %s: which of them counts depends on who reads it",
				savedList, listed, layoutIndexFile, m.Config.Digest)
		}
	}
	return nil
}

func (a *archive) layout() ociLayout { return ociLayout{a} }

// open implements layoutFiles. Each file is looked for from the tar's beginning, as the library does for those of docker save.
func (a *archive) open(name string) (io.ReadCloser, int64, error) {
	switch size, there := a.entries[name]; {
	case !there:
		return nil, 0, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case size < 0:
		return nil, 0, fmt.Errorf("%s is no regular file", name)
	}
	r, err := openPlain(a.file)
	if err != nil {
		return nil, 0, err
	}
	t := tar.NewReader(untilDone{a.ctx, r})
	for {
		h, err := t.Next()
		if err != nil {
			return nil, 0, errors.Join(fmt.Errorf("cannot find %s in %s: %w", name, a.file, err), r.Close())
		}
		if h.Typeflag == tar.TypeReg && cleaned(h.Name) == name {
			return archivedFile{t, r}, h.Size, nil
		}
	}
}

// archivedFile is a file of a tar; with it the tar is closed.
type archivedFile struct {
	io.Reader
	io.Closer
}
