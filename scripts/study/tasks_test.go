package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTasksAreWhole reads the tasks: each says what it does, with absolute programs, and stands once.
func TestTasksAreWhole(t *testing.T) {
	all, err := readTasks("popular/" + tasksFile)
	if err != nil || len(all) < 40 {
		t.Fatalf("got %d tasks, %v", len(all), err)
	}
	for i, task := range all {
		if i > 0 && all[i-1].Package == task.Package {
			t.Errorf("%s stands twice", task.Package)
		}
		for _, args := range task.Run {
			if !filepath.IsAbs(args[0]) && !strings.HasPrefix(args[0], "/") {
				t.Errorf("%s: %s is no absolute path", task.Package, args[0])
			}
		}
		for at := range task.Files {
			if !filepath.IsAbs(at) {
				t.Errorf("%s: %s is no absolute path", task.Package, at)
			}
		}
	}
}

// TestTasksWithoutCommandsAreRefused holds that a task which checks nothing is none.
func TestTasksWithoutCommandsAreRefused(t *testing.T) {
	name := filepath.Join(t.TempDir(), tasksFile)
	if err := os.WriteFile(name, []byte("[[task]]\npackage = \"x\"\ndoes = \"y\"\nrun = [[\"/usr/bin/x\"]]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if all, err := readTasks(name); err == nil {
		t.Errorf("got %v", all)
	}
}

// TestDoneTasks tells what was done and why something was not.
func TestDoneTasks(t *testing.T) {
	dir := t.TempDir()
	toml := ""
	for _, p := range []string{"a", "b", "c"} {
		toml += "[[task]]\npackage = \"" + p + "\"\ndoes = \"d\"\nrun = [[\"/x\"]]\nwant = \"w\"\n"
	}
	table := heading + "a\t\ttask\t\t\t0\tanswers\t\nb\t\ttask\t\t\t1\tsilent\tno such file\n"
	for name, text := range map[string]string{tasksFile: toml, tasksTable: table} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	done, err := (&study{dir: dir}).doneTasks()
	if err != nil || len(done) != 2 {
		t.Fatalf("got %v, %v; want those that were tried", done, err)
	}
	if !done[0].Done || done[1].Done || done[1].Detail != "no such file" || !slices.Equal([]string{done[0].Names()}, []string{"a"}) {
		t.Errorf("got %+v", done)
	}
}
