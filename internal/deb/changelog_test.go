package deb

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const changelogText = `openssl (3.5.4-1~deb13u2) trixie-security; urgency=medium

  * CVE-2026-1111 (an overflow)
  * CVE-2026-22222, CVE-2026-1111 (again)

 -- A Maintainer <a@example.org>  Tue, 03 Mar 2026 10:00:00 +0000

openssl (3.5.4-1~deb13u1) trixie; urgency=medium

  * Fixes CVE-2025-9230.

 -- A Maintainer <a@example.org>  Mon, 02 Mar 2026 10:00:00 +0000

openssl (3.5.1-1) unstable; urgency=medium

  * CVE-2025-0001

 -- A Maintainer <a@example.org>  Sun, 01 Mar 2026 10:00:00 +0000
`

func TestChangelogCVEs(t *testing.T) {
	for name, c := range map[string]struct {
		text, since string
		want        []string
		found       bool
	}{
		"one entry newer":       {changelogText, "3.5.4-1~deb13u1", []string{"CVE-2026-1111", "CVE-2026-22222"}, true},
		"two entries newer":     {changelogText, "3.5.1-1", []string{"CVE-2025-9230", "CVE-2026-1111", "CVE-2026-22222"}, true},
		"a version in between":  {changelogText, "3.5.2-1", []string{"CVE-2025-9230", "CVE-2026-1111", "CVE-2026-22222"}, true},
		"nothing newer":         {changelogText, "3.5.4-1~deb13u2", nil, true},
		"older than the text":   {changelogText, "1.0-1", []string{"CVE-2025-0001", "CVE-2025-9230", "CVE-2026-1111", "CVE-2026-22222"}, false},
		"no changelog":          {"", "1", nil, false},
		"a text without heads":  {"CVE-2026-1111\n", "1", []string{"CVE-2026-1111"}, false},
		"a version in its text": {"a (2) x; urgency=low\n  * see openssl (1) there\n", "1", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, found, err := ChangelogCVEs(strings.NewReader(c.text), c.since)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" || found != c.found {
				t.Errorf("found %t, want %t: %s", found, c.found, d)
			}
		})
	}
}

func TestChangelogLinesAreBounded(t *testing.T) {
	if _, _, err := ChangelogCVEs(strings.NewReader(strings.Repeat("x", maxChangelogLine+1)), "1"); err == nil {
		t.Error("a line without end was read")
	}
}
