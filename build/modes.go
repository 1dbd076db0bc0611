package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/project"
)

// settle gives the app's folder and the languages' layers the modes that they have in the image: everybody reads, nobody
// but the owner writes, and no program gets another user's rights. What the app writes to is the exception that the user or
// the language names.
func (b *builder) settle(writable []string) error {
	for _, l := range b.layers {
		if l.Launch && b.ofLanguage[l.Name] && language.Exists(l.Path) {
			if err := language.Settle(l.Path); err != nil {
				return err
			}
		}
	}
	if b.behind {
		return b.openWritable(writable) // the folder is as the buildpack before left it
	}
	dropped, open, err := closeApp(b.WorkingDir)
	if err != nil {
		return err
	}
	if open {
		b.log.Line("%s is the platform's own: its mode stays, and where the root is not read-only everybody may add files to it", b.WorkingDir)
	}
	for _, file := range dropped {
		b.log.Warn("%s lost its setuid or setgid bit: no program of the image runs as another user", file)
	}
	return b.openWritable(writable)
}

// closeApp makes a folder readable to everybody and writable to its owner alone, who is not the user that runs. It returns the
// files that lost their setuid or setgid bit, by their names below the folder. The folder itself may be another user's, as in
// Kubernetes, which gives its volumes to root and the group of the build: then its mode stays as it is, and open is true.
func closeApp(dir string) (dropped []string, open bool, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink != 0 {
			return err // a link has no mode of its own
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		mode := info.Mode()
		want := mode.Perm()&^0o022 | 0o444
		if e.IsDir() || mode&0o100 != 0 {
			want |= 0o111
		}
		if mode&^fs.ModeType == want {
			return nil
		}
		err = os.Chmod(path, want)
		if path == dir && errors.Is(err, fs.ErrPermission) && mode&0o555 == 0o555 {
			open = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot give %s the mode %04o: %w", path, want, err)
		}
		if mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 && !e.IsDir() {
			name, err := filepath.Rel(dir, path)
			dropped = append(dropped, name)
			return err
		}
		return nil
	})
	return dropped, open, err
}

// openWritable lets every user write below the folders that the app writes to.
func (b *builder) openWritable(byLanguage []string) error {
	all := b.project.Settings.Writable
	for _, name := range byLanguage {
		all = append(all, project.Setting{Name: name, By: b.app.Language})
	}
	if len(all) == 0 {
		return nil
	}
	root, err := os.OpenRoot(b.dir)
	if err != nil {
		return fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer root.Close()
	for _, s := range all {
		name := filepath.Clean(s.Name)
		if err := openFolder(root, name); err != nil {
			return &language.Problem{
				What: fmt.Sprintf("cannot let the app write to %q (%s): %v", s.Name, s.By, err), Err: err,
				Next: "Name a folder below the app's, such as BP_WHITTLE_WRITABLE=uploads.",
			}
		}
		b.log.Line("writable when the app runs: %s (%s)", strings.TrimSuffix(name, "/."), s.By)
	}
	return nil
}

// openFolder makes a folder if it is not there, and lets everybody write to all in it. Links are left alone: what they lead to
// is not named.
func openFolder(root *os.Root, name string) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("it is not below the app's folder")
	}
	if err := root.MkdirAll(name, 0o777); err != nil {
		return err
	}
	return fs.WalkDir(root.FS(), name, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() && !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := info.Mode().Perm() | 0o666
		if e.IsDir() {
			want |= 0o777
		}
		if info.Mode().Perm() == want {
			return nil // it may be another user's
		}
		return root.Chmod(path, want)
	})
}
