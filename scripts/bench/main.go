// Command bench runs whittle beside dpkg-deb, xz, zstd and cp on the same packages of the real archive, in the same run,
// and prints medians and ratios. Machines and their neighbours differ from day to day; ratios of one run do not.
//
// Usage: bench -whittle FILE -sources FILE -work DIR [-rounds N] [-svg FILE] [-growth FILE] [-profile FILE]
//
// Without -sources, only growth is measured, which needs no packages of an archive.
//
// The work directory keeps a mirror of what was downloaded, so only the first run needs the network.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
)

// lists are what is cut. Large is the largest that needs nothing unusual: 97 packages on the day it was chosen.
var lists = []struct {
	name  string
	names []string
}{
	{"small", strings.Fields("libc6_libs ca-certificates_data libgmp10_libs libmpfr6_libs libmpc3_libs")},
	{"large", strings.Fields("python3.13 nodejs git ruby3.3")},
}

type bench struct {
	ctx     context.Context
	whittle string
	work    string // for the mirror
	runs    string // for caches and roots, so that files can be linked
	rounds  int
	mirror  *mirror
	sources string // the apt sources of the mirror
	results []result
	grown   []growing
}

// ownMemory keeps this process small, in bytes: Linux counts as a process's own peak what its parent had when it was started.
const ownMemory = 20 << 20

func main() {
	debug.SetMemoryLimit(ownMemory)
	var b bench
	var sources, svg, growth, profile string
	flag.StringVar(&b.whittle, "whittle", "bin/whittle", "the tool")
	flag.StringVar(&sources, "sources", "", "apt sources of the archive")
	flag.StringVar(&b.work, "work", "out/bench", "directory for the mirror, caches and roots")
	flag.IntVar(&b.rounds, "rounds", 5, "how often each case is run")
	flag.StringVar(&svg, "svg", "", "draw the ratios into this file")
	flag.StringVar(&growth, "growth", "", "measure how work grows, and draw it into this file")
	flag.StringVar(&profile, "profile", "", "write the profile of cold cuts into this file, and measure nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b.ctx = ctx
	if err := b.run(sources, svg, growth, profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(sources, svg, growth, profile string) (err error) {
	for _, p := range []*string{&b.whittle, &b.work} {
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	for _, tool := range []string{"xz", "zstd", "dpkg-deb", "cp", b.whittle} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	// Removing thousands of files makes making some ten times as slow for minutes (ext4 passes over inodes that were just
	// freed), so all of it is done at the end.
	runs := filepath.Join(b.work, "runs")
	defer func() { err = errors.Join(err, removeAll(runs+"*")) }()
	if err := os.MkdirAll(b.work, 0o755); err != nil {
		return err
	}
	if b.runs, err = os.MkdirTemp(b.work, "runs-"); err != nil {
		return err
	}
	if sources != "" {
		if b.mirror, err = newMirror(filepath.Join(b.work, "mirror")); err != nil {
			return err
		}
		defer b.mirror.Close()
		if b.sources, err = b.mirror.sources(sources, b.runs); err != nil {
			return err
		}
	}
	if profile != "" {
		return b.profile(profile)
	}
	for _, l := range lists {
		if sources == "" {
			break
		}
		if err := b.list(l.name, l.names); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	if growth != "" {
		if err := b.growth(); err != nil {
			return err
		}
	}
	b.print(os.Stdout)
	return errors.Join(draw(svg, b.plot), draw(growth, b.plotGrowth))
}

// draw writes a plot into a file, if one is named.
func draw(name string, plot func() []byte) error {
	if name == "" {
		return nil
	}
	return os.WriteFile(name, plot(), 0o644)
}

func removeAll(pattern string) error {
	all, err := filepath.Glob(pattern)
	for _, name := range all {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}
