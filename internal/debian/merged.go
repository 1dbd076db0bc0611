package debian

import (
	"path"
	"strings"
)

// MergedDirs are the top-level directories that are links into /usr on a merged root.
var MergedDirs = []string{"bin", "lib", "lib64", "sbin"}

// Merged is where a path of a package, relative or absolute, lies on Debian's merged /usr: /lib/x is /usr/lib/x. The
// top-level links themselves (base-files ships them) keep their names.
func Merged(p string) string {
	if rest, ok := strings.CutPrefix(p, "/"); ok {
		return "/" + Merged(rest)
	}
	top, rest, below := strings.Cut(p, "/")
	if !below || rest == "" {
		return p
	}
	switch top {
	case "bin", "sbin", "lib", "lib64", "lib32", "libx32":
		return "usr/" + p
	}
	return p
}

// InRoot is a path as a script or a link writes it, made clean, relative to the root and merged into /usr: ".." stays in
// the root.
func InRoot(p string) string { return Merged(strings.TrimPrefix(path.Clean("/"+p), "/")) }

// LinkTarget is where a symbolic link at a path leads, as a clean path relative to the root. Only the texts are joined: links
// on the way are not followed.
func LinkTarget(at, link string) string {
	if path.IsAbs(link) {
		return InRoot(link)
	}
	return InRoot(path.Dir(at) + "/" + link)
}
