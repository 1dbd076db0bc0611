package rust

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"whittle.dev/whittle/build/language"
)

// sourcesFile notes in layer cargo-target which files the project had when it was compiled: path to digest.
const sourcesFile = "whittle-sources.json"

// setTimes gives files the times by which cargo tells what is newer than what it compiled.
func (c *cargo) setTimes() error {
	before := language.ReadSnapshot(filepath.Join(c.target, sourcesFile))
	if before == nil {
		return language.Empty(c.target) // nobody knows of what it was made
	}
	have, err := c.snapshot()
	if err != nil {
		return err
	}
	return language.SetTimes(c.Root, before, have, c.target, c.begun)
}

func (c *cargo) snapshot() (language.Snapshot, error) {
	return language.TakeSnapshot(c.Root, "Cargo.lock")
}

// prune leaves in the caches what the next build can use: the platform saves and restores them whole.
func (c *cargo) prune(meta *metadata, b *built) error {
	have, err := c.snapshot()
	if err == nil {
		err = have.Write(filepath.Join(c.target, sourcesFile))
	}
	if err != nil {
		return err
	}
	for _, p := range b.Programs {
		if err := os.Remove(p.File); err != nil { // a second name for what is in deps/
			return fmt.Errorf("cannot prune the cache: %w", err)
		}
	}
	if err := errors.Join(pruneTarget(c.target, meta.memberNames(), b.Units, c.begun), c.pruneHome(meta)); err != nil {
		return fmt.Errorf("cannot prune the cache: %w", err)
	}
	return nil
}

// memberNames are the names of the workspace's packages and of what is made of them, as they occur in names of files.
func (m *metadata) memberNames() map[string]bool {
	names := map[string]bool{}
	for _, p := range m.all(m.Members) {
		names[p.Name] = true
		for _, t := range p.Targets {
			names[t.Name], names[strings.ReplaceAll(t.Name, "-", "_")] = true, true
		}
	}
	return names
}

// compiledName takes the name of what cargo keeps of a unit: "libserde-0123456789abcdef.rlib", "serde-0123456789abcdef".
var compiledName = regexp.MustCompile(`^(?:lib)?(.+)-([0-9a-f]{16})(?:\..*)?$`)

// pruneTarget removes what cargo compiled for other versions, features and flags than it used now. It tells the units of the
// project's own packages by no hash: those are kept unless they were compiled anew.
func pruneTarget(target string, members, used map[string]bool, begun time.Time) error {
	var folders []string
	for _, pattern := range []string{"*/deps", "*/build", "*/.fingerprint", "*/*/deps", "*/*/build", "*/*/.fingerprint"} {
		found, err := filepath.Glob(filepath.Join(target, pattern))
		if err != nil {
			return err
		}
		folders = append(folders, found...)
	}
	for _, dir := range folders {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		anew := map[string]bool{} // names of members' units that this build compiled
		old := func(e os.DirEntry) bool {
			info, err := e.Info()
			return err == nil && info.ModTime().Before(begun)
		}
		for _, e := range entries {
			if m := compiledName.FindStringSubmatch(e.Name()); m != nil && members[m[1]] && !old(e) {
				anew[m[1]] = true
			}
		}
		for _, e := range entries {
			m := compiledName.FindStringSubmatch(e.Name())
			if m == nil || used[m[2]] || members[m[1]] && (!anew[m[1]] || !old(e)) {
				continue
			}
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// pruneHome removes from CARGO_HOME crates that the app does not have, what is unpacked from the archives of crates, cargo's
// own notes, and the link to credentials.
func (c *cargo) pruneHome(meta *metadata) error {
	needed := map[string]bool{}
	for _, p := range meta.Packages {
		needed[p.Name+"-"+p.Version+".crate"] = true
	}
	archives, err := filepath.Glob(filepath.Join(c.home, "registry/cache/*/*.crate"))
	if err != nil {
		return err
	}
	for _, file := range archives {
		if !needed[filepath.Base(file)] {
			err = errors.Join(err, os.Remove(file))
		}
	}
	for _, name := range []string{"registry/src", ".package-cache", ".package-cache-mutate", ".global-cache", "credentials.toml"} {
		err = errors.Join(err, os.RemoveAll(filepath.Join(c.home, name)))
	}
	return err
}

// removeForeignTarget removes what cargo compiled elsewhere and was sent along: it is large, and for another machine.
func (c *cargo) removeForeignTarget() error {
	for _, dir := range []string{filepath.Join(c.Root, "target"), filepath.Join(c.Dir, "target")} {
		if !language.Exists(filepath.Join(dir, ".rustc_info.json")) && !language.Exists(filepath.Join(dir, "CACHEDIR.TAG")) {
			continue
		}
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
			continue
		}
		c.Log.Line("target/ came with the app and is removed: exclude it in .gitignore or project.toml")
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("cannot remove target/: %w", err)
		}
	}
	return nil
}
