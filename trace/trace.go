// Package trace runs a program and says which files it and its children opened, started, or looked for in vain. What no
// reading of files can tell, such as the name of a plugin that is put together at run time, is seen this way.
//
// It works with ptrace(2), so it needs no privilege, no kernel module and no change of the program, and follows threads,
// children and programs without a libc. LD_AUDIT was rejected, because it sees neither static programs nor data files;
// fanotify, because it needs root and does not see what is missing; a seccomp filter in front, which would make tracing
// faster, because the program would have to be started by a second program inside the root.
package trace

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"slices"
	"time"
)

// Command is what to run.
type Command struct {
	Args []string // a path, or a name looked up in the PATH of Env; and arguments
	Env  []string
	Dir  string        // working directory, in Root if there is one; empty: this process's, or "/"
	Root string        // run in this directory as the root; empty for none
	For  time.Duration // ask it to end after this time; 0 for as long as it takes
	// Alone says that this process has no other children: those that it is left by the command and cannot trace are ended.
	Alone bool

	Stdin, Stdout, Stderr *os.File
}

// Result is what was seen. Paths are absolute in the root. The lists are sorted by path, each path once.
type Result struct {
	Opened  []Access // opened for reading, or started
	Missing []Access // looked for where nothing was
	Exit    int      // exit code of the command; 128 and the signal's number if it was killed
	// Untraced are the programs of processes that could not be traced, and of those that started them. Those of a Command that is
	// Alone have ended.
	Untraced []string
	Foreign  int // system calls of another architecture, such as of 32-bit programs, which were not looked at
}

// Access is one path, and the programs that asked for it.
type Access struct {
	Path string   `json:"path"` // of what was opened: without symbolic links
	By   []string `json:"by"`   // paths of programs, sorted
}

// ErrNotPermitted is wrapped by the error of a system that does not let programs be traced.
var ErrNotPermitted = errors.New("tracing is not permitted")

// seen collects accesses.
type seen map[string]map[string]bool

// most bounds what is remembered: a program that makes up names must not fill the memory.
const most = 1 << 20

func (s seen) add(path, by string) {
	if s[path] == nil {
		if len(s) >= most {
			return
		}
		s[path] = map[string]bool{}
	}
	s[path][by] = true
}

func (s seen) list() []Access {
	all := make([]Access, 0, len(s))
	for path, by := range s {
		all = append(all, Access{Path: path, By: slices.Sorted(maps.Keys(by))})
	}
	slices.SortFunc(all, func(a, b Access) int { return cmp.Compare(a.Path, b.Path) })
	return all
}
