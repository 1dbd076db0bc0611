package debian

import "whittle.dev/whittle/internal/paths"

// IsRecord tells whether a path of a root is where dpkg's records or the documents of packages are, which no program needs to run.
func IsRecord(at string) bool { return paths.IsBelow(at, "var/lib/dpkg", "usr/share/doc") }
