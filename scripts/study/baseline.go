package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// maxPrograms is how many programs of a package are asked: that of the package's own name, and the first by name.
const maxPrograms = 6

// patience is how long a program may think about its answer, in seconds. Behind the cut it gets more: there only those
// are asked that have answered before.
const (
	patience     = 10
	patienceLong = 30
)

// aptEnv is the environment in which packages are installed; programs get none.
var aptEnv = []string{"DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}

// baseline installs every package on a Debian root of its own, and asks its programs. What is in the table already is
// kept, unless packages are named.
func (s *study) baseline(ctx context.Context) error {
	names, err := s.chosen()
	if err != nil {
		return err
	}
	rows, err := readRows(s.file("baseline.tsv"))
	if err != nil {
		return err
	}
	if len(s.names) == 0 {
		names = slices.DeleteFunc(names, func(n string) bool {
			return slices.ContainsFunc(rows, func(r row) bool { return r.Package == n })
		})
	}
	debs := filepath.Join(s.work, "debs")
	if err := os.MkdirAll(filepath.Join(debs, "partial"), 0o755); err != nil {
		return fmt.Errorf("cannot keep packages: %w", err)
	}
	ready := make(chan string, 10) // downloads run ahead, but not to the end of the disk
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(ready)
		for _, n := range names {
			if err := s.download(ctx, n); err != nil {
				return err
			}
			select {
			case ready <- n:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	done := s.collect("baseline.tsv", rows, len(names))
	for i := range s.jobs {
		group.Go(func() error {
			for n := range ready {
				found, err := s.onDebian(ctx, n, fmt.Sprint("mount-", i))
				if err != nil {
					return fmt.Errorf("cannot try %s: %w", n, err)
				}
				if err := done(n, found); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// debian is a container on the full Debian root, with the packages that were downloaded.
func (s *study) debian(ctx context.Context, at string) (*container, error) {
	debs, err := filepath.Abs(filepath.Join(s.work, "debs"))
	if err != nil {
		return nil, fmt.Errorf("cannot find the packages: %w", err)
	}
	tool, err := filepath.Abs(s.whittle)
	if err != nil {
		return nil, fmt.Errorf("cannot find whittle: %w", err)
	}
	return enter(ctx, mounts{
		At: filepath.Join(s.work, at), Layers: []string{filepath.Join(s.work, "debian")}, Mirror: "/mnt",
		Binds: map[string]string{"/var/cache/apt/archives": debs, "/media": filepath.Dir(tool)},
	})
}

func apt(args ...string) command {
	return command{Args: append([]string{
		"/usr/bin/apt-get", "--quiet=2", "--yes", "--no-install-recommends",
		"-o", "Debug::NoLocking=true", "-o", "Dpkg::Use-Pty=false", "-o", "APT::Sandbox::User=root",
	}, args...), Env: aptEnv, Network: true, Seconds: 1200}
}

// download fetches what a package needs. What cannot be fetched shows when it is installed.
func (s *study) download(ctx context.Context, name string) error {
	b, err := s.debian(ctx, "mount-download")
	if err != nil {
		return err
	}
	_, err = b.do(apt("--download-only", "install", name))
	return errors.Join(err, b.close())
}

// onDebian installs one package and asks its programs.
func (s *study) onDebian(ctx context.Context, name, at string) ([]row, error) {
	b, err := s.debian(ctx, at)
	if err != nil {
		return nil, err
	}
	rows, err := installAndAsk(b, name)
	return rows, errors.Join(err, b.close())
}

func installAndAsk(b *container, name string) ([]row, error) {
	r := row{Package: name, Place: onDebian, Outcome: installed}
	before, _, err := weight(b)
	if err != nil {
		return nil, err
	}
	a, err := b.do(apt("install", name))
	if err != nil {
		return nil, err
	}
	if r.Exit = a.Exit; a.Exit != 0 {
		r.Outcome, r.Detail = refused, a.evidence()
		return []row{r}, nil
	}
	after, packages, err := weight(b)
	if err != nil {
		return nil, err
	}
	r.Version = packages[name]
	r.Detail = fmt.Sprintf("%d packages of %d, %d kB of %d", after.packages-before.packages, after.packages, after.kB-before.kB, after.kB)
	programs, err := programsOf(b, name)
	if err != nil {
		return nil, err
	}
	rows := []row{r}
	for _, p := range programs {
		for _, question := range questions {
			a, err := b.do(asked(p, question, patience))
			if err != nil {
				return nil, err
			}
			one := row{Package: name, Version: r.Version, Place: onDebian, Program: p, Argument: question, Exit: a.Exit, Outcome: silent, Detail: a.evidence()}
			if a.answered() {
				one.Outcome, one.Detail = answers, a.digest()
			}
			rows = append(rows, one)
			if a.answered() {
				break
			}
		}
	}
	return rows, nil
}

// weighed is how much is installed, as dpkg counts: kB are of 1024 bytes.
type weighed struct{ packages, kB int }

// weight weighs what is installed, and lists the versions by name.
func weight(b *container) (w weighed, versions map[string]string, err error) {
	a, err := b.do(command{Args: []string{"/usr/bin/dpkg-query", "-W", "-f=${Package}\t${Version}\t${Installed-Size}\n"}, Seconds: 60})
	if err != nil {
		return w, nil, err
	}
	versions = map[string]string{}
	for line := range strings.Lines(string(a.Stdout)) {
		c := strings.Split(strings.TrimSpace(line), "\t")
		if len(c) != 3 {
			continue // a package without a size
		}
		kB, err := strconv.Atoi(c[2])
		if err != nil {
			return w, nil, fmt.Errorf("cannot read the size of %s: %w", c[0], err)
		}
		w.packages, w.kB = w.packages+1, w.kB+kB
		versions[c[0]] = c[1]
	}
	return w, versions, nil
}

// programsOf lists the programs that are asked.
func programsOf(b *container, name string) ([]string, error) {
	a, err := b.do(command{Args: []string{"/usr/bin/dpkg", "-L", name}, Env: aptEnv, Seconds: 60})
	if err != nil || a.Exit != 0 {
		return nil, errors.Join(err, fmt.Errorf("cannot list the files of %s: %s", name, a.evidence()))
	}
	return firstPrograms(name, strings.Fields(string(a.Stdout))), nil
}

func firstPrograms(name string, files []string) []string {
	var programs []string
	for _, f := range files {
		if isProgram(f) {
			programs = append(programs, f)
		}
	}
	slices.SortFunc(programs, func(a, b string) int {
		if own := func(p string) bool { return filepath.Base(p) == name }; own(a) != own(b) {
			if own(a) {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return programs[:min(len(programs), maxPrograms)]
}
