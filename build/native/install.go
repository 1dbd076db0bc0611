package native

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/slicer/packages"
)

// install makes of the layer what the image gets: programs that no rule installed, own libraries that they are linked to,
// nothing that only a build reads, no symbols, and no path of the build.
func (n *native) install(ctx context.Context) error {
	for _, program := range n.built.Programs {
		if err := copyTo(program, filepath.Join(n.prefix, "bin", filepath.Base(program))); err != nil {
			return err
		}
	}
	if err := trim(n.prefix); err != nil {
		return err
	}
	if err := n.ownLibraries(); err != nil {
		return err
	}
	return n.each(func(file string, o *closure.Object) error {
		if err := n.runPath(ctx, file, o); err != nil {
			return err
		}
		if err := n.Strip(ctx, file); err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err == nil {
			n.Log.Item(strings.TrimPrefix(file, n.prefix+"/"), info.Size(), "")
		}
		return err
	})
}

// copyTo copies a program or library of the build.
func copyTo(from, to string) error {
	if err := language.CopyFile(from, to, 0o755); err != nil {
		return fmt.Errorf("cannot install %s: %w", filepath.Base(from), err)
	}
	return nil
}

// unused are folders of a prefix that no program reads.
var unused = []string{"include", "lib/pkgconfig", "lib/cmake", "share/pkgconfig", "share/cmake", "share/man", "share/doc", "share/info", "share/aclocal", "share/bash-completion", "share/zsh", "share/fish", "man"}

// trim removes from a prefix what only compilers and people read.
func trim(prefix string) error {
	var err error
	for _, dir := range unused {
		err = errors.Join(err, os.RemoveAll(filepath.Join(prefix, dir)))
	}
	if err != nil {
		return fmt.Errorf("cannot trim the layer: %w", err)
	}
	err = filepath.WalkDir(prefix, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		forLinker := e.Type()&fs.ModeSymlink != 0 && strings.HasPrefix(e.Name(), "lib") && strings.HasSuffix(name, ".so")
		if forLinker || slices.Contains([]string{".a", ".la", ".h"}, filepath.Ext(name)) {
			return os.Remove(name)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("cannot trim the layer: %w", err)
	}
	return language.RemoveEmpty(prefix)
}

// each calls do with every ELF file of the layer.
func (n *native) each(do func(file string, o *closure.Object) error) error {
	return filepath.WalkDir(n.prefix, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		o, err := readELF(name)
		if err != nil || o == nil {
			return err
		}
		return do(name, o)
	})
}

// ownLibraries puts libraries of the project's own into the layer that its programs are linked to and that no rule installed.
func (n *native) ownLibraries() error {
	own := map[string]string{}
	for _, dir := range n.built.Libraries {
		err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && strings.Contains(e.Name(), ".so") {
				own[e.Name()] = name
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("cannot look for the app's libraries: %w", err)
		}
	}
	for again := true; again; {
		again = false
		err := n.each(func(_ string, o *closure.Object) error {
			for _, soname := range o.Needed {
				from, ok := own[soname]
				if !ok || n.has(soname) {
					continue
				}
				real, err := filepath.EvalSymlinks(from)
				if err != nil || !strings.HasPrefix(real, n.work+"/") {
					return fmt.Errorf("cannot use the app's library %s: it leads out of the build", soname)
				}
				again = true
				if err := copyTo(real, filepath.Join(n.prefix, "lib", soname)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// has tells whether the layer has a library.
func (n *native) has(soname string) bool {
	for _, pattern := range []string{"lib", "lib/*", "bin"} {
		if found, err := filepath.Glob(filepath.Join(n.prefix, pattern, soname)); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

// runPath leaves in a file's RUNPATH the folders that the image has, and adds that of the app's own libraries where the file
// is linked to one. There is room: the paths of a build, which go, are longer.
func (n *native) runPath(ctx context.Context, file string, o *closure.Object) error {
	had := o.RunPath
	if len(had) == 0 {
		had = o.RPath
	}
	if len(had) == 0 {
		return nil
	}
	lib := filepath.Join(n.prefix, "lib")
	layers := filepath.Dir(n.prefix) + "/"
	kept := slices.DeleteFunc(slices.Clone(had), func(dir string) bool {
		foreign := strings.HasPrefix(dir, layers) && !strings.HasPrefix(dir, n.prefix+"/") || strings.HasPrefix(dir, n.Root+"/") || strings.HasPrefix(dir, n.Temp)
		return dir == "" || foreign || dir == lib && !language.Exists(lib)
	})
	if slices.ContainsFunc(o.Needed, func(s string) bool { return language.Exists(filepath.Join(lib, s)) }) && !slices.Contains(kept, lib) {
		kept = append(kept, lib)
	}
	if slices.Equal(kept, had) {
		return nil
	}
	set := fmt.Sprintf("file(RPATH_SET FILE %q NEW_RPATH %q)\n", file, strings.Join(kept, ":"))
	script := filepath.Join(n.Temp, "runpath.cmake")
	if err := os.WriteFile(script, []byte(set), 0o644); err != nil {
		return fmt.Errorf("cannot set the RUNPATH of %s: %w", filepath.Base(file), err)
	}
	return n.Run(ctx, language.Command{Args: []string{"cmake", "-P", script}, What: "cmake, to set a RUNPATH", Dir: n.Temp, Env: n.env})
}

// readELF reads what the loader knows of a file; nil where it is no ELF file.
func readELF(file string) (*closure.Object, error) {
	f, err := language.OpenFile(file)
	if err != nil {
		return nil, err
	}
	o, err := packages.ReadELF(f)
	return o, errors.Join(err, f.Close())
}

// isProgram tells whether an ELF file is a program, and not a library or an object.
func isProgram(o *closure.Object, file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode()&0o111 != 0 && (o.Type == elf.ET_EXEC || o.Type == elf.ET_DYN && (o.Interp != "" || o.Soname == "" && !strings.Contains(filepath.Base(file), ".so")))
}
