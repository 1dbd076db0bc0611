package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Identity is a digest, in hex, over all that decides what the archive answers: its suites in their order with the digests
// of their Releases, the options of their sources, and the pins. Archives of equal identities have equal packages. What
// decides only whether an archive is trusted is not in it, such as keys: whoever has an Archive trusts it.
func (a *Archive) Identity() (string, error) {
	type suite struct {
		Source        Source
		Suite, Digest string
		Indexes       []string
	}
	all := struct {
		Arch, DefaultRelease string
		Pins                 []Pin
		Suites               []suite
	}{Arch: a.options.Arch, DefaultRelease: a.options.DefaultRelease, Pins: a.options.Pins}
	for _, s := range a.sites {
		from := s.source
		from.Name, from.SignedBy, from.InlineKeys = "", nil, nil
		all.Suites = append(all.Suites, suite{Source: from, Suite: s.suite, Digest: s.digest, Indexes: s.indexed})
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("cannot tell the identity of the archive: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Identity is a digest, in hex, over all that decides what the packages of a root answer, but for what their files hold (State): dpkg's
// records. Those with a file for each package are known by the time of their directory, in which dpkg puts each file in its place by
// renaming it.
func (i *Installed) Identity() (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %v\n", i.arch, i.merged) // a map is written in the order of its keys
	if err := i.addRecords(h); err != nil {
		return "", fmt.Errorf("cannot tell the installed packages apart: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (i *Installed) addRecords(h io.Writer) error {
	for _, name := range []string{dpkgStatus, dpkgDiversions} {
		data, err := fs.ReadFile(i.root.FS(), name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		fmt.Fprintf(h, "%s %t %x\n", name, err == nil, sha256.Sum256(data))
	}
	info, err := i.root.Stat(dpkgInfo)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		fmt.Fprintf(h, "%s %d\n", dpkgInfo, info.ModTime().UnixNano())
	}
	return i.addStatusDir(h)
}

// addStatusDir adds the records of an image without dpkg.
func (i *Installed) addStatusDir(h io.Writer) error {
	files, err := fs.ReadDir(i.root.FS(), dpkgStatusDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%q %v %d %d\n", f.Name(), info.Mode(), info.Size(), info.ModTime().UnixNano())
	}
	return nil
}
