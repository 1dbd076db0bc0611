package python

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
)

// tree is an app of files.
func tree(files map[string]string) fstest.MapFS {
	dir := fstest.MapFS{}
	for name, text := range files {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return dir
}

// onLinux answers the markers of these tests as CPython 3.13 on Linux would.
type onLinux struct{}

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

// has reports an error that lacks a text; an empty text means that there must be no error.
func has(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("got error %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got error %v, want one that has %q", err, want)
	}
}
