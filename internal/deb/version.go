package deb

import (
	"fmt"
	"strings"
)

// maxVersion bounds a version's length, in bytes. Debian 12's longest has 52.
const maxVersion = 1024

// CompareVersions compares two versions in the order of Debian Policy 5.6.12
// and returns -1, 0 or 1 as a is older than, equal to or newer than b. Versions
// that differ as texts may be equal: "1.0", "0:1.0", "1.00" and "1.0-0" are.
//
// It orders any two strings, valid versions or not, and the order is total, so
// that sorting never depends on what CheckVersion thinks.
func CompareVersions(a, b string) int {
	if a == b {
		return 0
	}
	epochA, upstreamA, revisionA := splitVersion(a)
	epochB, upstreamB, revisionB := splitVersion(b)
	if c := compareNumbers(epochA, epochB); c != 0 {
		return c
	}
	if c := compareParts(upstreamA, upstreamB); c != 0 {
		return c
	}
	return compareParts(revisionA, revisionB)
}

// CheckVersion says why s is no version by Policy 5.6.12, or returns nil. Only
// what Policy says with "must" counts: a version that begins with a letter
// passes, as dpkg installs it too.
func CheckVersion(s string) error {
	if len(s) > maxVersion {
		return fmt.Errorf("cannot accept version %q: longer than %d bytes", excerpt(s), maxVersion)
	}
	epoch, rest, hasEpoch := strings.Cut(s, ":")
	if !hasEpoch {
		rest = s
	} else if !isNumber(epoch) || len(epoch) > 9 {
		return fmt.Errorf("cannot accept version %q: epoch %q is not a small number", s, epoch)
	}
	upstream, revision := rest, ""
	if i := strings.LastIndexByte(rest, '-'); i >= 0 {
		upstream, revision = rest[:i], rest[i+1:]
		if revision == "" {
			return fmt.Errorf("cannot accept version %q: nothing behind the last hyphen", s)
		}
	}
	if upstream == "" {
		return fmt.Errorf("cannot accept version %q: no upstream version", s)
	}
	if c, ok := onlyVersionBytes(upstream, ".+~-:"); !ok {
		return fmt.Errorf("cannot accept version %q: character %q in the upstream version", s, c)
	}
	if c, ok := onlyVersionBytes(revision, ".+~"); !ok {
		return fmt.Errorf("cannot accept version %q: character %q in the revision", s, c)
	}
	return nil
}

// onlyVersionBytes reports whether s has only letters, digits and the bytes of
// also, and if not, the first other byte.
func onlyVersionBytes(s, also string) (byte, bool) {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && strings.IndexByte(also, c) < 0 {
			return c, false
		}
	}
	return 0, true
}

// Upstream is the part of a version that those who wrote the program gave it: 3.5.4 of 1:3.5.4-1~deb13u1.
func Upstream(v string) string {
	_, upstream, _ := splitVersion(v)
	return upstream
}

// splitVersion takes a version apart. A prefix that is no number is no epoch;
// a missing revision is empty, which compares as "0" does.
func splitVersion(s string) (epoch, upstream, revision string) {
	if i := strings.IndexByte(s, ':'); i >= 0 && isNumber(s[:i]) {
		epoch, s = s[:i], s[i+1:]
	}
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		return epoch, s[:i], s[i+1:]
	}
	return epoch, s, ""
}

// compareParts compares two upstream versions or revisions: by turns what is no
// digit, byte for byte in the order of rank, and numbers by their value.
func compareParts(a, b string) int {
	for a != "" || b != "" {
		for (a != "" && !isDigit(a[0])) || (b != "" && !isDigit(b[0])) {
			if x, y := rank(a), rank(b); x < y {
				return -1
			} else if x > y {
				return 1
			}
			a, b = a[1:], b[1:]
		}
		var numberA, numberB string
		numberA, a = cutNumber(a)
		numberB, b = cutNumber(b)
		if c := compareNumbers(numberA, numberB); c != 0 {
			return c
		}
	}
	return 0
}

// rank orders the first byte of s: a tilde before the end, the end (or a digit,
// which ends a run as well) before letters, letters before all else.
func rank(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case isLetter(s[0]):
		return int(s[0])
	default:
		return int(s[0]) + 256
	}
}

func cutNumber(s string) (number, rest string) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

// compareNumbers compares decimal numbers of any length: dates and commit
// counts in versions outgrow 64 bits. No digits count as zero.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		if len(a) < len(b) {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool {
	number, rest := cutNumber(s)
	return number != "" && rest == ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= lower(c) && lower(c) <= 'z' }
