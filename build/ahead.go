package build

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/tree"
)

// ahead gets and cuts what of Debian's packages a language says that the image will have, while the language's tools run. It
// decides nothing: the cut selects for itself, of packages that are there by then, and takes a layer from here if it has the
// digest of the one that was selected. What fails here is tried again there, and told there.
type ahead struct {
	dir    string // its layers lie there, a folder each, until the cut takes them
	cancel context.CancelFunc
	done   chan struct{}
	cut    map[string]string // layers that are whole, to the digests of what is in them; to be read when done is closed
}

// expect begins with what a language expects, once. Where the image that is replaced has such layers, nothing is begun: most
// builds change nothing of them.
func (b *builder) expect(ctx context.Context, a language.Artifacts) error {
	if b.ahead != nil || b.hasSlices() {
		return nil
	}
	objects, err := findObjects(a.Roots)
	if err != nil {
		return err
	}
	want := b.want(a, objects)
	want.Progress = nil
	env, err := b.envFor()
	if err != nil {
		return err
	}
	want.Names = append(want.Names, env...)
	dir, err := os.MkdirTemp(b.Layers.Path, ".ahead-") // a layer is moved from there, which no other file system can
	if err != nil {
		return fmt.Errorf("cannot make a folder for layers: %w", err)
	}
	n := &ahead{dir: dir, done: make(chan struct{}), cut: map[string]string{}}
	ctx, n.cancel = context.WithCancel(ctx)
	b.ahead = n
	go func() {
		defer close(n.done)
		if s, err := b.Select(ctx, want); err == nil {
			n.write(ctx, s)
		}
	}()
	return nil
}

// hasSlices tells whether the image that is replaced has layers of Debian's packages.
func (b *builder) hasSlices() bool {
	for _, name := range []string{contract.LayerSlices, contract.LayerLibs, contract.LayerPython} {
		if l, err := b.Layers.Get(name); err != nil || l.Metadata[metadataKey] != nil {
			return true
		}
	}
	return false
}

// write cuts the layers of a selection.
func (n *ahead) write(ctx context.Context, s *slicer.Selection) {
	for _, name := range s.Layers() {
		at := filepath.Join(n.dir, name)
		if os.Mkdir(at, 0o755) == nil && os.Chmod(at, 0o755) == nil && writeLayer(ctx, s, name, at) == nil {
			n.cut[name] = s.Digest(name)
		}
	}
}

// wait waits until all is cut that was expected.
func (n *ahead) wait() {
	if n != nil {
		<-n.done
	}
}

// take moves a layer into the place of an empty folder, if it has the digest, and tells whether it did.
func (n *ahead) take(name, digest, to string) (bool, error) {
	if n == nil || n.cut[name] != digest {
		return false, nil
	}
	if err := errors.Join(os.Remove(to), os.Rename(filepath.Join(n.dir, name), to)); err != nil {
		return false, fmt.Errorf("cannot move layer %s to its place: %w", name, err)
	}
	return true, nil
}

// stop ends what is going on, and removes what was not taken.
func (n *ahead) stop() {
	if n == nil {
		return
	}
	n.cancel()
	<-n.done
	_ = os.RemoveAll(n.dir) // no layer has its name, so that nobody takes it for one
}

// writeLayer writes one layer of a selection into an empty folder.
func writeLayer(ctx context.Context, s *slicer.Selection, name, at string) error {
	root, err := os.OpenRoot(at)
	if err != nil {
		return fmt.Errorf("cannot open layer %s: %w", name, err)
	}
	defer root.Close()
	return slicer.Cut(ctx, s, name, tree.NewDir(root))
}
