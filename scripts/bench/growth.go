package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// The sizes at which growth is measured.
var (
	rootSizes = []int{20_000, 100_000, 200_000} // files
	cutSizes  = []int{50, 100, 250, 500}        // packages
)

// definitionFiles is how many packages a release defines, as many as the largest known one.
const definitionFiles = 700

// growing is a case that is run at several sizes of what it is given.
type growing struct {
	name  string // what is done, to what
	unit  string // what the size counts
	sizes []int
	steps []step // one of ours a size
}

// growth measures how work grows with what it is given: each case at each of its sizes once a round.
func (b *bench) growth() error {
	for _, prepare := range []func() (growing, []step, error){b.verified, b.selected, b.definitionsChecked} {
		g, beside, err := prepare()
		if err != nil {
			return err
		}
		if err := b.measureList(g.name, append(beside, g.steps...)); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
		if len(g.sizes) > 0 {
			b.grown = append(b.grown, g)
		}
	}
	return nil
}

// verified is `whittle verify` of directories, beside grep, which reads the same files whole.
func (b *bench) verified() (growing, []step, error) {
	g := growing{name: "verify of a directory", unit: "files", sizes: rootSizes}
	var beside []step
	for _, n := range rootSizes {
		root := filepath.Join(b.runs, fmt.Sprintf("root-%d", n))
		fmt.Fprintf(os.Stderr, "==> make a directory of %d files\n", n)
		if err := makeRoot(root, n); err != nil {
			return g, nil, err
		}
		grep := fmt.Sprintf("grep -r, %d files", n)
		beside = append(beside, step{name: grep, run: func(string) (sample, error) {
			return b.measure([]string{"sh", "-c", `grep -rlF "no file has this" "$1"; [ $? = 1 ]`, "sh", root})
		}})
		g.steps = append(g.steps, step{name: sized("whittle verify", n, g.unit), against: grep, most: 3, run: func(string) (sample, error) {
			return b.measure([]string{b.whittle, "verify", "--quiet", root})
		}})
	}
	return g, beside, nil
}

// selected is the selection of packages that are unpacked, of an archive made for it.
func (b *bench) selected() (growing, []step, error) {
	g := growing{name: "selection of unpacked packages", unit: "packages", sizes: cutSizes}
	most := cutSizes[len(cutSizes)-1]
	fmt.Fprintf(os.Stderr, "==> make an archive of %d packages\n", most)
	dir := filepath.Join(b.runs, "grown")
	sources, names, err := makeArchive(dir, most)
	if err != nil {
		return g, nil, err
	}
	cache := filepath.Join(dir, "cache")
	cut := func(n int, flags ...string) []string {
		args := []string{b.whittle, "cut", "--quiet", "--dry-run", "--release", "none", "--arch", "amd64", "--sources", sources, "--cache", cache}
		return append(append(args, flags...), names[:n]...)
	}
	if _, err := b.measure(cut(most)); err != nil {
		return g, nil, err
	}
	for _, n := range cutSizes {
		g.steps = append(g.steps, step{name: sized("whittle cut --dry-run", n, g.unit), run: func(string) (sample, error) {
			// What was selected before is kept, and would be all that is read.
			if err := os.RemoveAll(filepath.Join(cache, "unpacked", "selection")); err != nil {
				return sample{}, err
			}
			return b.measure(cut(n, "--offline"))
		}})
	}
	return g, nil, nil
}

// definitionsChecked is `whittle definitions check`, beside cat of the same files. It does not grow.
func (b *bench) definitionsChecked() (growing, []step, error) {
	g := growing{name: "definitions check"}
	release := filepath.Join(b.runs, "definitions")
	if err := makeDefinitions(release, definitionFiles); err != nil {
		return g, nil, err
	}
	check := func(round string) (sample, error) {
		return b.measure([]string{b.whittle, "definitions", "check", "--quiet", "--cache", filepath.Join(round, "checked"), release})
	}
	const cat = "cat of the definitions"
	return g, []step{
		{name: cat, run: func(string) (sample, error) {
			return b.measure([]string{"sh", "-c", `cat "$1"/slices/* >/dev/null`, "sh", release})
		}},
		{name: "whittle help", run: func(string) (sample, error) { return b.measure([]string{b.whittle, "help"}) }},
		{name: "whittle definitions check, cold", run: check},
		{name: "whittle definitions check, warm", against: cat, most: 10, run: check},
	}, nil
}

func sized(what string, n int, unit string) string {
	return what + ", " + strconv.Itoa(n) + " " + unit
}
