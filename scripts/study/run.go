package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// chosen are the packages that the command line asks for: those named, or the list.
func (s *study) chosen() ([]string, error) {
	if len(s.names) > 0 {
		return s.names, nil
	}
	names, err := readList(s.file("packages.txt"))
	if err == nil && s.first > 0 {
		names = names[:min(s.first, len(names))]
	}
	return names, err
}

// collect returns a function that puts a package's rows into the table, which is written each time.
func (s *study) collect(table string, rows []row, of int) func(name string, found []row) error {
	var mu sync.Mutex
	done := 0
	return func(name string, found []row) error {
		mu.Lock()
		defer mu.Unlock()
		done++
		fmt.Fprintf(os.Stderr, "%3d/%d %s: %s\n", done, of, name, brief(found))
		rows = replace(rows, name, found)
		return writeRows(s.file(table), rows)
	}
}

// brief says in a few words how a package fared.
func brief(rows []row) string {
	text := ""
	for _, r := range rows {
		if r.Program == "" {
			text += r.Outcome + " "
		}
	}
	for _, place := range []string{onDebian, inChroot, inDoors} {
		asked, good := map[string]bool{}, 0
		for _, r := range rows {
			if r.Place != place || r.Program == "" {
				continue
			}
			asked[r.Program] = true
			if r.Outcome == answers || r.Outcome == equal {
				good++
			}
		}
		if len(asked) > 0 {
			text += fmt.Sprintf("%s %d/%d ", place, good, len(asked))
		}
	}
	return text
}

// run cuts, proves and asks.
func (s *study) run(ctx context.Context) error {
	names, err := s.chosen()
	if err != nil {
		return err
	}
	before, err := readRows(s.file("baseline.tsv"))
	if err != nil {
		return err
	}
	rows, err := readRows(s.file("results.tsv"))
	if err != nil {
		return err
	}
	if s.failed {
		bad := failures(rows)
		names = slices.DeleteFunc(names, func(n string) bool { return !bad[n] })
	}
	if err := s.runImage(ctx); err != nil {
		return err
	}
	done := s.collect("results.tsv", rows, len(names))
	group, ctx := errgroup.WithContext(ctx)
	places := make(chan string, s.jobs)
	for i := range s.jobs {
		places <- fmt.Sprint("mount-", i)
	}
	group.SetLimit(s.jobs)
	for _, n := range names {
		group.Go(func() error {
			at := <-places
			defer func() { places <- at }()
			t := trial{study: s, name: n, at: at, before: slices.DeleteFunc(slices.Clone(before), func(r row) bool { return r.Package != n })}
			found, err := t.run(ctx)
			if err != nil {
				return fmt.Errorf("cannot try %s: %w", n, err)
			}
			return done(n, found)
		})
	}
	return group.Wait()
}

// failures are the packages with a row that is not good.
func failures(rows []row) map[string]bool {
	bad := map[string]bool{}
	for _, r := range rows {
		switch r.Outcome {
		case cutFailed, incomplete, silent:
			bad[r.Package] = true
		}
	}
	return bad
}
