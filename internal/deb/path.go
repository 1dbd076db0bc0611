package deb

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxComponent is the longest file name that Linux's file systems take, in bytes.
const maxComponent = 255

// cleanPath returns the path of a member as Walk names it, but without a
// directory's slash at the end; the root is "". Empty and "." components vanish.
// A path that leads up or begins at the root is an error, for there is no
// innocent package that has one.
func cleanPath(name string) (string, error) {
	if err := checkText(name); err != nil {
		return "", err
	}
	if name == "" {
		return "", fmt.Errorf("its name is empty")
	}
	if name[0] == '/' {
		return "", fmt.Errorf("its name begins at the root")
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "./"), "/")
	if isClean(name) {
		return name, nil
	}
	var kept []string
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "" || part == ".":
		case part == "..":
			return "", fmt.Errorf("its name has a component \"..\"")
		case len(part) > maxComponent:
			return "", fmt.Errorf("a component of its name is longer than %d bytes", maxComponent)
		default:
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "/"), nil
}

// isClean reports whether cleanPath has nothing to change or to refuse. It is
// what spares nearly all members an allocation.
func isClean(name string) bool {
	start := 0
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		part := name[start:i]
		if part == "" || part == "." || part == ".." || len(part) > maxComponent {
			return false
		}
		start = i + 1
	}
	return true
}

// checkText refuses what no path in a package has: bytes that are not UTF-8
// (Policy 10.10 demands it) and control characters, which would spoil every list
// of files that is one path a line, and terminals too.
func checkText(s string) error {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return fmt.Errorf("there is a control character in %q", excerpt(s))
		}
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("there is invalid UTF-8 in %q", excerpt(s))
	}
	return nil
}

// checkTarget refuses the target of a symbolic link at the clean path from, if
// following it by its text alone would climb above the root. Absolute targets
// begin at the root of the tree.
func checkTarget(from, target string) error {
	if target == "" {
		return fmt.Errorf("its target is empty")
	}
	if err := checkText(target); err != nil {
		return fmt.Errorf("bad target: %w", err)
	}
	depth := strings.Count(from, "/")
	if target[0] == '/' {
		depth = 0
	}
	for part := range strings.SplitSeq(target, "/") {
		switch part {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return fmt.Errorf("its target %q climbs above the root", excerpt(target))
			}
		default:
			depth++
		}
	}
	return nil
}
