package java

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// stage is where what runs goes: the app's own files into one layer, the archives that it depends on into another, each at
// its path below the app's folder. Links in the first lead to the second, so that what looks for a dependency beside the app
// finds it, and a change of the app leaves the layer of its dependencies as it was.
type stage struct {
	from           *os.Root // the app's folder
	app, jars      *os.Root
	jarsDir        string
	own            map[string]bool // base names of archives that the project itself made: they change as the app does
	appClasses     []string        // archives and folders of the app's own classes, absolute
	dependencyJars []string        // absolute
	arch           string          // Debian's name of the processor whose native libraries count; empty for all
	foreign        int64           // bytes, as compressed, of the native libraries of others that were left out
	left           int64           // bytes of files that may still be taken
}

// maxStaged bounds what of an app's files is taken, in bytes, and maxClassPath the names that class paths have in all: by links one
// folder has as many names as anybody likes.
const (
	maxStaged    = 16 << 30
	maxClassPath = 5000
)

func newStage(from *os.Root, app, jars string) (*stage, error) {
	s := &stage{from: from, jarsDir: jars, own: map[string]bool{}, left: maxStaged}
	var err, err2 error
	s.app, err = os.OpenRoot(app)
	s.jars, err2 = os.OpenRoot(jars)
	if err := errors.Join(err, err2); err != nil {
		return nil, fmt.Errorf("cannot open a layer of the app: %w", err)
	}
	return s, nil
}

func (s *stage) close() { _, _ = s.app.Close(), s.jars.Close() }

// dependency takes an archive that the app depends on.
func (s *stage) dependency(name string) error {
	if s.own[path.Base(name)] {
		return s.archive(name)
	}
	if _, err := s.app.Lstat(name); err == nil {
		return nil // taken before
	}
	if err := s.copy(name, s.jars); err != nil {
		return err
	}
	return s.link(name)
}

// link leads a path of the app to the layer of dependencies.
func (s *stage) link(name string) error {
	if err := s.dropForeign(s.jars, name); err != nil {
		return err
	}
	if err := s.app.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("cannot stage %s: %w", name, err)
	}
	if err := s.app.Symlink(filepath.Join(s.jarsDir, name), name); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("cannot stage %s: %w", name, err)
	}
	s.dependencyJars = append(s.dependencyJars, filepath.Join(s.jarsDir, name))
	return nil
}

// archive takes one of the app's own archives, with all entries at the same time and in one order: two builds then give equal
// bytes. Entries are copied as they are compressed.
func (s *stage) archive(name string) error {
	z, err := openZip(s.from, name)
	if err != nil {
		return err
	}
	defer z.Close()
	foreign := s.foreignOf(z)
	return s.writeZip(name, func(w *zip.Writer) error {
		for _, f := range z.ordered() {
			if foreign[f] {
				continue
			}
			if err := copyEntry(w, f, f.Name); err != nil {
				return fmt.Errorf("cannot stage %s: %s: %w", name, language.Clip(f.Name), err)
			}
		}
		return nil
	})
}

// writeZip makes an archive of the app.
func (s *stage) writeZip(name string, fill func(*zip.Writer) error) error {
	if err := s.app.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("cannot stage %s: %w", name, err)
	}
	f, err := s.app.Create(name)
	if err != nil {
		return fmt.Errorf("cannot stage %s: %w", name, err)
	}
	w := zip.NewWriter(f)
	err = fill(w)
	s.appClasses = append(s.appClasses, filepath.Join(s.app.Name(), name))
	return errors.Join(err, w.Close(), f.Close())
}

// tree takes a folder of the app, or one file: archives in it as dependencies, unless own tells that they are the app's, and
// everything else as the app's.
func (s *stage) tree(dir string, own func(name string) bool) error {
	info, err := s.from.Stat(dir)
	if err != nil {
		return fmt.Errorf("cannot stage %s: %w", dir, err)
	}
	if !info.IsDir() {
		return s.file(dir, own)
	}
	err = fs.WalkDir(s.from.FS(), path.Clean(dir), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return s.file(name, own)
	})
	if err != nil {
		return fmt.Errorf("cannot stage %s: %w", dir, err)
	}
	return nil
}

func (s *stage) file(name string, own func(name string) bool) error {
	if !strings.HasSuffix(name, ".jar") {
		return s.copy(name, s.app)
	}
	if own(name) {
		return s.archive(name)
	}
	return s.dependency(name)
}

// classPath takes the archives that a manifest's Class-Path names and that are there, and returns those that are not.
func (s *stage) classPath(a archive) (missing []string, err error) {
	todo := []archive{a}
	seen := map[string]bool{a.Path: true}
	for len(todo) > 0 {
		one := todo[0]
		todo = todo[1:]
		for _, entry := range strings.Fields(one.Manifest["class-path"]) {
			name := path.Join(path.Dir(one.Path), strings.TrimPrefix(entry, "file:"))
			if seen[name] || !fs.ValidPath(name) {
				continue
			}
			if seen[name] = true; len(seen) > maxClassPath {
				return nil, fmt.Errorf("cannot stage %s: its class path names more than %d files", a.Path, maxClassPath)
			}
			info, err := s.from.Stat(name)
			if err != nil {
				missing = append(missing, name)
				continue
			}
			if err := s.onClassPath(name, info.IsDir()); err != nil {
				return nil, err
			}
			if next, err := readArchive(s.from, name); err == nil {
				todo = append(todo, next)
			}
		}
	}
	return missing, nil
}

// onClassPath takes an archive that a class path names, or a folder of classes, which are the app's own.
func (s *stage) onClassPath(name string, folder bool) error {
	if !folder {
		return s.dependency(name)
	}
	s.appClasses = append(s.appClasses, filepath.Join(s.app.Name(), name))
	return s.tree(name, func(string) bool { return true })
}

// maxNested bounds an archive inside an archive, in bytes.
const maxNested = 512 << 20

// inside unpacks the archives inside one that stays whole into a folder of the build, to be looked at: the app runs with
// them.
func (s *stage) inside(name, dir string) error {
	z, err := openZip(s.from, name)
	if err != nil {
		return err
	}
	defer z.Close()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot look into %s: %w", name, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("cannot look into %s: %w", name, err)
	}
	defer root.Close()
	for _, f := range z.File {
		base := path.Base(f.Name)
		if path.Ext(base) != ".jar" || base == ".jar" {
			continue
		}
		if _, err := unzipEntry(root, f, base, maxNested); err != nil {
			return fmt.Errorf("cannot look into %s: %s: %w", name, language.Clip(f.Name), err)
		}
		s.dependencyJars = append(s.dependencyJars, filepath.Join(dir, base))
	}
	return nil
}

// copy takes a regular file of the app.
func (s *stage) copy(name string, to *os.Root) error {
	if info, err := s.from.Stat(name); err == nil && info.Mode().IsRegular() {
		if s.left -= info.Size(); s.left < 0 {
			return fmt.Errorf("cannot stage %s: the app's archives and what they name have more than %d GB", name, maxStaged>>30)
		}
	}
	return copyFile(s.from, name, to)
}

// copyFile copies a regular file from one root to the same path of another.
func copyFile(from *os.Root, name string, to *os.Root) error {
	if err := copyRegular(from, name, to); err != nil {
		return fmt.Errorf("cannot stage %s: %w", name, err)
	}
	return nil
}

// copyRegular copies a file with its permissions; what is no regular file is left out.
func copyRegular(from *os.Root, name string, to *os.Root) error {
	r, info, err := openRegular(from, name)
	if errors.Is(err, errNotRegular) {
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	if err := to.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	w, err := to.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, info.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}
