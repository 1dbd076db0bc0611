package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/manifest"
)

// debs are the packages of a list, as they lie in a cache and taken apart.
type debs struct {
	cache                      string // with indexes and packages, nothing unpacked
	debs, xz, zst              []string
	coldTarget, downloadTarget float64
}

// prepare fills a cache by a cut, which also fills the mirror, and takes the packages apart.
func (b *bench) prepare(list string, names []string) (*debs, error) {
	at := filepath.Join(b.runs, list)
	d := &debs{cache: filepath.Join(at, "cache"), coldTarget: 1.3, downloadTarget: 1.5}
	if list == "small" {
		d.coldTarget = 2
	}
	fmt.Fprintf(os.Stderr, "==> %s: get %s\n", list, strings.Join(names, " "))
	args := b.cut(d.cache, filepath.Join(at, "root"), names, "--json")
	out, err := exec.CommandContext(b.ctx, args[0], args[1:]...).Output()
	if err != nil {
		return nil, fmt.Errorf("whittle cut: %w%s", err, stderr(err))
	}
	var manifests []manifest.Manifest
	if err := json.Unmarshal(out, &manifests); err != nil {
		return nil, fmt.Errorf("cannot read what whittle cut printed: %w", err)
	}
	for _, p := range manifests[0].Packages {
		d.debs = append(d.debs, filepath.Join(d.cache, "sha256", p.SHA256[:2], p.SHA256))
	}
	for i, deb := range d.debs {
		if err := d.takeApart(b, deb, filepath.Join(at, fmt.Sprintf("%03d.tar", i))); err != nil {
			return nil, err
		}
	}
	// It is moved away and not removed: see run.
	if err := os.Rename(filepath.Join(d.cache, "unpacked"), filepath.Join(at, "unpacked")); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "==> %s: %d packages\n", list, len(d.debs))
	return d, nil
}

func (d *debs) takeApart(b *bench, deb, to string) error {
	command := `ar p "$1" data.tar.xz >"$2.xz" && xz -dc "$2.xz" | zstd -q -3 -o "$2.zst"`
	if out, err := exec.CommandContext(b.ctx, "sh", "-c", command, "sh", deb, to).CombinedOutput(); err != nil {
		return fmt.Errorf("cannot take %s apart: %w: %s", deb, err, out)
	}
	d.xz, d.zst = append(d.xz, to+".xz"), append(d.zst, to+".zst")
	return nil
}

// halves divides files among two processes: the largest first, each to the one that has less to do.
func (d *debs) halves(files []string) (first, second []string) {
	sizes := map[string]int64{}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			sizes[f] = info.Size()
		}
	}
	var one, two int64
	for _, f := range slices.SortedFunc(slices.Values(files), func(a, b string) int { return int(sizes[b] - sizes[a]) }) {
		if one <= two {
			first, one = append(first, f), one+sizes[f]
		} else {
			second, two = append(second, f), two+sizes[f]
		}
	}
	return first, second
}

// copyCache makes a cache of the same files.
func copyCache(from, to string) error {
	return filepath.WalkDir(from, func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.Join(to, strings.TrimPrefix(at, from))
		if e.IsDir() {
			return os.MkdirAll(name, 0o755)
		}
		return os.Link(at, name)
	})
}

func stderr(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return ": " + string(exit.Stderr)
	}
	return ""
}
