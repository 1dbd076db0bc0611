package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/project"
)

// readProject reads what the project says about the build, and finds the app in it.
func (b *builder) readProject() (err error) {
	if b.files, err = project.OpenFolder(b.WorkingDir); err != nil {
		return err
	}
	if b.project, err = project.Read(b.files, b.Env); err != nil {
		return err
	}
	b.dir = b.WorkingDir
	if err := b.enter(b.project); err != nil {
		return err
	}
	if err := b.findEarlier(); err != nil {
		return err
	}
	if b.behind {
		return nil
	}
	named, err := detect.Enter(language.Rows(b.Languages), b.files, b.Env, b.project)
	if err == nil {
		err = b.enter(named)
	}
	if err != nil {
		return err
	}
	if b.app, err = detect.Find(language.Rows(b.Languages), b.project); errors.Is(err, detect.ErrNoApp) {
		return b.nothingToComplete(err)
	}
	if err != nil {
		return err
	}
	return b.enterMember()
}

// enter makes the folder that a project names the app's, unless it is already.
func (b *builder) enter(p project.Project) error {
	b.project = p
	dir := filepath.Join(b.WorkingDir, p.Folder)
	if dir == b.dir {
		return nil
	}
	b.dir = dir
	b.log.Line("app: %s (%s)", p.Folder, p.Settings.App.By)
	return isOwnFolder(b.WorkingDir, b.dir)
}

// enterMember goes to the one app of a workspace, where nobody says which folder is the app's and how it starts.
func (b *builder) enterMember() error {
	l, _ := b.row(b.app.Language)
	if l.Member == nil || b.project.Settings.App.Name != "" || len(b.project.Processes) > 0 {
		return nil
	}
	name, err := l.Member(b.project.Files)
	if err != nil || name == "" {
		return err
	}
	inside, err := project.ReadApp(b.files, b.Env, project.Setting{Name: name, By: "the one app of the workspace"})
	if err != nil {
		return err
	}
	return b.enter(inside)
}

// isOwnFolder refuses an app's folder that is reached by a link: what the app is made of would stand elsewhere, and be
// removed as what is not the app's.
func isOwnFolder(top, dir string) error {
	for at := dir; at != top; at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err != nil {
			return fmt.Errorf("cannot use the app's folder: %w", err)
		}
		if info.Mode()&os.ModeSymlink != 0 {
			return fmt.Errorf("cannot use the app's folder %s: %s is a link; name the folder that it leads to", dir, at)
		}
	}
	return nil
}

// keepApp removes from the project's folder what is not the app's: other apps of a monorepo have no place in its image.
// members are folders elsewhere in the project that the app needs when it runs, such as workspace members.
func (b *builder) keepApp(members []string) error {
	if b.dir == b.WorkingDir {
		return nil
	}
	kept := []string{b.dir}
	for _, m := range members {
		if !strings.HasPrefix(m, b.WorkingDir+"/") {
			return fmt.Errorf("cannot keep %s for the app: it is not in the project's folder", m)
		}
		kept = append(kept, m)
	}
	if err := removeOthers(b.WorkingDir, kept); err != nil {
		return err
	}
	return b.showPrograms()
}

// showPrograms puts links to the app's own programs where the run image's PATH has those of an app that is the whole project,
// so that docker exec finds them by name, too.
func (b *builder) showPrograms() error {
	root, err := os.OpenRoot(b.WorkingDir)
	if err != nil {
		return fmt.Errorf("cannot open the project's folder: %w", err)
	}
	defer root.Close()
	folder, err := filepath.Rel(b.WorkingDir, b.dir)
	if err != nil {
		return fmt.Errorf("cannot find the app in the project's folder: %w", err)
	}
	for _, bin := range []string{"bin", "node_modules/.bin"} {
		info, err := root.Stat(filepath.Join(folder, bin))
		if err != nil || !info.IsDir() {
			continue // the app has none
		}
		if _, err := root.Lstat(bin); err == nil {
			continue // it is a member's that the app needs
		}
		up := filepath.Dir(bin)
		if err := root.MkdirAll(up, 0o755); err != nil {
			return fmt.Errorf("cannot show the app's programs: %w", err)
		}
		to, err := filepath.Rel(up, filepath.Join(folder, bin))
		if err == nil {
			err = root.Symlink(to, bin)
		}
		if err != nil {
			return fmt.Errorf("cannot show the app's programs: %w", err)
		}
	}
	return nil
}

// removeOthers removes what lies below a directory and neither is kept, nor below what is kept, nor leads to it.
func removeOthers(dir string, kept []string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("cannot list %s: %w", dir, err)
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		switch {
		case slices.Contains(kept, at):
		case e.IsDir() && slices.ContainsFunc(kept, func(k string) bool { return strings.HasPrefix(k, at+"/") }):
			if err := removeOthers(at, kept); err != nil {
				return err
			}
		default:
			if err := os.RemoveAll(at); err != nil {
				return fmt.Errorf("cannot remove what is not the app's: %w", err)
			}
		}
	}
	return nil
}

// close ends what the build has open, and removes its short-lived files.
func (b *builder) close() {
	if b.files != nil {
		_ = b.files.Close() // it was only read
	}
	if b.temp != "" {
		_ = os.RemoveAll(b.temp) // the image does not have it
	}
}
