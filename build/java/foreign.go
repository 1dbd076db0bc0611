package java

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
)

// dropForeign removes from an archive in a layer the native libraries that nothing in the image can load: of sqlite-jdbc and
// netty-tcnative they are most.
func (s *stage) dropForeign(root *os.Root, name string) error {
	z, err := openZip(root, name)
	if err != nil {
		return nil // no archive: Java tells it, if it is used at all
	}
	defer z.Close()
	foreign := s.foreignOf(z)
	if len(foreign) == 0 {
		return nil
	}
	fresh := name + ".new"
	to, err := root.Create(fresh)
	if err != nil {
		return fmt.Errorf("cannot stage %s: %w", name, err)
	}
	w := zip.NewWriter(to)
	for _, f := range z.File {
		if err == nil && !foreign[f] {
			err = copyEntry(w, f, f.Name)
		}
	}
	if err = errors.Join(err, w.Close(), to.Close()); err == nil {
		err = root.Rename(fresh, name)
	}
	if err != nil {
		return fmt.Errorf("cannot stage %s: %w", name, err)
	}
	return nil
}

// signatures are the endings of the files of META-INF that sign an archive.
var signatures = []string{".SF", ".RSA", ".DSA", ".EC"}

// foreignOf are the native libraries of other systems and processors in an archive, which are left out. One that is signed
// stays as it is.
func (s *stage) foreignOf(z *zipFile) map[*zip.File]bool {
	all := map[*zip.File]bool{}
	size := int64(0)
	for _, f := range z.File {
		if path.Dir(f.Name) == "META-INF" && slices.Contains(signatures, strings.ToUpper(path.Ext(f.Name))) {
			return nil
		}
		if s.isForeign(f) {
			all[f] = true
			size += int64(f.CompressedSize64)
		}
	}
	s.foreign += size
	return all
}

// otherSystem is a folder that archives have for one system each: com/sun/jna/sunos-amd64, org/xerial/snappy/native/SunOS. Files
// for Solaris say in their header what those for Linux say.
var otherSystem = regexp.MustCompile(`(?i)(^|/)(sunos|solaris|aix|hp-?ux|freebsd|openbsd|netbsd|dragonfly(bsd)?)([-_.][^/]*)?/`)

// isForeign tells whether an entry is a native library that cannot be loaded on the image's system and processor: one of
// Windows and macOS by its ending, one of other systems by its folder, any other by what its ELF file says.
func (s *stage) isForeign(f *zip.File) bool {
	if s.arch == "" {
		return false
	}
	switch path.Ext(f.Name) {
	case ".dll", ".dylib", ".jnilib":
		return true
	case ".so":
	default:
		return false
	}
	if otherSystem.MatchString(f.Name) {
		return true
	}
	open := func() (packages.ReaderAtCloser, error) {
		content, _, err := contentOf(f)
		return content, err
	}
	why, err := slicer.Foreign(slicer.Object{Path: f.Name, Open: open}, s.arch)
	return err == nil && why != ""
}
