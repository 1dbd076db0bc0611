package archive

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// mirrorPrefix is apt's method for a list of mirrors in a local file, one URI
// a line, as Debian's cloud images have it.
const mirrorPrefix = "mirror+file:"

// checkURI accepts what this package can fetch. A password is never part of
// the message.
func checkURI(uri string) error {
	if rest, ok := strings.CutPrefix(uri, mirrorPrefix); ok {
		if !strings.HasPrefix(rest, "/") {
			return fmt.Errorf("URI %q does not name an absolute path", uri)
		}
		return nil
	}
	u, err := url.Parse(uri)
	if err != nil {
		return fmt.Errorf("the URI is malformed")
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return fmt.Errorf("URI %q has no host", u.Redacted())
		}
	case "file", "copy":
		if !strings.HasPrefix(u.Path, "/") || u.Host != "" {
			return fmt.Errorf("URI %q does not name an absolute path", u.Redacted())
		}
	default:
		return fmt.Errorf("URI %q is not http, https, file or copy", u.Redacted())
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("URI %q has a query or a fragment", u.Redacted())
	}
	return nil
}

// mirrors returns the source's URIs as addresses to fetch from, in order:
// lists of mirrors are read from below root, and $(ARCH) is filled in.
func (s Source) mirrors(root, arch string) ([]*url.URL, error) {
	var all []*url.URL
	for _, uri := range s.URIs {
		list := []string{uri}
		if rest, ok := strings.CutPrefix(uri, mirrorPrefix); ok {
			var err error
			list, err = readMirrorList(filepath.Join(root, path.Clean(rest)))
			if err != nil {
				return nil, fmt.Errorf("cannot use apt source %s: %w", s.Name, err)
			}
		}
		for _, uri := range list {
			u, err := url.Parse(withArch(uri, arch))
			if err != nil {
				return nil, s.errorf("the URI is malformed")
			}
			u.Path = "/" + strings.Trim(u.Path, "/")
			u.RawPath = ""
			all = append(all, u)
		}
	}
	return all, nil
}

func withArch(s, arch string) string { return strings.ReplaceAll(s, "$(ARCH)", arch) }

// readMirrorList reads a mirror list: a URI a line, with tab-separated options
// after it, which are passed over: the file's order is the order of use.
func readMirrorList(name string) ([]string, error) {
	data, err := readBounded(name, maxSourcesFile)
	if err != nil {
		return nil, fmt.Errorf("cannot read mirror list: %w", err)
	}
	var list []string
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if strings.HasPrefix(fields[0], mirrorPrefix) {
			return nil, fmt.Errorf("mirror list %s names another mirror list", name)
		}
		if err := checkURI(fields[0]); err != nil {
			return nil, fmt.Errorf("mirror list %s: %w", name, err)
		}
		list = append(list, fields[0])
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("mirror list %s names no mirror", name)
	}
	return list, nil
}

// readBounded reads a regular file that should be small. A larger one is an
// error, so that a device or a mistake cannot fill the memory.
func readBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return data, nil
}
