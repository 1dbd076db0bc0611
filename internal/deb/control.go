package deb

import (
	"archive/tar"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// Control is the control archive of a package, deb-control(5) and its kin.
type Control struct {
	// Paragraph is the control file. Package, Version and Architecture are
	// there and valid.
	Paragraph Paragraph
	// MD5Sums maps paths, as Walk names them, to lower-case hexadecimal sums.
	// It is nil if the package has none.
	MD5Sums map[string]string
	// Conffiles are the package's configuration files as Walk names them, in
	// the order of the list. Those marked remove-on-upgrade are left out, for
	// the package no longer ships them.
	Conffiles []string
	// Shlibs, Symbols and Triggers are the files of these names as they are:
	// deb-shlibs(5), deb-symbols(5), deb-triggers(5).
	Shlibs, Symbols, Triggers string
	// Scripts holds preinst, postinst, prerm, postrm and config, as far as the
	// package has them.
	Scripts map[string]string
}

// Control reads the control archive.
func (f *File) Control() (*Control, error) {
	files, err := f.controlFiles()
	if err != nil {
		return nil, err
	}
	text, ok := files["control"]
	if !ok {
		return nil, fmt.Errorf("cannot read %s: it has no control file", f.control.name)
	}
	c := &Control{
		Shlibs:   files["shlibs"],
		Symbols:  files["symbols"],
		Triggers: files["triggers"],
		Scripts:  map[string]string{},
	}
	for _, name := range []string{"preinst", "postinst", "prerm", "postrm", "config"} {
		if script, ok := files[name]; ok {
			c.Scripts[name] = script
		}
	}
	if c.Paragraph, err = parseControl(text); err != nil {
		return nil, fmt.Errorf("cannot read control of %s: %w", f.control.name, err)
	}
	if sums, ok := files["md5sums"]; ok {
		if c.MD5Sums, err = parseMD5Sums(sums); err != nil {
			return nil, fmt.Errorf("cannot read md5sums of %s: %w", f.control.name, err)
		}
	}
	if c.Conffiles, err = parseConffiles(files["conffiles"]); err != nil {
		return nil, fmt.Errorf("cannot read conffiles of %s: %w", f.control.name, err)
	}
	return c, nil
}

// controlFiles returns the files of the control archive by name.
func (f *File) controlFiles() (map[string]string, error) {
	stream, err := f.unpack(f.control)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", f.control.name, err)
	}
	defer stream.Close()
	bounded := &boundedReader{r: stream, left: f.limits.Control, limit: f.limits.Control}
	archive := newTarStream(bounded)
	files := map[string]string{}
	for {
		header, err := archive.next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", f.control.name, err)
		}
		refuse := func(reason string) error {
			return &RefusedError{Archive: f.control.name, Member: header.Name, Reason: reason}
		}
		name := strings.TrimPrefix(header.Name, "./")
		if header.Typeflag == tar.TypeDir && (name == "" || name == ".") {
			continue
		}
		if header.Typeflag != tar.TypeReg || IsSparse(header) {
			return nil, refuse("it is not a regular file")
		}
		if strings.Contains(name, "/") || checkText(name) != nil {
			return nil, refuse("it is not a plain file name")
		}
		if _, twice := files[name]; twice {
			return nil, refuse("it occurs twice")
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s of %s: %w", name, f.control.name, err)
		}
		files[name] = string(content)
	}
}

func parseControl(text string) (Paragraph, error) {
	paragraphs := NewParagraphReader(strings.NewReader(text))
	p, err := paragraphs.Next()
	if err == io.EOF {
		return nil, fmt.Errorf("it is empty")
	}
	if err != nil {
		return nil, err
	}
	if _, err := paragraphs.Next(); err != io.EOF {
		return nil, fmt.Errorf("it has more than one paragraph")
	}
	if err := CheckPackageName(p.Get("Package")); err != nil {
		return nil, fmt.Errorf("field Package: %w", err)
	}
	if err := CheckVersion(p.Get("Version")); err != nil {
		return nil, fmt.Errorf("field Version: %w", err)
	}
	if arch := p.Get("Architecture"); !isArchitecture(arch) {
		return nil, fmt.Errorf("field Architecture: bad architecture %q", excerpt(arch))
	}
	return p, nil
}

func isArchitecture(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && (c < 'a' || c > 'z') && (c != '-' || i == 0) {
			return false
		}
	}
	return s != ""
}

// parseMD5Sums parses lines of a sum, two blanks and a path. Backslashes in
// paths mean themselves: debhelper undoes md5sum's escaping.
func parseMD5Sums(text string) (map[string]string, error) {
	sums := make(map[string]string, strings.Count(text, "\n"))
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		const digits = 32
		if len(line) < digits+2 || line[digits] != ' ' || (line[digits+1] != ' ' && line[digits+1] != '*') {
			return nil, fmt.Errorf("line %d is not a sum and a path: %q", number, excerpt(line))
		}
		sum := strings.ToLower(line[:digits])
		if _, err := hex.DecodeString(sum); err != nil {
			return nil, fmt.Errorf("line %d is not a sum and a path: %w", number, err)
		}
		path, err := cleanPath(strings.TrimLeft(line[digits+2:], "/"))
		if err != nil || path == "" {
			return nil, fmt.Errorf("line %d has a bad path: %q", number, excerpt(line))
		}
		sums[path] = sum
	}
	return sums, nil
}

func parseConffiles(text string) ([]string, error) {
	var paths []string
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "remove-on-upgrade ") {
			continue
		}
		path, err := cleanPath(strings.TrimLeft(line, "/"))
		if err != nil || path == "" {
			return nil, fmt.Errorf("line %d has a bad path: %q", number, excerpt(line))
		}
		paths = append(paths, path)
	}
	return paths, nil
}
