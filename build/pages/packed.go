package pages

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// maxPage is the most that a page may have once it is unpacked.
const maxPage = 256 << 20

// packedKinds are the endings of files that are packed to be served, and not to be downloaded as they are.
var packedKinds = strings.Fields(".html .htm .css .js .mjs .json .map .svg .xml .txt .wasm .ico .webmanifest .ttf .otf .eot")

// unpack unpacks files that are there as NAME.gz alone, which front ends leave whose plugins remove what they have packed: other servers
// answer with them for NAME. nginx looks for NAME first, and packs it for those who can read that.
func (p *Site) unpack(log *language.Log) error {
	root, err := os.OpenRoot(p.Root)
	if err != nil {
		return fmt.Errorf("cannot read the pages: %w", err)
	}
	defer root.Close()
	unpacked := 0
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		to, isPacked := strings.CutSuffix(name, ".gz")
		if err != nil || !isPacked || !e.Type().IsRegular() || !slices.Contains(packedKinds, path.Ext(to)) {
			return err
		}
		if _, err := root.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := unpackFile(root, name, to); err != nil {
			log.Warn("%s cannot be unpacked, and %s is not there: %v", language.Clip(name), language.Clip(to), err)
			return nil
		}
		unpacked++
		return nil
	})
	if err == nil && unpacked > 0 {
		log.Line("unpacked, as they are there as .gz alone: %d", unpacked)
	}
	return err
}

// unpackFile unpacks a file beside itself, and leaves nothing where it cannot.
func unpackFile(root *os.Root, from, to string) (err error) {
	in, err := root.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	out, err := root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			err = errors.Join(err, root.Remove(to))
		}
	}()
	n, err := io.Copy(out, io.LimitReader(z, maxPage+1))
	if err == nil && n > maxPage {
		err = fmt.Errorf("it has more than %d MB", maxPage>>20)
	}
	return err
}
