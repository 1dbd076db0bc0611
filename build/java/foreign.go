package java

import (
	"archive/zip"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// dropForeign removes from an archive in a layer the native libraries that nothing in the image can load: of sqlite-jdbc and
// netty-tcnative they are nine tenths.
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

// isForeign tells whether an entry is a native library that cannot be loaded on the image's system and processor: one of
// Windows and macOS by its ending, one of an ELF system by its header, and one of another C library by its folder.
func (s *stage) isForeign(f *zip.File) bool {
	if s.machine == elf.EM_NONE {
		return false
	}
	switch path.Ext(f.Name) {
	case ".dll", ".dylib", ".jnilib":
		return true
	case ".so":
	default:
		return false
	}
	header := make([]byte, 20)
	r, err := f.Open()
	if err != nil {
		return false
	}
	_, err = io.ReadFull(r, header)
	if err := errors.Join(err, r.Close()); err != nil || string(header[:4]) != elf.ELFMAG {
		return false
	}
	abi := elf.OSABI(header[elf.EI_OSABI])
	return header[elf.EI_DATA] != byte(elf.ELFDATA2LSB) || elf.Machine(binary.LittleEndian.Uint16(header[18:])) != s.machine ||
		abi != elf.ELFOSABI_NONE && abi != elf.ELFOSABI_LINUX || strings.Contains(strings.ToLower(path.Dir(f.Name)), "musl")
}

// machines are the processors as ELF files name them, by Debian's names.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
