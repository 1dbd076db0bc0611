package python

import (
	"context"
	"strings"
)

// onLinux answers the markers of these tests as CPython 3.13 on Linux would.
type onLinux struct{}

func (onLinux) Prepare(context.Context, []string) error { return nil }

func (onLinux) Holds(_ context.Context, marker string, extras []string) (bool, error) {
	for _, no := range []string{"win32", "Windows", "darwin", "< '3.11'", `< "3.11"`, "PyPy"} {
		if strings.Contains(marker, no) {
			return false, nil
		}
	}
	if _, rest, ok := strings.Cut(marker, "extra == "); ok {
		for _, e := range extras {
			if e != "" && strings.HasPrefix(strings.Trim(rest, `'"`), e) {
				return true, nil
			}
		}
		return false, nil
	}
	return true, nil
}
