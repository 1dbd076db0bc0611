// Package paths works on clean relative paths with slashes, as packages, images and layers have them.
package paths

import (
	"slices"
	"strings"
)

// IsBelow tells whether a path is one of the directories or lies below one.
func IsBelow(p string, dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return p == d || strings.HasPrefix(p, d+"/") })
}

// Parent is the path of the directory above: "usr" of "usr/bin", empty of "usr".
func Parent(p string) string { return p[:max(0, strings.LastIndexByte(p, '/'))] }

// IsClean tells whether p is a clean relative path inside a root.
func IsClean(p string) bool {
	if p == "" || p[0] == '/' {
		return false
	}
	for part := range strings.SplitSeq(p, "/") {
		if part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// Base is the last element of a path.
func Base(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }
