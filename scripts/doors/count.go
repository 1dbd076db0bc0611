package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// count holds, for every package that has files, the directories that must be doors for it to be whole.
type count struct {
	rules    *rules
	packages map[string]*wants
}

type wants struct {
	dirs map[string]bool // that are not doors yet
	lost bool            // a file is at a place that no door can reach
}

func (w *wants) whole() bool { return !w.lost && len(w.dirs) == 0 }

func newCount(r *rules) *count { return &count{rules: r, packages: map[string]*wants{}} }

func (c *count) readFile(name, arch string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cannot read Contents: %w", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("cannot read Contents %s: %w", name, err)
	}
	if err := c.read(z, arch); err != nil {
		return fmt.Errorf("cannot read Contents %s: %w", name, err)
	}
	return nil
}

// read counts the lines of a Contents index. A path may hold spaces, the names of packages can't.
func (c *count) read(r io.Reader, arch string) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), " \t")
		i := strings.LastIndexAny(line, " \t")
		if i < 0 {
			continue
		}
		file := strings.ReplaceAll(strings.TrimRight(line[:i], " \t"), arch, triplet)
		dir, reachable := c.rules.where(file)
		for owner := range strings.SplitSeq(line[i+1:], ",") {
			c.add(owner[strings.LastIndexByte(owner, '/')+1:], dir, reachable)
		}
	}
	return lines.Err()
}

func (c *count) add(name, dir string, reachable bool) {
	if c.rules.build && !strings.HasSuffix(name, "-dev") {
		return
	}
	w := c.packages[name]
	if w == nil {
		w = &wants{dirs: map[string]bool{}}
		c.packages[name] = w
	}
	if dir != "" {
		w.dirs[dir] = true
	}
	w.lost = w.lost || !reachable
}

// whole is the number of packages of which every file that counts is at its own path.
func (c *count) whole() int {
	n := 0
	for _, w := range c.packages {
		if w.whole() {
			n++
		}
	}
	return n
}

// chosen is a directory that becomes a door.
type chosen struct {
	path  string
	whole int // packages that this door, after those before it, makes whole
	users int // packages that have files there, whole or not
	near  int // packages that lack this door and one more
}

// choose takes up to n directories that at least so many packages use, each time the one that makes the most packages
// whole, then the one nearest to that, then the most used, then the first by name; and marks them as doors.
func (c *count) choose(n, least int) []chosen {
	users := map[string][]*wants{}
	for _, name := range slices.Sorted(maps.Keys(c.packages)) {
		for dir := range c.packages[name].dirs {
			users[dir] = append(users[dir], c.packages[name])
		}
	}
	var doors []chosen
	for len(doors) < n {
		best, ok := next(users, least)
		if !ok {
			break
		}
		for _, w := range users[best.path] {
			delete(w.dirs, best.path)
		}
		delete(users, best.path)
		doors = append(doors, best)
	}
	return doors
}

func next(users map[string][]*wants, least int) (chosen, bool) {
	var best chosen
	for path, all := range users {
		one := chosen{path: path, users: len(all)}
		if one.users < least {
			continue
		}
		for _, w := range all {
			switch {
			case w.lost:
			case len(w.dirs) == 1:
				one.whole++
			case len(w.dirs) == 2:
				one.near++
			}
		}
		if best.path == "" || one.compare(best) > 0 {
			best = one
		}
	}
	return best, best.path != ""
}

func (a chosen) compare(b chosen) int {
	return cmp.Or(cmp.Compare(a.whole, b.whole), cmp.Compare(a.near, b.near), cmp.Compare(a.users, b.users), strings.Compare(b.path, a.path))
}
