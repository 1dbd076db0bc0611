package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// sample is one run of a case: real time, processor time of it and its children, peak memory of the largest process.
type sample struct {
	wall, cpu time.Duration
	memory    int64 // bytes
}

// result is all runs of a case.
type result struct {
	list, name string
	samples    []sample
	against    string // the case of the same list whose median it is divided by; empty for none
	most       float64
	target     string
}

// measure runs commands at once, and waits for all of them.
func (b *bench) measure(commands ...[]string) (sample, error) {
	var all sample
	var mu sync.Mutex
	var group sync.WaitGroup
	var failed error
	start := time.Now()
	for _, args := range commands {
		group.Go(func() {
			cmd := exec.CommandContext(b.ctx, args[0], args[1:]...)
			cmd.Stderr = os.Stderr
			err := cmd.Run()
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = fmt.Errorf("%s: %w", args[0], err)
				return
			}
			used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
			all.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			all.memory = max(all.memory, used.Maxrss<<10)
		})
	}
	group.Wait()
	all.wall = time.Since(start)
	return all, failed
}

// step is a case that is run once a round. It returns what its commands took.
type step struct {
	name    string
	against string
	most    float64
	target  string
	run     func(round string) (sample, error)
}

// list measures all cases of a list of packages.
func (b *bench) list(list string, names []string) error {
	d, err := b.prepare(list, names)
	if err != nil {
		return err
	}
	return b.measureList(list, b.steps(d, names))
}

// measureList measures all cases of a list, each once a round, so that all of them see the same weather.
func (b *bench) measureList(list string, steps []step) error {
	results := make([]result, len(steps))
	for i, s := range steps {
		results[i] = result{list: list, name: s.name, against: s.against, most: s.most, target: s.target}
	}
	for round := range b.rounds {
		fmt.Fprintf(os.Stderr, "==> %s: round %d of %d\n", list, round+1, b.rounds)
		at := filepath.Join(b.runs, strings.ReplaceAll(list, " ", "-")+"-"+strconv.Itoa(round))
		if err := os.MkdirAll(at, 0o755); err != nil {
			return err
		}
		for i, s := range steps {
			took, err := s.run(at)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			results[i].samples = append(results[i].samples, took)
		}
	}
	b.results = append(b.results, results...)
	return nil
}

func (b *bench) cut(cache, root string, names []string, flags ...string) []string {
	args := append([]string{b.whittle, "cut", "--quiet", "--sources", b.sources, "--cache", cache, "--root", root}, flags...)
	return append(args, names...)
}

// steps are the cases. Warm means that the packages are unpacked, cold that they are only downloaded, and first that the
// cache is empty.
func (b *bench) steps(d *debs, names []string) []step {
	shell := func(command string, args ...string) []string {
		return append([]string{"sh", "-c", command, "sh"}, args...)
	}
	first, second := d.halves(d.xz)
	xz := func(files []string) []string { return shell(`xz -dc "$@" >/dev/null`, files...) }
	return []step{
		{name: "xz -dc, one process", run: func(string) (sample, error) { return b.measure(xz(d.xz)) }},
		{name: "xz -dc, two processes", run: func(string) (sample, error) { return b.measure(xz(first), xz(second)) }},
		{name: "dpkg-deb --fsys-tarfile", run: func(string) (sample, error) {
			return b.measure(shell(`for f in "$@"; do dpkg-deb --fsys-tarfile "$f" >/dev/null || exit; done`, d.debs...))
		}},
		{name: "zstd -dc of the same data", run: func(string) (sample, error) {
			return b.measure(shell(`zstd -dcq "$@" >/dev/null`, d.zst...))
		}},
		{name: "whittle cut, cold", against: "xz -dc, two processes", most: d.coldTarget, target: "cold", run: func(at string) (sample, error) {
			if err := copyCache(d.cache, filepath.Join(at, "cache")); err != nil {
				return sample{}, err
			}
			return b.measure(b.cut(filepath.Join(at, "cache"), filepath.Join(at, "cold"), names, "--offline"))
		}},
		{name: "whittle cut, cold, in memory", against: "xz -dc, two processes", most: d.coldTarget, run: func(string) (sample, error) {
			return b.inMemory(d, names)
		}},
		{name: "whittle cut, warm", against: "cp -al of the root", most: 3, target: "warm", run: func(at string) (sample, error) {
			return b.measure(b.cut(filepath.Join(at, "cache"), filepath.Join(at, "warm"), names, "--offline"))
		}},
		{name: "whittle cut, warm, archive asked", run: func(at string) (sample, error) {
			return b.measure(b.cut(filepath.Join(at, "cache"), filepath.Join(at, "asked"), names))
		}},
		{name: "whittle cut --copy, warm", against: "cp -a of the root", most: 3, run: func(at string) (sample, error) {
			return b.measure(b.cut(filepath.Join(at, "cache"), filepath.Join(at, "copied"), names, "--offline", "--copy"))
		}},
		{name: "cp -al of the root", run: func(at string) (sample, error) {
			return b.measure([]string{"cp", "-al", filepath.Join(at, "warm"), filepath.Join(at, "linked")})
		}},
		{name: "cp -a of the root", run: func(at string) (sample, error) {
			return b.measure([]string{"cp", "-a", filepath.Join(at, "warm"), filepath.Join(at, "copy")})
		}},
		{name: "whittle cut, first, far mirror", run: func(at string) (sample, error) {
			b.mirror.slow(true)
			defer b.mirror.slow(false)
			return b.measure(b.cut(filepath.Join(at, "empty"), filepath.Join(at, "first"), names))
		}},
		{name: "  of which downloads of packages", most: d.downloadTarget, target: "seconds", run: func(string) (sample, error) {
			span, _ := b.mirror.span()
			return sample{wall: span}, nil
		}},
		{name: "  in which one was underway", run: func(string) (sample, error) {
			_, busy := b.mirror.span()
			return sample{wall: busy}, nil
		}},
	}
}

// memoryDir is a file system in memory. On a disk the cost of making thousands of files depends on what was removed before.
const memoryDir = "/dev/shm"

// inMemory is a cold cut with the cache and the root in memory, which are gone afterwards.
func (b *bench) inMemory(d *debs, names []string) (took sample, err error) {
	at, err := os.MkdirTemp(memoryDir, "whittle-bench-")
	if err != nil {
		return sample{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(at)) }()
	cache := filepath.Join(at, "cache")
	if err := os.CopyFS(cache, os.DirFS(d.cache)); err != nil {
		return sample{}, err
	}
	return b.measure(b.cut(cache, filepath.Join(at, "root"), names, "--offline"))
}

// median of some value of the samples, and how far they are from each other: (largest − smallest) ÷ median.
func (r result) median(of func(sample) float64) (middle, spread float64) {
	if len(r.samples) == 0 {
		return 0, 0
	}
	var all []float64
	for _, s := range r.samples {
		all = append(all, of(s))
	}
	slices.Sort(all)
	middle = all[len(all)/2]
	if len(all)%2 == 0 {
		middle = (middle + all[len(all)/2-1]) / 2
	}
	if middle > 0 {
		spread = (all[len(all)-1] - all[0]) / middle
	}
	return middle, spread
}

func wall(s sample) float64   { return s.wall.Seconds() }
func cpu(s sample) float64    { return s.cpu.Seconds() }
func memory(s sample) float64 { return float64(s.memory) / 1e6 }
