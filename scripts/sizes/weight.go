package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// weight is what something weighs in bytes: its regular files, each once, and all of it as a compressed layer.
type weight struct{ files, packed int64 }

func (w weight) plus(o weight) weight { return weight{w.files + o.files, w.packed + o.packed} }

// parts are what an image is made of, by who can do something about it.
type parts struct {
	base     weight // the run image
	debian   weight // slices of Debian packages, and what tells of them
	app      weight // what the app brings: its files, packages of its language, a runtime that is not Debian's
	launcher weight // the launcher of the lifecycle and its settings
	// named are the layers of the buildpack by their names; each counts in one of the others, too.
	named map[string]weight
}

func (p parts) own() weight { return p.base.plus(p.debian).plus(p.app) }

// ofDebian are the layers of the buildpack that hold Debian's files, whittle's records, or the program start.
var ofDebian = []string{"libs", "loader", "manifest", "python", "slices", "start"}

// lifecycle is the part of the label io.buildpacks.lifecycle.metadata that says which layer is what, by diffID.
type lifecycle struct {
	App        []struct{ SHA string }
	Buildpacks []struct {
		Layers map[string]struct{ SHA string }
	}
	SBOM     struct{ SHA string }
	RunImage struct{ TopLayer string }
}

// weigh reads an image in the form of `docker save`.
func weigh(archive io.ReaderAt, size int64) (parts, error) {
	members, err := index(archive, size)
	if err != nil {
		return parts{}, err
	}
	var manifest []struct {
		Config string
		Layers []string
	}
	if err := members.decode("manifest.json", &manifest); err != nil {
		return parts{}, err
	}
	if len(manifest) != 1 {
		return parts{}, fmt.Errorf("cannot read the image: it is %d images", len(manifest))
	}
	var config struct {
		Config struct{ Labels map[string]string }
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := members.decode(manifest[0].Config, &config); err != nil {
		return parts{}, err
	}
	var meta lifecycle
	if err := json.Unmarshal([]byte(config.Config.Labels["io.buildpacks.lifecycle.metadata"]), &meta); err != nil {
		return parts{}, fmt.Errorf("cannot read the lifecycle's label: %w", err)
	}
	ids := config.RootFS.DiffIDs
	top := slices.Index(ids, meta.RunImage.TopLayer)
	if top < 0 || len(ids) != len(manifest[0].Layers) {
		return parts{}, errors.New("cannot tell the layers of the run image: the lifecycle's label names none of them")
	}
	p := parts{named: map[string]weight{}}
	for i, name := range manifest[0].Layers {
		w, err := members.layer(name)
		if err != nil {
			return parts{}, fmt.Errorf("cannot read layer %s: %w", ids[i], err)
		}
		to := meta.part(&p, ids[i])
		if i <= top {
			to = &p.base
		}
		*to = to.plus(w)
		p.named[meta.name(ids[i])] = w
	}
	return p, nil
}

// name is what a buildpack calls a layer; empty for a layer of nobody's.
func (l lifecycle) name(diffID string) string {
	for _, b := range l.Buildpacks {
		for name, layer := range b.Layers {
			if layer.SHA == diffID {
				return name
			}
		}
	}
	return ""
}

// part is where a layer above the run image counts.
func (l lifecycle) part(p *parts, diffID string) *weight {
	for _, b := range l.Buildpacks {
		for name, layer := range b.Layers {
			switch {
			case layer.SHA != diffID:
			case slices.Contains(ofDebian, name):
				return &p.debian
			default:
				return &p.app
			}
		}
	}
	if l.SBOM.SHA == diffID {
		return &p.debian
	}
	for _, a := range l.App {
		if a.SHA == diffID {
			return &p.app
		}
	}
	return &p.launcher
}

// members are the files of an archive by their names.
type members map[string]*io.SectionReader

func index(archive io.ReaderAt, size int64) (members, error) {
	all := members{}
	in := io.NewSectionReader(archive, 0, size)
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read the image: %w", err)
		}
		at, err := in.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, fmt.Errorf("cannot read the image: %w", err)
		}
		all[h.Name] = io.NewSectionReader(archive, at, h.Size)
	}
}

func (m members) open(name string) (*io.SectionReader, error) {
	f, ok := m[filepath.ToSlash(name)]
	if !ok {
		return nil, fmt.Errorf("cannot read the image: it has no %s", name)
	}
	return f, nil
}

func (m members) decode(name string, to any) error {
	f, err := m.open(name)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(f).Decode(to); err != nil {
		return fmt.Errorf("cannot read %s of the image: %w", name, err)
	}
	return nil
}

// layer weighs a layer, which Docker saves as a tar or compressed, depending on its store.
func (m members) layer(name string) (weight, error) {
	f, err := m.open(name)
	if err != nil {
		return weight{}, err
	}
	var in io.Reader = f
	magic := make([]byte, 2)
	if _, err := f.ReadAt(magic, 0); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if in, err = gzip.NewReader(f); err != nil {
			return weight{}, err
		}
	}
	var packed counter
	z := gzip.NewWriter(&packed)
	files, err := sum(io.TeeReader(in, z))
	if err := errors.Join(err, z.Close()); err != nil {
		return weight{}, err
	}
	return weight{files, int64(packed)}, nil
}

// sum adds the sizes of a tar's regular files, and reads it to its end.
func sum(r io.Reader) (int64, error) {
	var n int64
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			_, err = io.Copy(io.Discard, r)
			return n, err
		case err != nil:
			return 0, err
		case h.Typeflag == tar.TypeReg:
			n += h.Size
		}
	}
}

// counter counts what is written.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// weighFile reads an image that was saved into a file.
func weighFile(name string) (parts, error) {
	f, err := os.Open(name)
	if err != nil {
		return parts{}, fmt.Errorf("cannot read the image: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return parts{}, fmt.Errorf("cannot read the image: %w", err)
	}
	return weigh(f, info.Size())
}
