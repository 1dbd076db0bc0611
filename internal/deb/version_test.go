package deb_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/deb"
)

// Each row is checked in both directions. The rows were held against dpkg.
func TestCompareVersions(t *testing.T) {
	for _, c := range []struct {
		a, op, b string
	}{
		{"1.0", "=", "1.0"},
		{"1.0", "=", "0:1.0"},
		{"1.0", "=", "1.0-0"},
		{"1.0", "=", "1.00"},
		{"1.01", "=", "1.1"},
		{"1.0", "<", "1.0-0.1"},
		{"1.9", "<", "1.10"},
		{"9", "<", "10"},
		// epochs
		{"2.0", "<", "1:0.1"},
		{"1:9", "<", "2:1"},
		{"9:1", "<", "10:0"},
		{"2:6.2.1+dfsg1-1.1", "<", "2:6.3.0+dfsg-3"},
		{"1:1.3.dfsg+really1.3.1-1+b1", ">", "1:1.3.dfsg-3.1"},
		// tildes
		{"1.0~rc1-1", "<", "1.0-1"},
		{"1.0~~", "<", "1.0~"},
		{"1.0~~a", "<", "1.0~"},
		{"1.0~", "<", "1.0"},
		{"1.0~rc2", ">", "1.0~beta3"},
		{"3.5.0~~alpha1-1", "<", "3.5.0~alpha1-1"},
		// stable updates, security updates, backports, rebuilds
		{"3.0.17-1~deb12u2", "<", "3.0.17-1"},
		{"3.0.17-1~deb12u2", "<", "3.0.17-1~deb12u3"},
		{"3.0.17-1~deb12u9", "<", "3.0.17-1~deb12u10"},
		{"2.36-9+deb12u10", "<", "2.36-9+deb12u14"},
		{"2.41-12", "<", "2.41-12+deb13u1"},
		{"2.41-12+deb13u1", "<", "2.41-13"},
		{"2.36-9+deb12u14", "<", "2.41-12+deb13u1"},
		{"1.2-3~bpo12+1", "<", "1.2-3"},
		{"1.2-3~bpo12+1", "<", "1.2-3~bpo13+1"},
		{"1.2-3~bpo12+2", "<", "1.2-3~deb12u1"},
		{"1.2-3", "<", "1.2-3+b1"},
		{"1.2-3+b1", "<", "1.2-3.1"},
		{"1.2-3+b2", "<", "1.2-3+deb13u1"},
		{"1.2-3", "<", "1.2-3ubuntu1"},
		{"1.2-3ubuntu1", "<", "1.2-4"},
		{"2.39-0ubuntu8.4", "<", "2.39-0ubuntu8.10"},
		{"1.2-3build1", "<", "1.2-3ubuntu0.1"},
		// letters, digits and the rest
		{"9e-3", "<", "9f-1"},
		{"1.0a", ">", "1.0"},
		{"1.0a", "<", "1.0+"},
		{"1.0a", "<", "1.0."},
		{"1.0.1", ">", "1.0a"},
		{"1.0Z", "<", "1.0a"},
		{"6.9p1", "<", "6.9.1p1"},
		{"7.88.1", "<", "8.5.0"},
		{"2024a-0+deb12u1", "<", "2024b-0+deb12u1"},
		{"0.0~git20230101.abc", "<", "0.0~git20240101.aaa"},
		{"5.36.0-7+deb12u4", "<", "5.40.1-6"},
		{"1.0-1", "<", "1.0-1.1"},
		{"1-2-3", "<", "1-2-4"},
		{"1.2.3-1", "<", "1.2.3-rc-1"},
		// beyond 64 bits
		{"20240101123456789012345678901", "<", "20240101123456789012345678902"},
		{"0000000000000000000000000000001", "=", "1"},
	} {
		want := map[string]int{"<": -1, "=": 0, ">": 1}[c.op]
		if got := deb.CompareVersions(c.a, c.b); got != want {
			t.Errorf("%s against %s: got %d, want %s", c.a, c.b, got, c.op)
		}
		if got := deb.CompareVersions(c.b, c.a); got != -want {
			t.Errorf("%s against %s: got %d, want the reverse of %s", c.b, c.a, got, c.op)
		}
	}
}

// The example of Policy 5.6.12.
func TestCompareVersionsSortsTildesAsPolicySays(t *testing.T) {
	want := []string{"~~", "~~a", "~", "", "a"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, deb.CompareVersions)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCheckVersion(t *testing.T) {
	for _, good := range []string{"1", "1.0-1", "0:1", "2:6.3.0+dfsg-3", "1:2:3-4", "1.0~rc1-1~bpo12+1", "v1.0", "1-2-3", "1.0-1+b1"} {
		if err := deb.CheckVersion(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"":                        "no upstream version",
		":1":                      `epoch "" is not a small number`,
		"a:1":                     `epoch "a" is not a small number`,
		"9999999999:1":            `epoch "9999999999" is not a small number`,
		"1:":                      "no upstream version",
		"-1":                      "no upstream version",
		"1-":                      "nothing behind the last hyphen",
		"1 0":                     `character ' ' in the upstream version`,
		"1/../2":                  `character '/' in the upstream version`,
		"1_2":                     `character '_' in the upstream version`,
		"1-2:3":                   `epoch "1-2" is not a small number`,
		"0:1-2:3":                 `character ':' in the revision`,
		"1.0-é":                   "in the revision",
		strings.Repeat("1", 2000): "longer than 1024 bytes",
	} {
		err := deb.CheckVersion(bad)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "cannot accept version") {
			t.Errorf("%q: got error %v, want %q", bad, err, want)
		}
	}
}
