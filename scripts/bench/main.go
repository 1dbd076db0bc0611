// Command bench runs whittle beside dpkg-deb, xz, zstd and cp on the same packages of the real archive, in the same run,
// and prints medians and ratios. Machines and their neighbours differ from day to day; ratios of one run do not.
//
// Usage: bench -whittle FILE -sources FILE -work DIR [-rounds N] [-svg FILE] [-profile FILE]
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
}

func main() {
	var b bench
	var sources, svg, profile string
	flag.StringVar(&b.whittle, "whittle", "bin/whittle", "the tool")
	flag.StringVar(&sources, "sources", "", "apt sources of the archive")
	flag.StringVar(&b.work, "work", "out/bench", "directory for the mirror, caches and roots")
	flag.IntVar(&b.rounds, "rounds", 5, "how often each case is run")
	flag.StringVar(&svg, "svg", "", "draw the ratios into this file")
	flag.StringVar(&profile, "profile", "", "write the profile of cold cuts into this file, and measure nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b.ctx = ctx
	if err := b.run(sources, svg, profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(sources, svg, profile string) (err error) {
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
	if b.mirror, err = newMirror(filepath.Join(b.work, "mirror")); err != nil {
		return err
	}
	defer b.mirror.Close()
	if b.sources, err = b.mirror.sources(sources, b.runs); err != nil {
		return err
	}
	if profile != "" {
		return b.profile(profile)
	}
	for _, l := range lists {
		if err := b.list(l.name, l.names); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	b.print(os.Stdout)
	if svg == "" {
		return nil
	}
	return os.WriteFile(svg, b.plot(), 0o644)
}

func removeAll(pattern string) error {
	all, err := filepath.Glob(pattern)
	for _, name := range all {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}
