package inspect

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"whittle.dev/whittle/image/layerfs"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/script"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/missing"
)

// Loose is what an image has beside ELF files that leads nowhere.
type Loose struct {
	Findings []missing.Finding // what is run or loaded by the name that leads nowhere
	Waiting  []missing.Finding // what leads nowhere too, and fails nobody yet: links to data, scripts that no PATH leads to, what waits for a layer
}

// FindLoose lists the symbolic links that lead nowhere and the scripts whose interpreter is missing, sorted. A link is a
// finding when it stands for a program (it is in a directory of programs) or for a library; a script, when it is in a
// directory of programs. A link that waits for a layer is none, because doors do that, nor is one into what the kernel or
// the container runtime brings, nor one of documentation. The findings are appended to those that were found before: an image may
// have some hundred thousand, and to join two such lists takes their memory twice.
func FindLoose(f *layerfs.FS, before []missing.Finding) (Loose, error) {
	l := Loose{Findings: before}
	err := fs.WalkDir(f, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || paths.IsBelow("/"+name, documentation...):
			return err
		case e.Type()&fs.ModeSymlink != 0:
			return l.link(f, name)
		case e.Type().IsRegular():
			return l.script(f, name)
		}
		return nil
	})
	return l, err
}

var documentation = []string{"/usr/share/doc", "/usr/share/info", "/usr/share/man"}

func (l *Loose) link(f *layerfs.FS, name string) error {
	_, err := f.Resolve(name)
	if err == nil || waits(err) {
		return nil
	}
	to, err := f.ReadLink(name)
	if err != nil {
		return err
	}
	base := path.Base(name)
	code := debian.OnPath(name) || strings.HasPrefix(base, "lib") && strings.Contains(base, ".so.")
	l.add(missing.Finding{Kind: missing.DanglingLink, Importer: "/" + name, Name: to}, code)
	return nil
}

func (l *Loose) script(f *layerfs.FS, name string) error {
	i, err := f.Lstat(name)
	if err != nil || i.Mode()&0o111 == 0 {
		return err
	}
	file, err := f.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	head := make([]byte, 256) // the kernel reads no more of the line
	n, _ := file.Read(head)   // what cannot be read is no script
	interpreter, byEnv := script.Shebang(head[:n])
	for _, program := range []string{interpreter, byEnv} {
		if program == "" {
			continue
		}
		absent, waiting := lacks(f, program)
		if absent {
			l.add(missing.Finding{Kind: missing.Interpreter, Importer: "/" + name, Name: program}, debian.OnPath(name) && !waiting)
			return nil
		}
	}
	return nil
}

// lacks tells whether a program is missing, and whether it may come with a layer.
func lacks(f *layerfs.FS, program string) (missing, waiting bool) {
	if !path.IsAbs(program) { // env looks it up
		for _, dir := range debian.ProgramDirs {
			if _, err := f.Stat(path.Join(dir, program)); err == nil {
				return false, false
			}
		}
		return true, false
	}
	_, err := f.Resolve(program)
	return err != nil, err != nil && waits(err)
}

func (l *Loose) add(found missing.Finding, matters bool) {
	if matters {
		l.Findings = append(l.Findings, found)
	} else {
		l.Waiting = append(l.Waiting, found)
	}
}

// waits tells whether what a link leads to need not be in the image.
func waits(err error) bool {
	var missing *layerfs.MissingError
	return errors.As(err, &missing) && paths.IsBelow("/"+missing.Path, contract.BuildpackDir, "/proc", "/sys", "/dev", "/run", "/tmp")
}
