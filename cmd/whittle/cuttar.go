package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/term"

	"whittle.dev/whittle/slicer/tree"
)

// writeTarTo writes a tar, compressed as the end of its name says.
func writeTarTo(w io.Writer, name string, fill func(tree.Tree) error) error {
	z, err := packed(w, name)
	if err != nil {
		return fmt.Errorf("cannot compress %s: %w", name, err)
	}
	t := tree.NewTar(z)
	if err := fill(t); err != nil {
		return err
	}
	if err := closeAll(nil, t, z); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return nil
}

// packed compresses with one goroutine: the bytes must not depend on how many processors there are.
func packed(w io.Writer, name string) (io.WriteCloser, error) {
	switch {
	case strings.HasSuffix(name, ".gz"), strings.HasSuffix(name, ".tgz"):
		return gzip.NewWriterLevel(w, gzip.BestCompression)
	case strings.HasSuffix(name, ".zst"), strings.HasSuffix(name, ".tzst"):
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	default:
		return plain{w}, nil
	}
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// checkOutput refuses what would not be what its name says, and a tar for the eyes.
func (c *cut) checkOutput() error {
	for _, ending := range []string{".xz", ".txz", ".bz2", ".zip", ".7z"} {
		if strings.HasSuffix(c.output, ending) {
			return fmt.Errorf("cannot write %s: tars are written plain, or compressed as .gz or .zst", c.output)
		}
	}
	if f, ok := c.data.(*os.File); c.output == "-" && ok && term.IsTerminal(int(f.Fd())) {
		return errors.New("cannot print a tar on a terminal: redirect it, or name a file")
	}
	return nil
}
