// Package slicertest makes what tests of the slicer cut: Debian packages,
// archives and ELF files, honest and hostile ones, in memory and always the same.
package slicertest

import (
	"archive/tar"
	"bytes"
	"crypto/md5"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Deb describes a Debian package. Its fields say what is in an honest one;
// RawMembers and RawTar make it lie.
type Deb struct {
	Name    string            // "pkg" if empty
	Version string            // "1.0" if empty
	Arch    string            // "amd64" if empty
	Fields  map[string]string // further fields of the control file
	Files   []DebFile         // in this order; missing parents are put before them
	// Scripts holds files of the control archive by name: maintainer scripts,
	// but also conffiles, shlibs, triggers; "control" and "md5sums" replace
	// what is made otherwise.
	Scripts     map[string]string
	Compression string // of both archives: "xz", "zst", "gz" or "" for none

	RawTar     []byte     // the whole data archive, uncompressed, if not nil
	RawMembers []ArMember // all members of the ar archive, if not nil
}

// DebFile is one member of the data archive. It is a directory if Path ends in
// "/", a symbolic link if Link is set, a hard link if HardLink is, or what Type,
// a type flag of package tar, says.
type DebFile struct {
	Path     string // with or without leading "/"
	Mode     int64  // if zero: 0644, directories 0755, symbolic links 0777
	Body     []byte
	Link     string // target of a symbolic link
	HardLink string // path of a file before this one
	Type     byte
}

// ArMember is a member of an ar archive. Size is what its header claims, or the
// length of Body if it is empty.
type ArMember struct {
	Name string
	Body []byte
	Size string
}

// Bytes returns the package. The same Deb makes the same bytes. It panics on
// what cannot be written.
func (d Deb) Bytes() []byte {
	if d.RawMembers != nil {
		return Ar(d.RawMembers...)
	}
	return Ar(d.Members()...)
}

// Members returns the members of the package's ar archive, for tests to spoil.
func (d Deb) Members() []ArMember {
	suffix := ""
	if d.Compression != "" {
		suffix = "." + d.Compression
	}
	data := d.RawTar
	if data == nil {
		data = Tar(d.tarMembers()...)
	}
	return []ArMember{
		{Name: "debian-binary", Body: []byte("2.0\n")},
		{Name: "control.tar" + suffix, Body: Compress(d.Compression, d.controlTar())},
		{Name: "data.tar" + suffix, Body: Compress(d.Compression, data)},
	}
}

// controlTar writes the control archive as dpkg-deb does: the control file and
// its companions in a flat directory.
func (d Deb) controlTar() []byte {
	files := map[string]string{"control": d.control()}
	if sums := d.md5sums(); sums != "" {
		files["md5sums"] = sums
	}
	maps.Copy(files, d.Scripts)
	members := []TarMember{{Header: tar.Header{Typeflag: tar.TypeDir, Name: "./", Mode: 0o755}}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		mode := int64(0o644)
		if strings.HasPrefix(files[name], "#!") {
			mode = 0o755
		}
		members = append(members, TarMember{
			Header: tar.Header{Typeflag: tar.TypeReg, Name: "./" + name, Mode: mode},
			Body:   []byte(files[name]),
		})
	}
	return Tar(members...)
}

func (d Deb) control() string {
	fields := map[string]string{
		"Maintainer":  "A Test <test@example.com>",
		"Description": "a package made by a test",
	}
	maps.Copy(fields, d.Fields)
	var out strings.Builder
	fmt.Fprintf(&out, "Package: %s\nVersion: %s\nArchitecture: %s\n",
		orDefault(d.Name, "pkg"), orDefault(d.Version, "1.0"), orDefault(d.Arch, "amd64"))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(&out, "%s: %s\n", name, strings.ReplaceAll(fields[name], "\n", "\n "))
	}
	return out.String()
}

// md5sums lists the regular files and hard links, as debhelper does.
func (d Deb) md5sums() string {
	bodies := map[string][]byte{}
	var out strings.Builder
	for _, f := range d.Files {
		name := strings.TrimLeft(f.Path, "/")
		switch f.kind() {
		case tar.TypeReg:
			bodies[name] = f.Body
		case tar.TypeLink:
			bodies[name] = bodies[strings.TrimLeft(f.HardLink, "/")]
		default:
			continue
		}
		fmt.Fprintf(&out, "%x  %s\n", md5.Sum(bodies[name]), name)
	}
	return out.String()
}

func (d Deb) tarMembers() []TarMember {
	known := map[string]bool{}
	for _, f := range d.Files {
		if f.kind() == tar.TypeDir {
			known[strings.Trim(f.Path, "/")] = true
		}
	}
	members := []TarMember{{Header: tar.Header{Typeflag: tar.TypeDir, Name: "./", Mode: 0o755}}}
	for _, f := range d.Files {
		name := strings.Trim(f.Path, "/")
		for _, parent := range parents(name) {
			if !known[parent] {
				members = append(members, TarMember{Header: tar.Header{Typeflag: tar.TypeDir, Name: "./" + parent + "/", Mode: 0o755}})
			}
			known[parent] = true
		}
		known[name] = true
		members = append(members, f.tarMember())
	}
	return members
}

// parents returns the directories above a path, the topmost first.
func parents(name string) []string {
	var all []string
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		all = append(all, dir)
	}
	slices.Reverse(all)
	return all
}

func (f DebFile) kind() byte {
	switch {
	case f.Type != 0:
		return f.Type
	case f.Link != "":
		return tar.TypeSymlink
	case f.HardLink != "":
		return tar.TypeLink
	case strings.HasSuffix(f.Path, "/"):
		return tar.TypeDir
	default:
		return tar.TypeReg
	}
}

func (f DebFile) tarMember() TarMember {
	if f.Path == "" || (f.Link != "" && f.HardLink != "") || (f.Body != nil && f.kind() != tar.TypeReg) {
		panic(fmt.Sprintf("slicertest: impossible file in a package: %+v", f))
	}
	h := tar.Header{Typeflag: f.kind(), Name: "./" + strings.TrimLeft(f.Path, "/"), Mode: f.Mode, Linkname: f.Link}
	mode := int64(0o644)
	switch h.Typeflag {
	case tar.TypeDir:
		mode = 0o755
	case tar.TypeSymlink:
		mode = 0o777
	case tar.TypeLink:
		h.Linkname = "./" + strings.TrimLeft(f.HardLink, "/")
	}
	if h.Mode == 0 {
		h.Mode = mode
	}
	return TarMember{Header: h, Body: f.Body}
}

// TarMember is one member of a tar archive, written as it is but for Size, which
// is the length of Body if it is zero, and owner and time, which are root and
// the epoch if they are not given.
type TarMember struct {
	Header tar.Header
	Body   []byte
}

// Tar returns a tar archive in the format of GNU, as dpkg-deb writes it, where
// that can express the members.
func Tar(members ...TarMember) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, m := range members {
		h := m.withDefaults()
		must(w.WriteHeader(&h))
		_, err := w.Write(m.Body)
		must(err)
	}
	must(w.Close())
	return out.Bytes()
}

func (m TarMember) withDefaults() tar.Header {
	h := m.Header
	if h.Typeflag == tar.TypeXGlobalHeader {
		return h // package tar wants it bare
	}
	if h.Size == 0 {
		h.Size = int64(len(m.Body))
	}
	if h.ModTime.IsZero() {
		h.ModTime = time.Unix(0, 0)
	}
	if h.Format == tar.FormatUnknown && h.PAXRecords == nil {
		h.Format = tar.FormatGNU
	}
	if h.Uname == "" {
		h.Uname, h.Gname = "root", "root"
	}
	return h
}

// Ar returns an ar archive.
func Ar(members ...ArMember) []byte {
	var out bytes.Buffer
	out.WriteString("!<arch>\n")
	for _, m := range members {
		size := orDefault(m.Size, fmt.Sprint(len(m.Body)))
		if len(m.Name) > 16 || len(size) > 10 {
			panic(fmt.Sprintf("slicertest: ar has no room for name %q or size %q", m.Name, size))
		}
		fmt.Fprintf(&out, "%-16s%-12d%-6d%-6d%-8s%-10s`\n", m.Name, 0, 0, 0, "100644", size)
		out.Write(m.Body)
		if len(m.Body)%2 == 1 {
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("slicertest: %v", err))
	}
}
