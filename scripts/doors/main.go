// Doors chooses the directories that the run images, or the build image, lead into a layer. It reads Debian's Contents
// indices ("path  section/package,section/package", gzipped) of one architecture and of "all", counts for which packages
// every file would be at its own path, and takes the doors that make the most packages whole, one after the other.
//
//	doors -fixed fixed.txt,releases/debian-13/fixed-doors.txt -floors base.json,cc.json -o releases/debian-13/doors Contents-amd64.gz Contents-all.gz
//	doors -build -fixed build-fixed.txt -have directories.txt -o releases/debian-13/build-doors.txt Contents-amd64.gz Contents-all.gz
//
// -have lists the directories of the build image, one absolute path a line. The result depends on the files only. doors.sh
// runs it for a release.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/contract"
)

// triplet stands for the architecture's library directory in all that this program reads and writes.
const triplet = "${TRIPLET}"

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "doors:", err)
		os.Exit(1)
	}
}

type options struct {
	build            bool
	arch, fixed, out string
	floors, have     string
	count, least     int
	contents         []string
}

func run(args []string, log io.Writer) error {
	var o options
	f := flag.NewFlagSet("doors", flag.ContinueOnError)
	f.SetOutput(log)
	f.BoolVar(&o.build, "build", false, "choose doors of the build image, for packages named -dev")
	f.StringVar(&o.arch, "arch", "amd64", "Debian's name of the architecture of the Contents")
	f.StringVar(&o.fixed, "fixed", "", "files with doors that are taken in any case, separated by commas")
	f.StringVar(&o.floors, "floors", "", "floor files, separated by commas")
	f.StringVar(&o.have, "have", "", "file with the directories that the build image has")
	f.IntVar(&o.count, "count", 60, "how many doors to choose beside the fixed ones")
	f.IntVar(&o.least, "least", 2, "how many packages must use a directory for it to be chosen")
	f.StringVar(&o.out, "o", "", "file to write")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.fixed == "" || o.out == "" || f.NArg() == 0 {
		return errors.New("cannot start: -fixed, -o and at least one Contents file are needed")
	}
	o.contents = f.Args()
	text, err := o.make(log)
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.out, text, 0o644); err != nil {
		return fmt.Errorf("cannot write doors: %w", err)
	}
	return nil
}

func (o *options) make(log io.Writer) ([]byte, error) {
	r, err := o.rules()
	if err != nil {
		return nil, err
	}
	c := newCount(r)
	for _, name := range o.contents {
		if err := c.readFile(name, debian.Triplet(o.arch)); err != nil {
			return nil, err
		}
	}
	before := c.whole()
	chosen := c.choose(o.count, o.least)
	s := summary{packages: len(c.packages), fixed: before, chosen: c.whole(), doors: len(r.fixed) + len(chosen)}
	for _, p := range chosen {
		fmt.Fprintf(log, "%6d made whole, %6d users  %s\n", p.whole, p.users, p.path)
	}
	fmt.Fprintln(log, s)
	return render(r, chosen, s), nil
}

// rules reads what is taken and what is filled: the fixed doors, and the floors or the build image.
func (o *options) rules() (*rules, error) {
	var text []byte
	for name := range strings.SplitSeq(o.fixed, ",") {
		one, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read fixed doors: %w", err)
		}
		text = append(text, one...)
	}
	if o.build {
		text = buildTable(text)
	}
	r := &rules{build: o.build, filled: map[string]bool{}}
	var err error
	if r.fixed, err = contract.ReadDoors(bytes.NewReader(text), triplet); err != nil {
		return nil, fmt.Errorf("cannot read fixed doors %s: %w", o.fixed, err)
	}
	for name := range strings.SplitSeq(o.floors, ",") {
		if name == "" {
			continue
		}
		if err := r.addFloor(name); err != nil {
			return nil, err
		}
	}
	if o.have != "" {
		text, err := os.ReadFile(o.have)
		if err != nil {
			return nil, fmt.Errorf("cannot read the build image's directories: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			path := strings.Trim(strings.TrimSpace(line), "/")
			r.filled[strings.Replace(path, debian.Triplet(o.arch), triplet, 1)] = true
		}
	}
	return r, r.check()
}

// buildTable turns lines with one absolute path, TRIPLET for the library directory, into a door table.
func buildTable(text []byte) []byte {
	var b bytes.Buffer
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintf(&b, "%s build\n", strings.Replace(strings.TrimPrefix(line, "/"), "TRIPLET", triplet, 1))
		}
	}
	return b.Bytes()
}
