package archive

import (
	"os"
	"path"
	"strings"
)

// folders are the directory of a root that was asked for last, and those above it. They stay open, because files that follow each
// other lie in few directories, and a path that is looked up anew costs system calls for each of its elements.
type folders struct {
	root *os.Root
	path []string   // the elements of the directory's path
	open []*os.Root // the directories that these lead to
}

// in opens a directory by its clean and relative path. It is open until another is asked for.
func (f *folders) in(dir string) (*os.Root, error) {
	var elements []string
	if dir != "." {
		elements = strings.Split(dir, "/")
	}
	same := 0
	for same < min(len(elements), len(f.path)) && elements[same] == f.path[same] {
		same++
	}
	f.closeFrom(same)
	at := f.root
	if same > 0 {
		at = f.open[same-1]
	}
	for n := same; n < len(elements); n++ {
		next, err := at.OpenRoot(elements[n])
		if err != nil { // it may be a link that leads out of the directory, and not out of the root
			next, err = f.root.OpenRoot(path.Join(elements[:n+1]...))
		}
		if err != nil {
			return nil, err
		}
		f.path, f.open = append(f.path, elements[n]), append(f.open, next)
		at = next
	}
	return at, nil
}

// closeFrom closes all but the first directories.
func (f *folders) closeFrom(first int) {
	for _, r := range f.open[first:] {
		r.Close()
	}
	f.path, f.open = f.path[:first], f.open[:first]
}
