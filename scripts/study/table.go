package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// row is one line of baseline.tsv or results.tsv: what happened to a package, or to one of its programs, at a place.
type row struct {
	Package  string
	Version  string
	Place    string // debian; cut, proof, truth, chroot, doors
	Program  string // absolute path; empty for the package itself
	Argument string
	Exit     int
	Outcome  string
	Detail   string // a digest, a size, or the evidence
}

// The places, in the order in which a package goes through them.
const (
	onDebian = "debian"
	inCut    = "cut"
	inProof  = "proof"
	inTruth  = "truth"
	inChroot = "chroot"
	inDoors  = "doors"
)

// The outcomes.
const (
	installed  = "installed"
	refused    = "refused" // apt does not install it
	answers    = "answers" // exits with 0 and prints something
	silent     = "silent"  // anything else
	equal      = "equal"   // answers with the same output
	cutDone    = "done"
	cutFailed  = "failed"
	proven     = "complete"
	incomplete = "missing"
	truthful   = "missing-there" // on Debian, too
	untrue     = "found-there"
)

const heading = "package\tversion\tplace\tprogram\targument\texit\toutcome\tdetail\n"

// readRows reads a table; one that is not there is empty.
func readRows(name string) ([]row, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read table: %w", err)
	}
	defer f.Close()
	var rows []row
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text()+"\n" == heading {
			continue
		}
		r, err := parseRow(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", name, err)
		}
		rows = append(rows, r)
	}
	return rows, lines.Err()
}

func parseRow(line string) (row, error) {
	c := strings.Split(line, "\t")
	if len(c) != 8 {
		return row{}, fmt.Errorf("line %q has %d columns, not 8", line, len(c))
	}
	exit, err := strconv.Atoi(c[5])
	if err != nil {
		return row{}, fmt.Errorf("line %q has no exit code: %w", line, err)
	}
	return row{c[0], c[1], c[2], c[3], c[4], exit, c[6], c[7]}, nil
}

func (r row) String() string {
	return strings.Join([]string{r.Package, r.Version, r.Place, r.Program, r.Argument, strconv.Itoa(r.Exit), r.Outcome, printable(r.Detail)}, "\t") + "\n"
}

// printable makes a line of what a program printed.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "?"))
}

// writeRows writes a table, sorted, at once.
func writeRows(name string, rows []row) error {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.Package, b.Package), cmp.Compare(order(a.Place), order(b.Place)),
			strings.Compare(a.Program, b.Program), strings.Compare(b.Argument, a.Argument)) // --version comes first
	})
	var b strings.Builder
	b.WriteString(heading)
	for _, r := range rows {
		b.WriteString(r.String())
	}
	if err := errors.Join(os.WriteFile(name+".new", []byte(b.String()), 0o644), os.Rename(name+".new", name)); err != nil {
		return fmt.Errorf("cannot write table: %w", err)
	}
	return nil
}

func order(place string) int {
	return slices.Index([]string{onDebian, inCut, inProof, inTruth, inChroot, inDoors}, place)
}

// replace is the table with all rows of a package exchanged.
func replace(rows []row, name string, by []row) []row {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.Package == name })
	return append(rows, by...)
}

// readList reads a file with one entry a line; # begins a comment.
func readList(name string) ([]string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read list: %w", err)
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list, nil
}
