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

// InRoot is the clean path, relative to the root and on the merged /usr, that a script or a link means by a path.
func InRoot(p string) string { return Merged(strings.TrimPrefix(path.Clean("/"+p), "/")) }

// LinkTarget resolves a symbolic link's target to a clean path relative to the root, lexically.
func LinkTarget(at, link string) string {
	if path.IsAbs(link) {
		return InRoot(link)
	}
	return InRoot(path.Dir(at) + "/" + link)
}
