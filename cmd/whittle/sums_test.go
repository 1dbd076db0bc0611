package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"
)

// listSums prints everything that a cut decides about what is below a directory: sums DIR. A line is that of tree, and
// of a file its digest too. Times are not in it: a directory tree has those of its making.
func listSums(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sums DIR")
	}
	root := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		at, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		line, err := describeEntry(name, at, d)
		if err == nil && d.Type().IsRegular() {
			var text []byte
			text, err = os.ReadFile(name)
			line += fmt.Sprintf(" %x", sha256.Sum256(text))
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(ts.Stdout(), line)
		return err
	}))
}
