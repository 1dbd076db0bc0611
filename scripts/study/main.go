// Study asks of 300 packages that nobody had in mind whether their cuts work. It picks them by a fixed seed from all
// packages of the archive that have a program, sees which programs answer on a full Debian root, cuts each package, and
// asks the same programs in a root of only the cut, and in layers behind the doors of the base run image.
//
//	study pick CONTENTS-ARCH.gz CONTENTS-ALL.gz   writes packages.txt
//	study baseline  installs each package on a Debian root and asks its programs: baseline.tsv
//	study run       cuts, proves and asks again: results.tsv
//	study report    writes what came out: docs/study.md
//	study popular   writes what the packages of another directory weigh: docs/popular.md
//
// baseline and run need root, for chroot and overlay mounts; each change of the file system ends with the process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "study:", err)
		os.Exit(1)
	}
}

// study is what all steps share.
type study struct {
	dir     string // of packages.txt, baseline.tsv, results.tsv and reasons.txt
	work    string // roots, packages and cuts that may be thrown away
	whittle string
	sources string
	cache   string // whittle's
	doc     string
	arch    string
	jobs    int
	first   int
	failed  bool
	keep    bool
	names   []string
}

func start(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("cannot start: name a step, pick, baseline, run or report")
	}
	if args[0] == insideStep {
		return inside(ctx, os.Stdin, os.Stdout)
	}
	s := &study{}
	f := flag.NewFlagSet("study "+args[0], flag.ContinueOnError)
	f.StringVar(&s.dir, "dir", "scripts/study", "directory of the study's lists and tables")
	f.StringVar(&s.work, "work", ".cache/study", "directory for roots and cuts")
	f.StringVar(&s.whittle, "whittle", "bin/whittle", "the tool that is studied")
	f.StringVar(&s.sources, "sources", ".cache/study/debian.sources", "apt sources of the release")
	f.StringVar(&s.cache, "cache", "", "whittle's cache (default: the user's)")
	f.StringVar(&s.doc, "doc", "docs/study.md", "where the report goes")
	f.StringVar(&s.arch, "arch", runtime.GOARCH, "Debian's name of the architecture")
	f.IntVar(&s.jobs, "j", 2, "packages at once")
	f.IntVar(&s.first, "n", 0, "only the first so many packages")
	f.BoolVar(&s.failed, "failed", false, "only packages that failed the last time")
	f.BoolVar(&s.keep, "keep", false, "keep the cuts, below the work directory")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	s.names = f.Args()
	if s.cache == "" {
		home, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("cannot find whittle's cache: %w", err)
		}
		s.cache = filepath.Join(home, "whittle")
	}
	steps := map[string]func(context.Context) error{
		"pick": s.pick, "baseline": s.baseline, "run": s.run, "report": s.report, "popular": s.popular, "tasks": s.tasks,
	}
	step, ok := steps[args[0]]
	if !ok {
		return fmt.Errorf("cannot run %s: the steps are pick, baseline, run, report, popular and tasks", args[0])
	}
	return step(ctx)
}

func (s *study) file(name string) string { return filepath.Join(s.dir, name) }
