package archive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mirrorList tells whether a URI names a list of mirrors, one URI a line, and
// where the list is: apt-transport-mirror(1). Debian's cloud images have theirs
// in a file.
func mirrorList(uri string) (at string, ok bool) {
	if rest, ok := strings.CutPrefix(uri, "mirror+"); ok {
		return rest, true
	}
	if rest, ok := strings.CutPrefix(uri, "mirror:"); ok {
		return "http:" + rest, true
	}
	return "", false
}

// checkURI accepts what this package can fetch. A password is never part of
// the message.
func checkURI(uri string) error {
	if at, ok := mirrorList(uri); ok {
		if _, twice := mirrorList(at); twice {
			return fmt.Errorf("URI %q names a mirror list of mirror lists", uri)
		}
		uri = at
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

// mirrors returns the source's URIs as addresses to fetch from, in order: lists
// of mirrors are read, those in files below root, and $(ARCH) is filled in.
func (a *Archive) mirrors(ctx context.Context, s Source) ([]*url.URL, error) {
	var all []*url.URL
	for _, uri := range s.URIs {
		list := []string{uri}
		if at, ok := mirrorList(uri); ok {
			var err error
			if list, err = a.readMirrorList(ctx, withArch(at, a.options.Arch)); err != nil {
				return nil, fmt.Errorf("cannot use apt source %s: %w", s.Name, err)
			}
		}
		for _, uri := range list {
			u, err := parseURI(withArch(uri, a.options.Arch))
			if err != nil {
				return nil, s.errorf("%v", err)
			}
			all = append(all, u)
		}
	}
	return all, nil
}

func parseURI(uri string) (*url.URL, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return nil, errors.New("the URI is malformed")
	}
	u.Path = "/" + strings.Trim(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

func withArch(s, arch string) string { return strings.ReplaceAll(s, "$(ARCH)", arch) }

// readMirrorList reads a list of mirrors. One that comes from a server is kept,
// and the kept one stands in where the server cannot be reached: the list only
// says where to look, and what is found there is signed.
func (a *Archive) readMirrorList(ctx context.Context, uri string) ([]string, error) {
	u, err := parseURI(uri)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "file" || u.Scheme == "copy" {
		data, err := readBounded(filepath.Join(a.options.Root, u.Path), maxSourcesFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read mirror list: %w", err)
		}
		return parseMirrorList(u.Path, data)
	}
	list, err := a.fetchMirrorList(ctx, u)
	if err != nil {
		return nil, err
	}
	for _, uri := range list { // a server has no say in which of this machine's files are read
		if !strings.HasPrefix(uri, "http://") && !strings.HasPrefix(uri, "https://") {
			return nil, fmt.Errorf("mirror list %s names %q, which is no server", u.Redacted(), uri)
		}
	}
	return list, nil
}

// fetchMirrorList gets a list of mirrors from a server.
func (a *Archive) fetchMirrorList(ctx context.Context, u *url.URL) ([]string, error) {
	kept := path.Join(releaseDir, addressDigest(u)+".mirrors")
	old, keptErr := a.cache.readFile(kept)
	if a.options.Offline {
		if keptErr != nil {
			return nil, fmt.Errorf("cannot read mirror list %s: it is not in the cache, and %w", u.Redacted(), ErrOffline)
		}
		return parseMirrorList(u.Redacted(), old)
	}
	data, _, _, err := a.transport.getSmall(ctx, u, maxSourcesFile, validators{})
	if err != nil && (keptErr != nil || !errors.Is(err, ErrUnreachable)) {
		return nil, fmt.Errorf("cannot read mirror list: %w", err)
	}
	if err != nil {
		return parseMirrorList(u.Redacted(), old)
	}
	list, err := parseMirrorList(u.Redacted(), data)
	if err == nil && !bytes.Equal(old, data) {
		err = a.cache.writeFile(kept, data)
	}
	return list, err
}

// parseMirrorList reads a URI a line, with tab-separated options after it. Of
// these "priority:N" counts, the lowest first; mirrors of one priority are taken
// in the order of the list, where apt draws lots.
func parseMirrorList(name string, data []byte) ([]string, error) {
	type mirror struct {
		uri      string
		priority int
	}
	var list []mirror
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if _, nested := mirrorList(fields[0]); nested {
			return nil, fmt.Errorf("mirror list %s names another mirror list", name)
		}
		if err := checkURI(fields[0]); err != nil {
			return nil, fmt.Errorf("mirror list %s: %w", name, err)
		}
		m := mirror{fields[0], math.MaxInt}
		for _, option := range fields[1:] {
			if n, ok := strings.CutPrefix(option, "priority:"); ok {
				var err error
				if m.priority, err = strconv.Atoi(n); err != nil {
					return nil, fmt.Errorf("mirror list %s: %q is no number", name, firstLine([]byte(option)))
				}
			}
		}
		list = append(list, m)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("mirror list %s names no mirror", name)
	}
	slices.SortStableFunc(list, func(a, b mirror) int { return cmp.Compare(a.priority, b.priority) })
	uris := make([]string, len(list))
	for i, m := range list {
		uris[i] = m.uri
	}
	return uris, nil
}

// openRegular opens a regular file. A pipe that nobody writes to would be waited
// for, and a device read without end.
func openRegular(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket|fs.ModeDevice|fs.ModeDir) != 0 && name != os.DevNull {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("it is no regular file")}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// readBounded reads a regular file that should be small. A larger one is an
// error, so that a device or a mistake cannot fill the memory.
func readBounded(name string, limit int64) ([]byte, error) {
	f, err := openRegular(name)
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
