package ruby

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// compiledFolder, in the cache of gems, has what the last build compiled of the app, and compiledNote tells of it.
const (
	compiledFolder = "compiled"
	compiledNote   = "compiled.json"
)

// compiled is what a build compiled of an app.
type compiled struct {
	Key   string            // of all that it was made of
	Files map[string]string // those that are new or changed, by their names in the app's folder: digests, and targets of links
}

// precompile has the app make at the build what it would make when it starts, where nothing can be written: its assets, and
// the cache of its code. Where nothing changed since the last build, that is taken as it was.
func (r *ruby) precompile(ctx context.Context) error {
	if !r.hasAssets() && !r.hasBootsnap() {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(r.Dir, "tmp", "cache")); err != nil {
		return fmt.Errorf("cannot remove the app's cache: %w", err)
	}
	before, err := filesOf(r.Dir)
	if err != nil {
		return err
	}
	key, err := r.compiledKey(before)
	if err != nil {
		return err
	}
	if done, err := r.takeCompiled(key); done || err != nil {
		return err
	}
	if err := r.assets(ctx); err != nil {
		return err
	}
	if err := r.bootsnap(ctx); err != nil {
		return err
	}
	return r.keepCompiled(before, key)
}

// filesOf are the files and links of a folder: a digest of each, or where it leads.
func filesOf(dir string) (map[string]string, error) {
	all, err := language.TakeSnapshot(dir)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink == 0 {
			return err
		}
		target, err := os.Readlink(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		all[rel] = linkMark + target
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the app: %w", err)
	}
	return all, nil
}

const linkMark = "-> " // no digest begins with it

// compiledKey identifies what is compiled of an app: its files, its gems, and the environment of its tasks.
func (r *ruby) compiledKey(files map[string]string) (string, error) {
	k := language.NewKey()
	text, err := json.Marshal(files)
	if err != nil {
		return "", fmt.Errorf("cannot make a key of the app: %w", err)
	}
	k.Add(r.gemsKey, string(text), r.Dir, r.report.Version)
	k.Environment(language.With(r.env, r.productionEnv()), r.Temp)
	for _, dir := range r.members() {
		if err := k.Tree(dir, func(string) bool { return true }); err != nil {
			return "", fmt.Errorf("cannot read a gem of the app's own: %w", err)
		}
	}
	return k.String(), nil
}

// takeCompiled puts into the app's folder what the last build compiled of the same.
func (r *ruby) takeCompiled(key string) (bool, error) {
	var last compiled
	if !language.ReadNote(filepath.Join(r.cache, compiledNote), &last) || last.Key != key {
		return false, nil // of another build, or of none
	}
	from, err := os.OpenRoot(filepath.Join(r.cache, compiledFolder))
	if err != nil {
		return false, nil // the cache was not kept whole
	}
	defer from.Close()
	to, err := os.OpenRoot(r.Dir)
	if err != nil {
		return false, fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer to.Close()
	for name := range last.Files { // all or nothing: tasks are not run over a part of what they made
		if _, err := from.Lstat(name); err != nil {
			return false, nil
		}
	}
	if copyThese(from, to, last.Files) != nil {
		return false, nil // it is compiled anew
	}
	r.Log.Line("assets and bootsnap's cache: unchanged, from the last build")
	return true, nil
}

// keepCompiled keeps what was compiled for the next build. An app whose tasks remove files is compiled each time.
func (r *ruby) keepCompiled(before map[string]string, key string) error {
	folder, note := filepath.Join(r.cache, compiledFolder), filepath.Join(r.cache, compiledNote)
	if err := errors.Join(os.RemoveAll(note), os.RemoveAll(folder)); err != nil {
		return fmt.Errorf("cannot remove what the last build compiled: %w", err)
	}
	after, err := filesOf(r.Dir)
	if err != nil {
		return err
	}
	made := compiled{Key: key, Files: map[string]string{}}
	for name, is := range after {
		if before[name] != is && !passing(name) {
			made.Files[name] = is
		}
		delete(before, name)
	}
	if len(before) > 0 {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("cannot keep what was compiled: %w", err)
	}
	from, err := os.OpenRoot(r.Dir)
	if err != nil {
		return fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer from.Close()
	to, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("cannot keep what was compiled: %w", err)
	}
	defer to.Close()
	if err = copyThese(from, to, made.Files); err == nil {
		err = language.WriteNote(note, made)
	}
	if err != nil {
		return fmt.Errorf("cannot keep what was compiled: %w", err)
	}
	return nil
}

// passing tells whether a file is none of the image's: logs, and what assets are made by.
func passing(name string) bool {
	return strings.HasPrefix(name, "tmp/cache/assets/") || strings.HasPrefix(name, "log/")
}

// copyThese copies files and links from one folder to another. A file that is there is replaced, never written through.
func copyThese(from, to *os.Root, files map[string]string) error {
	for name, is := range files {
		if err := to.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := to.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if target, ok := strings.CutPrefix(is, linkMark); ok {
			if err := to.Symlink(target, name); err != nil {
				return err
			}
			continue
		}
		if err := copyOne(from, to, name); err != nil {
			return err
		}
	}
	return nil
}

func copyOne(from, to *os.Root, name string) error {
	info, err := from.Lstat(name)
	if err != nil {
		return err
	}
	text, err := from.ReadFile(name)
	if err != nil {
		return err
	}
	return to.WriteFile(name, text, info.Mode().Perm())
}
