package build

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/build/earlier"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/start"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/tree"
)

// standardPath is the PATH of Debian's own images, for run images of which no floor tells it.
const standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// imageFiles are the files of the image that will be: the floor of the run image with its doors, what is cut of Debian's
// packages, and on disk the app and the layers that languages made.
type imageFiles struct {
	known map[string]start.Entry // absolute paths, of the floor and of the selection, with the directories above them
	disk  []string               // directories that are on disk as they will be in the image
	// hidden are layers of the image of which nobody knows the files here: the image that is replaced has them.
	hidden []string
}

// image is what a process will find around it.
func (b *builder) image(s *slicer.Selection) start.Image {
	files := imageFiles{known: map[string]start.Entry{}, disk: []string{b.WorkingDir}}
	floor := b.contract.Floor
	for _, name := range floor.Files {
		files.add("/"+name, start.Entry{Mode: 0o755}, floor.Links[name]) // a floor tells no modes
	}
	for _, d := range floor.Doors {
		files.add("/"+d.Path, start.Entry{}, d.Link())
	}
	for _, f := range s.Files {
		mode, err := strconv.ParseUint(f.Mode, 8, 12)
		if err != nil {
			mode = 0o755
		}
		e := start.Entry{Mode: fs.FileMode(mode)}
		if f.Kind == tree.Directory {
			e.Mode |= fs.ModeDir
		}
		files.add(contract.LayerPath(f.Layer, f.Path), e, f.Link)
	}
	for _, l := range b.layers {
		switch {
		case !l.Launch:
		case language.Exists(l.Path):
			files.disk = append(files.disk, l.Path)
		case !slices.Contains(s.Layers(), l.Name):
			files.hidden = append(files.hidden, l.Name)
		}
	}
	for _, l := range b.earlierLayers() {
		if l.Unseen {
			files.hidden = append(files.hidden, l.Path)
		} else {
			files.disk = append(files.disk, l.Path)
		}
	}
	return start.Image{Files: files, Path: b.launchPath(), Dir: b.dir, Arch: b.arch}
}

// add takes note of a file; a link where it has a target.
func (i imageFiles) add(name string, e start.Entry, link string) {
	if link != "" {
		e = start.Entry{Mode: fs.ModeSymlink, Link: link}
	}
	i.known[name] = e
	for up := path.Dir(name); ; up = path.Dir(up) {
		if _, ok := i.known[up]; ok {
			return
		}
		i.known[up] = start.Entry{Mode: fs.ModeDir | 0o755}
	}
}

func (i imageFiles) Lstat(name string) (start.Entry, bool) {
	if e, ok := i.known[name]; ok {
		return e, true
	}
	for _, dir := range i.disk {
		switch {
		case strings.HasPrefix(dir, name+"/") || name == "/":
			return start.Entry{Mode: fs.ModeDir | 0o755}, true
		case name != dir && !strings.HasPrefix(name, dir+"/"):
			continue
		}
		info, err := os.Lstat(name)
		if err != nil {
			return start.Entry{}, false
		}
		link := ""
		if info.Mode()&fs.ModeSymlink != 0 {
			if link, err = os.Readlink(name); err != nil {
				return start.Entry{}, false
			}
		}
		return start.Entry{Mode: info.Mode(), Link: link}, true
	}
	return start.Entry{}, false
}

// Open opens what is on disk; of the run image and of layers that are reused without their files only names are known.
func (i imageFiles) Open(name string) (io.ReadCloser, error) {
	for _, dir := range i.disk {
		if strings.HasPrefix(name, dir+"/") {
			return language.OpenFile(name)
		}
	}
	return nil, errors.ErrUnsupported
}

// launchPath is PATH as the launcher makes it: bin/ of the layers, the last by name first, and the run image's own.
func (b *builder) launchPath() string {
	var dirs []string
	for _, l := range b.layers {
		bin := filepath.Join(l.Path, "bin")
		if info, err := os.Stat(bin); l.Launch && err == nil && info.IsDir() {
			dirs = append(dirs, bin)
		}
	}
	slices.Sort(dirs)
	slices.Reverse(dirs)
	dirs = append(dirs, b.onPath(func(l earlier.Layer) []string { return l.Programs })...)
	if told := b.contract.Floor.Path; len(told) > 0 {
		return strings.Join(append(dirs, told...), ":")
	}
	if !b.contract.foreign() {
		return strings.Join(append(dirs, standardPath), ":")
	}
	return strings.Join(append(dirs, contract.LayerPath(contract.LayerSlices, "usr/bin"), standardPath), ":")
}
