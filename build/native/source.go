package native

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"whittle.dev/whittle/build/language"
)

// sourcesFile notes in layer native-build which files the project had when it was compiled.
const sourcesFile = "whittle-sources.json"

// sources returns the folder in which the app is compiled, with times by which build systems tell what is newer than what
// they made. CMake and Meson write elsewhere than to the sources; for the others it is a copy, in the cache: what they write
// beside the sources is there for the next build, and not in the image.
func (n *native) sources() (string, error) {
	have, err := language.TakeSnapshot(n.Root)
	if err != nil {
		return "", err
	}
	note := filepath.Join(n.work, sourcesFile)
	before := language.ReadSnapshot(note)
	if before == nil {
		before = have // all is compiled anew, and equal times keep autotools from making their own files again
	}
	dir := n.Root
	if n.inPlace() {
		dir = filepath.Join(n.work, "source")
		if err := copyTree(n.Root, dir, have, before); err != nil {
			return "", fmt.Errorf("cannot copy the sources: %w", err)
		}
	}
	if err := language.SetTimes(dir, before, have, n.work, n.begun); err != nil {
		return "", err
	}
	rel, err := filepath.Rel(n.Root, n.Dir)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, rel), have.Write(note)
}

// inPlace tells whether the build system writes beside the sources.
func (n *native) inPlace() bool { return n.system.name == "autotools" || n.system.name == "make" }

// copyTree makes a copy of a project's files, which were as before says when they were copied last. What is made in the copy
// beside them stays.
func copyTree(from, to string, have, before language.Snapshot) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(to)
	if err != nil {
		return err
	}
	defer root.Close()
	for name := range before {
		if _, ok := have[name]; !ok {
			if err := root.RemoveAll(name); err != nil {
				return err
			}
		}
	}
	return filepath.WalkDir(from, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		switch {
		case err != nil || rel == ".":
			return err
		case e.IsDir() && e.Name() == ".git":
			return linkGit(root, name, rel)
		case e.IsDir():
			return root.MkdirAll(rel, 0o755)
		case e.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(name)
			if err == nil {
				err = root.RemoveAll(rel)
			}
			return errors.Join(err, root.Symlink(link, rel))
		case !e.Type().IsRegular():
			return nil
		}
		if _, err := root.Lstat(rel); err == nil && before[rel] == have[rel] {
			return nil
		}
		return copyFile(root, name, rel)
	})
}

// linkGit gives the copy of a checkout a link to its history, of which build systems take the version (git describe).
func linkGit(root *os.Root, history, rel string) error {
	if _, err := root.Lstat(rel); err != nil {
		if err := root.Symlink(history, rel); err != nil {
			return err
		}
	}
	return fs.SkipDir
}

// copyFile copies a file in place of what is there.
func copyFile(root *os.Root, from, to string) error {
	in, err := language.OpenFile(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := root.RemoveAll(to); err != nil {
		return err
	}
	out, err := root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm()|0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// sourceEndings are those of files that only compilers and build systems read.
var sourceEndings = []string{
	".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".c++", ".h++", ".inl", ".ipp", ".tpp", ".s", ".S", ".asm", ".y", ".l",
	".o", ".lo", ".a", ".la", ".d", ".gch", ".am", ".ac", ".m4", ".cmake", ".in", ".pc", ".wrap",
}

// sourceNames are files of build systems.
var sourceNames = []string{
	"CMakeLists.txt", "CMakePresets.json", "CMakeUserPresets.json", "meson.build", "meson_options.txt", "meson.options", "configure", "config.guess",
	"config.sub", "install-sh", "missing", "depcomp", "compile", "ltmain.sh", "test-driver", "ar-lib", "autogen.sh", "bootstrap", "GNUmakefile", "makefile",
	".clang-format", ".clang-tidy", "conanfile.txt", "vcpkg.json",
}

// removeSources removes what is no runtime artifact: sources, files of build systems, and what was compiled elsewhere and sent
// along.
func (n *native) removeSources() (int, error) {
	return language.RemoveSources(n.Dir, func(rel string, e fs.DirEntry) bool {
		if e.IsDir() {
			dir := filepath.Join(n.Dir, rel)
			return language.Exists(filepath.Join(dir, "CMakeCache.txt")) || language.Exists(filepath.Join(dir, "meson-private")) ||
				slices.Contains([]string{"autom4te.cache", ".deps", ".libs", "CMakeFiles"}, e.Name())
		}
		return slices.Contains(sourceNames, e.Name()) || slices.Contains(sourceEndings, path.Ext(rel))
	})
}
