package slicer_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// listTar writes a layer's tar in the form of listDir, and holds owner and time of every entry against the law of
// layers.
func listTar(t *testing.T, data []byte) string {
	t.Helper()
	var lines []string
	bodies := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(data))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || !h.ModTime.Equal(time.Date(1980, 1, 1, 0, 0, 1, 0, time.UTC)) {
			t.Errorf("%s has owner %d:%d %q:%q and time %s", h.Name, h.Uid, h.Gid, h.Uname, h.Gname, h.ModTime)
		}
		name := strings.TrimSuffix(h.Name, "/")
		switch h.Typeflag {
		case tar.TypeDir:
			lines = append(lines, fmt.Sprintf("%s dir %04o\n", name, h.Mode))
		case tar.TypeSymlink:
			lines = append(lines, fmt.Sprintf("%s link %s\n", name, h.Linkname))
		default:
			body, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if h.Typeflag == tar.TypeLink {
				body = bodies[h.Linkname]
			}
			bodies[name] = body
			lines = append(lines, fmt.Sprintf("%s file %04o %q\n", name, h.Mode, body))
		}
	}
	// A directory walk sorts names within directories, a cut sorts whole paths: "a.b" is before "a/x" there.
	slices.SortFunc(lines, func(a, b string) int {
		return slices.Compare(strings.Split(pathOf(a), "/"), strings.Split(pathOf(b), "/"))
	})
	return strings.Join(lines, "")
}

func pathOf(line string) string {
	name, _, _ := strings.Cut(line, " ")
	return name
}
