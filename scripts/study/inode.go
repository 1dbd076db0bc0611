package main

import (
	"io/fs"
	"syscall"
)

// inode identifies a file that may have several names.
func inode(i fs.FileInfo) any {
	if s, ok := i.Sys().(*syscall.Stat_t); ok {
		return s.Ino
	}
	return i
}
