package runimage

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/tree"
)

// guard is the tree that a run image's files pass on their way into a layer. It refuses what a run image must not
// hold, leaves out the directories that doors stand for, puts files where a shared door over them leads, and keeps the
// text of os-release.
type guard struct {
	tree.Tree
	doors   contract.Doors
	release *bytes.Buffer
	entries int
}

func (g *guard) Add(h *tar.Header, body io.Reader) error {
	name := strings.TrimSuffix(h.Name, "/")
	if h.Typeflag != tar.TypeDir && h.Mode&0o6000 != 0 {
		return fmt.Errorf("cannot put %s into a run image: it is setuid or setgid (mode %04o)", name, h.Mode&0o7777)
	}
	if d, ok := g.doors.At(name); ok {
		if h.Typeflag == tar.TypeDir && d.Path == name {
			return nil
		}
		if !d.Shared() || d.Path == name {
			return fmt.Errorf("cannot put %s into a run image: the door %s stands in its way", name, d.Path)
		}
		moved, err := g.moved(*h, name, d)
		if err != nil {
			return err
		}
		h = moved
	}
	if what := forbidden(name, h.Typeflag); what != "" {
		return fmt.Errorf("cannot put %s into a run image: it is %s", name, what)
	}
	if name == debian.OSReleasePath && h.Typeflag == tar.TypeReg {
		if h.Size > debian.MaxOSRelease {
			return fmt.Errorf("cannot read %s: it has %d bytes", name, h.Size)
		}
		body = io.TeeReader(body, g.release)
	}
	if h.Typeflag == tar.TypeLink {
		moved := *h
		moved.Linkname = g.doors.Place(h.Linkname)
		h = &moved
	}
	g.entries++
	return g.Tree.Add(h, body)
}

// moved is the header of what lies behind a door that is shared. A relative link that leaves the door's directory would lead elsewhere
// from there: behind a filled door it is made absolute.
func (g *guard) moved(h tar.Header, name string, d contract.Door) (*tar.Header, error) {
	to := path.Join(path.Dir(name), h.Linkname)
	if h.Typeflag == tar.TypeSymlink && !path.IsAbs(h.Linkname) && !strings.HasPrefix(to, d.Path+"/") {
		if !d.Filled || !fs.ValidPath(to) {
			return nil, fmt.Errorf("cannot put %s into a run image: its target %s is not behind the same door, %s", name, h.Linkname, d.Path)
		}
		h.Linkname = "/" + to
	}
	h.Name = g.doors.Place(name)
	return &h, nil
}

// Programs that make an image more than something to run one app in. Links count too: a link that leads nowhere today
// is a shell when a layer brings its target, and only doors may do that.
var (
	shells   = []string{"sh", "ash", "bash", "dash", "ksh", "mksh", "rbash", "tcsh", "csh", "zsh", "fish", "busybox", "toybox"}
	managers = []string{"apt", "apt-get", "apt-cache", "aptitude", "dpkg", "dpkg-deb", "rpm", "dnf", "yum", "apk", "pip", "pip3"}
)

func forbidden(name string, kind byte) string {
	dir, base := path.Split(name)
	if kind == tar.TypeDir || !strings.HasSuffix(dir, "bin/") {
		return ""
	}
	switch {
	case slices.Contains(shells, base):
		return "a shell"
	case slices.Contains(managers, base):
		return "a package manager"
	}
	return ""
}

// distro is what os-release says of the distribution.
type distro struct{ id, version string }

// readDistro reads ID and VERSION_ID. Scanners match packages with advisories by these, so an image without them would
// look safe to every scanner.
func readDistro(text []byte) (distro, error) {
	var d distro
	d.id, d.version = debian.OSRelease(text)
	if d.id == "" || d.version == "" {
		return d, fmt.Errorf("cannot tell the distribution of the run image: %s has no ID and VERSION_ID; "+
			"the spec needs the slice of base-files that holds it", debian.OSReleasePath)
	}
	return d, nil
}

// checkDoors holds doors against the files of the layers: a door below a link would replace the link by a directory.
func checkDoors(doors contract.Doors, files []manifest.File) error {
	links := map[string]bool{}
	for _, f := range files {
		if f.Kind == tree.Symlink || f.Kind == tree.File {
			links[f.Path] = true
		}
	}
	for _, d := range doors {
		for p := path.Dir(d.Path); p != "."; p = path.Dir(p) {
			if links[p] {
				return fmt.Errorf("cannot make door %s: the run image has a link or file at %s", d.Path, p)
			}
		}
	}
	return nil
}
