package language

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Bounds of a search: how many steps it takes, one for each name that it comes by and for each folder on the way to it, and in
// how many ways a pattern's braces may be read. The largest monorepos have some 100,000 files without their packages.
const (
	maxSteps        = 1_000_000
	maxAlternatives = 1000
)

// Search finds files of an app by patterns that the app itself gives, such as those of a workspace's members. The app may be
// hostile: patterns such as **/**/**/**, or links of a folder to itself, lead through a few files in more ways than anybody
// could follow. So one search has an end, whatever it is asked for.
type Search struct {
	files fs.FS
	left  int
}

// NewSearch returns a search in a folder.
func NewSearch(files fs.FS) *Search { return &Search{files: files, left: maxSteps} }

// Find returns what matches a pattern of doublestar: ** stands for any folders, which links do not lead into, and {a,b} for
// alternatives.
func (s *Search) Find(pattern string) ([]string, error) {
	ways := 1
	for group := range strings.SplitSeq(pattern, "{") {
		if ways *= 1 + strings.Count(group, ","); ways > maxAlternatives {
			return nil, errors.New("its braces can be read in more than a thousand ways")
		}
	}
	found, err := doublestar.Glob(searched{s}, pattern, doublestar.WithNoFollow(), doublestar.WithFailOnIOErrors())
	return found, s.end(err)
}

// Glob returns what matches a pattern of path.Match.
func (s *Search) Glob(pattern string) ([]string, error) {
	found, err := fs.Glob(searched{s}, pattern)
	return found, s.end(err)
}

func (s *Search) end(err error) error {
	if err == nil && s.left < 0 {
		err = errSearch
	}
	return err
}

// errSearch ends a search, and each look into a folder that comes after.
var errSearch = fmt.Errorf("it leads through the same folders without end, or takes more than %d steps", maxSteps)

// searched is the folder of a search, which counts what the search sees of it. What cannot be read is not there: the one error
// is that of a search without an end.
type searched struct{ search *Search }

func (d searched) see(name string, entries int) error {
	if d.search.left -= 1 + strings.Count(name, "/") + entries; d.search.left < 0 {
		return errSearch
	}
	return nil
}

func (d searched) Open(name string) (fs.File, error) {
	if err := d.see(name, 0); err != nil {
		return nil, err
	}
	return there(d.search.files.Open(name))
}

func (d searched) Stat(name string) (fs.FileInfo, error) {
	if err := d.see(name, 0); err != nil {
		return nil, err
	}
	return there(fs.Stat(d.search.files, name))
}

func (d searched) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := there(fs.ReadDir(d.search.files, name))
	if full := d.see(name, len(entries)); full != nil {
		return nil, full
	}
	return entries, err
}

func there[T any](found T, err error) (T, error) {
	if err != nil {
		err = fs.ErrNotExist
	}
	return found, err
}
