package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// State is a digest, in hexadecimal, of all that Walk and MaintainerScript tell of a package, by which what follows from
// it can be cached. Files that dpkg has a sum of are not read for it: their sums stand for their content, and their sizes,
// times and modes show that nobody has changed them since. All others are read.
func (i *Installed) State(name string) (string, error) {
	all, err := i.recorded(name)
	if err != nil {
		return "", err
	}
	script, _, err := i.MaintainerScript(name, "postinst")
	if err != nil {
		return "", err
	}
	i.foldersMu.Lock()
	defer i.foldersMu.Unlock()
	s := state{folders: &i.folders, to: sha256.New()}
	p := i.packages[name]
	fmt.Fprintf(s.to, "%q %q %q %q\n", p.Name, p.Version, p.Architecture, script)
	for _, r := range all {
		if err := s.add(r); err != nil {
			return "", fmt.Errorf("cannot tell the state of package %s: %w", name, err)
		}
	}
	return hex.EncodeToString(s.to.Sum(nil)), nil
}

// state writes the states of files.
type state struct {
	folders *folders
	to      interface {
		io.Writer
		Sum([]byte) []byte
	}
}

func (s *state) add(r recorded) error {
	dir, err := s.folders.in(path.Dir(r.file))
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(s.to, "%q gone\n", r.file)
		return nil
	}
	if err != nil {
		return err
	}
	base := path.Base(r.file)
	info, err := dir.Lstat(base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(s.to, "%q gone\n", r.file)
		return nil
	case err != nil:
		return err
	}
	fmt.Fprintf(s.to, "%q %d", r.file, info.Mode())
	switch info.Mode().Type() {
	case fs.ModeSymlink:
		link, err := dir.Readlink(base)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.to, " %q", link)
	case 0:
		fmt.Fprintf(s.to, " %d %d %q", info.Size(), info.ModTime().UnixNano(), r.md5)
		if r.md5 == "" {
			return s.content(dir, base)
		}
	}
	fmt.Fprintln(s.to)
	return nil
}

// content adds the digest of a file that dpkg has no sum of.
func (s *state) content(dir *os.Root, base string) error {
	f, err := dir.Open(base)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	fmt.Fprintf(s.to, " %x\n", h.Sum(nil))
	return nil
}
