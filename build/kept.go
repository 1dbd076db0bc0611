package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/stage"
	"whittle.dev/whittle/slicer"
)

// selectionFile is where the archive's cache has the selection of the build before.
const selectionFile = "selection"

// selection selects what the image needs, or takes what the build before selected from the same. A bundle has what was read while
// it was selected, so a build that writes one selects anew.
func (b *builder) selection(ctx context.Context, w slicer.Want) (*slicer.Selection, error) {
	if b.Env["BP_WHITTLE_SAVE_BUNDLE"] != "" {
		return b.Select(ctx, w)
	}
	return slicer.SelectKept(ctx, w, slicer.Keep{
		Select: b.Select, Kept: b.kept(selectionFile), Definitions: b.release(),
		Write: func(data []byte) error { return b.keepFile(selectionFile, data) },
	})
}

// kept reads a file that keepFile wrote in the build before, from the archive's cache; nil if there is none.
func (b *builder) kept(name string) []byte {
	cache, err := b.layer(layerArchive)
	if err != nil {
		return nil
	}
	data, err := language.ReadFile(filepath.Join(cache.Path, name))
	if err != nil {
		return nil
	}
	return data
}

// keepFile writes a file into the archive's cache for the next build, whether or not the archive was read.
func (b *builder) keepFile(name string, data []byte) error {
	cache, err := b.layer(layerArchive)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cache.Path, 0o755); err != nil {
		return fmt.Errorf("cannot make the archive's cache: %w", err)
	}
	f, err := stage.NewFile(cache.Path)
	if err != nil {
		return fmt.Errorf("cannot keep %s for the next build: %w", name, err)
	}
	defer f.Discard()
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("cannot keep %s for the next build: %w", name, err)
	}
	if err := f.Place(name); err != nil {
		return fmt.Errorf("cannot keep %s for the next build: %w", name, err)
	}
	return nil
}
