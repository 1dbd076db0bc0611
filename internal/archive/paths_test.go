package archive

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pathsOf makes and opens a list of a Contents text, with blocks of about size bytes.
func pathsOf(text []byte, size int) (*openedIndex, error) {
	var out bytes.Buffer
	b := newPathBuilder(&out)
	b.size = size
	for line := range bytes.Lines(text) {
		if err := b.addLine(bytes.TrimRight(line, "\r\n")); err != nil {
			return nil, err
		}
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	x, err := openIndex(bytes.NewReader(out.Bytes()), int64(out.Len()))
	return &openedIndex{index: x}, err
}

func matchingAll(x *openedIndex, prefixes []string, match func(string) bool) ([]Owner, error) {
	var all []Owner
	_, err := x.matching(context.Background(), prefixes, match, func(o Owner) bool {
		all = append(all, o)
		return true
	})
	return all, err
}

// TestPathsReadFewBlocks asks a list of 10,000 files in blocks of ten lines for a file, a directory, and what is in none,
// and counts the blocks that were read; in a list that is not sorted, that is all of them.
func TestPathsReadFewBlocks(t *testing.T) {
	var lines []string
	for i := range 10_000 {
		lines = append(lines, fmt.Sprintf("usr/share/%02d/file%03d   main/pkg%d,main/other\n", i/100, i%100, i))
	}
	sorted, err := pathsOf([]byte(strings.Join(lines, "")), 300)
	if err != nil {
		t.Fatal(err)
	}
	lines[0], lines[1] = lines[1], lines[0]
	shuffled, err := pathsOf([]byte(strings.Join(lines, "")), 300)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		prefix      string
		found, most int
	}{
		{"usr/share/42/file042", 2, 2},
		{"usr/share/00/file000", 2, 2},
		{"usr/share/99/file099", 2, 2},
		{"usr/share/42/", 200, 20},
		{"usr/share/4", 2000, 200},
		{"aaa", 0, 1},
		{"usr/share/99/file1", 0, 1},
		{"zzz", 0, 1},
	} {
		match := func(p string) bool { return strings.HasPrefix(p, row.prefix) }
		got, err := matchingAll(sorted, []string{row.prefix}, match)
		if n := len(sorted.packages.around([]string{row.prefix})); err != nil || len(got) != row.found || n > row.most {
			t.Errorf("%s: found %d in %d blocks, %v, want %d in at most %d", row.prefix, len(got), n, err, row.found, row.most)
		}
		got, err = matchingAll(shuffled, []string{row.prefix}, match)
		if err != nil || len(got) != row.found {
			t.Errorf("%s, not sorted: found %d, %v, want %d", row.prefix, len(got), err, row.found)
		}
	}
	got, err := matchingAll(sorted, []string{"usr/share/42/file042", "usr/share/07/file007"}, func(p string) bool { return strings.HasSuffix(p, "42/file042") })
	if diff := cmp.Diff([]Owner{{"usr/share/42/file042", "pkg4242"}, {"usr/share/42/file042", "other"}}, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}
