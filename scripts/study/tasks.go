package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// task is something that a package is for, done in a root that has nothing but the cut.
type task struct {
	Package string            `toml:"package"`
	With    []string          `toml:"with"`    // packages that are cut besides
	Compile bool              `toml:"compile"` // the cut compiles data: --run-triggers
	Does    string            `toml:"does"`    // in words
	Files   map[string]string `toml:"files"`   // texts by absolute path, laid over the root
	Run     [][]string        `toml:"run"`     // commands, one after the other, until one fails
	Want    string            `toml:"want"`    // what the last one prints
	Fails   string            `toml:"fails"`   // why it is known not to be done; empty for what must be
}

// taskEnv is the environment of a task's commands.
var taskEnv = []string{"PATH=/usr/sbin:/usr/bin", "HOME=/tmp", "LANG=C.UTF-8"}

// tasksFile lists the tasks; tasksTable holds how they ended.
const (
	tasksFile  = "tasks.toml"
	tasksTable = "tasks.tsv"
)

// inTask is the place of a task in a table.
const inTask = "task"

func readTasks(name string) ([]task, error) {
	var all struct {
		Task []task `toml:"task"`
	}
	if _, err := toml.DecodeFile(name, &all); err != nil {
		return nil, fmt.Errorf("cannot read tasks: %w", err)
	}
	for _, t := range all.Task {
		if t.Package == "" || t.Does == "" || t.Want == "" || len(t.Run) == 0 {
			return nil, fmt.Errorf("cannot read tasks: %s lacks what it does, its commands or what is wanted of them", t.Package)
		}
	}
	slices.SortFunc(all.Task, func(a, b task) int { return strings.Compare(a.Package, b.Package) })
	return all.Task, nil
}

// tasks does every task, or those of the packages that were named.
func (s *study) tasks(ctx context.Context) error {
	all, err := readTasks(s.file(tasksFile))
	if err != nil {
		return err
	}
	if len(s.names) > 0 {
		all = slices.DeleteFunc(all, func(t task) bool { return !slices.Contains(s.names, t.Package) })
	}
	rows, err := readRows(s.file(tasksTable))
	if err != nil {
		return err
	}
	done := s.collect(tasksTable, rows, len(all))
	for _, t := range all {
		r, err := s.doTask(ctx, t)
		if err != nil {
			return fmt.Errorf("cannot do the task of %s: %w", t.Package, err)
		}
		if err := done(t.Package, []row{r}); err != nil {
			return err
		}
	}
	return nil
}

// doTask cuts what a task needs, and does it.
func (s *study) doTask(ctx context.Context, t task) (row, error) {
	dir := filepath.Join(s.work, "tasks", t.Package)
	if err := os.RemoveAll(dir); err != nil {
		return row{}, fmt.Errorf("cannot remove the last cut: %w", err)
	}
	if !s.keep {
		defer os.RemoveAll(dir)
	}
	r := row{Package: t.Package, Place: inTask, Outcome: silent}
	root, over := filepath.Join(dir, "root"), filepath.Join(dir, "over")
	tried := trial{study: s, name: t.Package}
	ok, err := tried.cut(ctx, root, inTask, t.arguments()...)
	if err != nil || !ok {
		r.Outcome, r.Detail = cutFailed, brief(tried.rows)
		return r, err
	}
	if err := os.MkdirAll(over, 0o755); err != nil {
		return r, fmt.Errorf("cannot lay files over the root: %w", err)
	}
	for at, text := range t.Files {
		to := filepath.Join(over, filepath.FromSlash(at))
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, []byte(text), 0o755)); err != nil {
			return r, fmt.Errorf("cannot lay files over the root: %w", err)
		}
	}
	b, err := enter(ctx, mounts{At: filepath.Join(s.work, "mount-task"), Layers: []string{over, root}})
	if err != nil {
		return r, err
	}
	var last answer
	for _, args := range t.Run {
		if last, err = b.do(command{Args: args, Env: taskEnv, Seconds: 120}); err != nil {
			return r, errors.Join(err, b.close())
		}
		if last.Exit != 0 {
			break
		}
	}
	r.Exit, r.Detail = last.Exit, last.evidence()
	if last.Exit == 0 && strings.Contains(string(last.Stdout)+string(last.Stderr), t.Want) {
		r.Outcome, r.Detail = answers, ""
	}
	return r, b.close()
}

// doneTask is a task and how it ended.
type doneTask struct {
	task
	Done   bool
	Detail string // why it was not done
}

// doneTasks are the tasks that were tried, sorted by package.
func (s *study) doneTasks() ([]doneTask, error) {
	all, err := readTasks(s.file(tasksFile))
	if err != nil {
		return nil, err
	}
	rows, err := readRows(s.file(tasksTable))
	if err != nil {
		return nil, err
	}
	var done []doneTask
	for _, t := range all {
		for _, r := range rowsOf(rows, t.Package) {
			done = append(done, doneTask{t, r.Outcome == answers, cmp.Or(t.Fails, r.Detail)})
		}
	}
	return done, nil
}

// Names are the packages of the cut.
func (t task) Names() string { return strings.Join(append([]string{t.Package}, t.arguments()...), " ") }

// arguments are those of a task's cut behind its package.
func (t task) arguments() []string {
	if t.Compile {
		return append(slices.Clone(t.With), "--run-triggers")
	}
	return t.With
}
