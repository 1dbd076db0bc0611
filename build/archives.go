package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/packages"
)

// The types of bindings that say where Debian's packages come from, in place of the build image's apt sources: a bundle of
// `whittle bundle`, which needs no network, or apt sources of another mirror.
const (
	bindingBundle = "whittle-bundle"
	bindingApt    = "apt"
)

// archiveOptions say where Debian's packages come from, and are kept.
func (b *builder) archiveOptions(cache string) (packages.ArchiveOptions, error) {
	o := packages.ArchiveOptions{
		Root: b.Root, Arch: b.arch, Cache: cache, Indexes: filepath.Join(b.Root, packages.IndexesDir), Unpacked: filepath.Join(b.Root, packages.UnpackedDir), Client: &http.Client{Transport: b.log.Downloads(b.transport)}, Progress: b.progress,
		WithoutDocs: true, // the platform saves and restores the cache with each build
	}
	bound, err := b.only(bindingBundle, bindingApt)
	if err != nil || bound == nil {
		return o, err
	}
	if bound.Type == bindingBundle {
		o.Bundle, err = bundleOf(*bound)
		b.log.Line("Debian packages: those of the bundle in binding %s, without a network", bound.Name)
		return o, err
	}
	if o.Sources, err = onlyFile(*bound, ".sources", ".list"); err != nil {
		return o, err
	}
	o.Auth, _ = bound.File("auth.conf")
	b.log.Line("Debian packages: by the apt sources of binding %s", bound.Name)
	return o, nil
}

// bundleOf is the bundle of a binding: its only tar, or the binding itself where that is one unpacked.
func bundleOf(bound language.Binding) (string, error) {
	if _, ok := bound.File("bundle.json"); ok {
		return bound.Dir, nil
	}
	return onlyFile(bound, ".tar")
}

// onlyFile is the only file of a binding whose name has one of the endings.
func onlyFile(bound language.Binding, endings ...string) (string, error) {
	var found []string
	for _, name := range bound.Files {
		for _, ending := range endings {
			if strings.HasSuffix(name, ending) {
				found = append(found, name)
			}
		}
	}
	if len(found) == 1 {
		return filepath.Join(bound.Dir, found[0]), nil
	}
	why := fmt.Sprintf("it is of type %s and has no file %s", bound.Type, "*"+strings.Join(endings, " or *"))
	if len(found) > 1 {
		why = fmt.Sprintf("it is of type %s and has several files: %s", bound.Type, language.List(found))
	}
	return "", badBinding(bound.Name, why, "Leave exactly one of them in the binding.")
}

// saveBundle writes a bundle of what this build read from the archive, with the lock of what it selected, to the file that the
// setting names: with it, the same build needs no network.
func (b *builder) saveBundle(ctx context.Context, s *slicer.Selection) error {
	name := b.Env["BP_WHITTLE_SAVE_BUNDLE"]
	switch {
	case name == "":
		return nil
	case b.opened == nil:
		b.log.Line("no bundle is written to %s: the build took nothing from the archive", name)
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return &language.Problem{
			What: "cannot write the bundle that BP_WHITTLE_SAVE_BUNDLE asks for", Evidence: []string{err.Error()}, Err: err,
			Next: fmt.Sprintf("Name a file of a volume that user %d may write to (pack build --volume FOLDER:/bundle:rw).", os.Getuid()),
		}
	}
	if err := errors.Join(writeBundle(ctx, f, b.opened, lock.New(b.wanted, s)), f.Close()); err != nil {
		return fmt.Errorf("cannot write the bundle %s: %w", name, err)
	}
	b.log.Line("bundle of the packages: %s", name)
	return nil
}

func writeBundle(ctx context.Context, to io.Writer, from Archive, locked *lock.Lock) error {
	var text strings.Builder
	if err := locked.Encode(&text); err != nil {
		return err
	}
	return from.WriteBundle(ctx, to, []byte(text.String()))
}
