package plain

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/slicer/packages"
)

// program is an ELF program in the app's folder.
type program struct {
	name   string // below the folder: "bin/server"
	arch   elf.Machine
	interp string // its loader; empty of a static one
	dotnet dotnet
	packed string // what hides the program from those who look into it: "an AppImage"
	alone  bool   // PyInstaller's single file, which unpacks libraries into /tmp when it starts
}

// programs lists the ELF programs in the app's folder and in bin/ there, by name. Libraries are none, and files that are
// broken neither: nobody can start them.
func programs(files fs.FS) []program {
	var all []program
	for _, dir := range []string{".", "bin"} {
		entries, err := fs.ReadDir(files, dir)
		if err != nil {
			continue // there is no bin
		}
		for _, e := range entries {
			if !e.Type().IsRegular() {
				continue
			}
			if p, ok := readProgram(files, path.Join(dir, e.Name())); ok {
				all = append(all, p)
			}
		}
	}
	return all
}

// readProgram reads a file; ok tells whether it is an ELF program.
func readProgram(files fs.FS, name string) (p program, ok bool) {
	r, err := packages.OpenIn(files, name)
	if err != nil {
		return program{}, false
	}
	defer r.Close()
	o, err := packages.ReadELF(r)
	if err != nil || o == nil {
		return program{}, false
	}
	standalone := o.Type == elf.ET_DYN && o.Soname == "" && len(o.Needed) == 0 && !strings.Contains(path.Base(name), ".so") // static-pie
	if !o.Executable() && !standalone {
		return program{}, false
	}
	return program{name: name, arch: o.Machine, interp: o.Interp, packed: packedAs(r, o.Interp == ""), dotnet: readDotnet(files, name), alone: unpacksItself(files, r, name)}, true
}

// cookie begins the last record of an archive of PyInstaller's, which is at the end of the program (its bootloader's pyi_archive.c).
const cookie = "MEI\x0c\x0b\x0a\x0b\x0e"

// unpacksItself tells whether a program is PyInstaller's and alone: where it has a folder, what it needs is beside it.
func unpacksItself(files fs.FS, r io.ReaderAt, name string) bool {
	info, err := fs.Stat(files, name)
	if err != nil {
		return false
	}
	tail := make([]byte, min(info.Size(), 16<<10))
	if _, err := r.ReadAt(tail, info.Size()-int64(len(tail))); err != nil && err != io.EOF || !bytes.Contains(tail, []byte(cookie)) {
		return false
	}
	return language.FirstFile(files, path.Join(path.Dir(name), "base_library.zip"), path.Join(path.Dir(name), "_internal/base_library.zip")) == ""
}

// packedAs tells what a program is packed as; empty for none. An AppImage says so in its header (AppImage specification,
// type 1 and 2); UPX leaves its mark in what it puts in front, which is a static program.
func packedAs(r io.ReaderAt, static bool) string {
	head := make([]byte, 4096)
	n, err := r.ReadAt(head, 0)
	if err != nil && n < 16 {
		return ""
	}
	switch head = head[:n]; {
	case bytes.Equal(head[8:10], []byte("AI")) && head[10] > 0 && head[10] < 3:
		return "an AppImage"
	case static && bytes.Contains(head, []byte("UPX!")):
		return "packed by UPX"
	}
	return ""
}

// runsOn tells whether a program is for an architecture.
func (p program) runsOn(arch string) bool { return debian.Machine(arch) == p.arch }

// check returns why a program cannot run in the image, or nil.
func (p program) check(arch string) error {
	problem := func(next, what string, args ...any) error {
		return &language.Problem{What: "the program " + p.name + " cannot run in the image: " + fmt.Sprintf(what, args...), Next: next}
	}
	base := path.Base(p.interp)
	switch {
	case !p.runsOn(arch):
		name := cmp.Or(debian.ArchOf(p.arch), p.arch.String())
		next := "Put the program for " + arch + " in its place"
		if debian.Machine(name) == p.arch {
			next += ", or build the image for " + name + " (pack build --platform linux/" + name + ")"
		}
		return problem(next+".", "it is for %s, and the image for %s", name, arch)
	case p.dotnet.missing != "":
		return problem("Publish it with its .NET: dotnet publish --self-contained -r linux-"+strings.Replace(arch, "amd64", "x64", 1)+".",
			"%s.runtimeconfig.json wants %s on the machine, and Debian has no .NET", p.name, p.dotnet.missing)
	case p.packed == "an AppImage":
		return problem("Unpack it (./"+path.Base(p.name)+" --appimage-extract) and put what is in squashfs-root into the app's folder; AppRun is what starts it.",
			"it is an AppImage, which has to be mounted when it starts")
	case p.packed != "":
		return problem("Unpack it (upx -d "+p.name+").", "it is %s, which hides what libraries it needs", p.packed)
	case strings.HasPrefix(base, "ld-musl-"):
		return problem("Compile it for glibc (on Debian, or for a target such as x86_64-unknown-linux-gnu), or statically.",
			"it is linked to musl, the C library of Alpine, and the image has glibc")
	case p.interp != "" && base != debian.Loader(arch):
		return problem("Compile it for Debian or Ubuntu, or statically.", "it names the loader %s, which is not glibc's", p.interp)
	case p.interp != "" && strings.Count(p.interp, "/") > 3:
		return problem("Compile it outside of Nix or the like, or lead it to glibc: patchelf --set-interpreter "+standardLoader(arch)+" --remove-rpath "+p.name+".",
			"it names the loader %s, which only the system has that it was compiled on", p.interp)
	}
	return nil
}

func standardLoader(arch string) string {
	if arch == "amd64" {
		return "/lib64/" + debian.Loader(arch)
	}
	return "/lib/" + debian.Loader(arch)
}

func names(all []program) (names []string) {
	for _, p := range all {
		names = append(names, p.name)
	}
	return names
}
