package deb

import (
	"bufio"
	"io"
	"regexp"
	"slices"
	"strings"
)

var (
	changelogHead = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]* \(([^()\s]+)\) `)
	cve           = regexp.MustCompile(`CVE-[0-9]{4}-[0-9]{4,}`)
)

// maxChangelogLine bounds a line of a changelog, in bytes; a longer one ends the reading.
const maxChangelogLine = 64 << 10

// ChangelogCVEs lists the CVEs that a source package's changelog (deb-changelog(5)) names in the entries of versions newer than the one
// given, sorted. Found tells whether the older version's entry, or an even older one, was reached: without it the list may say
// too much.
func ChangelogCVEs(r io.Reader, since string) (names []string, found bool, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxChangelogLine)
	for lines.Scan() {
		if m := changelogHead.FindStringSubmatch(lines.Text()); m != nil && CompareVersions(m[1], since) <= 0 {
			found = true
			break
		}
		names = append(names, cve.FindAllString(lines.Text(), -1)...)
	}
	slices.SortFunc(names, strings.Compare)
	return slices.Compact(names), found, lines.Err()
}
