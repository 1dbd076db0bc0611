package plain

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer/packages"
)

// program is an ELF program in the app's folder.
type program struct {
	name   string // below the folder: "bin/server"
	arch   elf.Machine
	interp string // its loader; empty of a static one
	packed string // what hides the program from those who look into it: "an AppImage"
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
	return program{name: name, arch: o.Machine, interp: o.Interp, packed: packedAs(r, o.Interp == "")}, true
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

// loaders are the paths of glibc's loader by Debian's names of architectures, without directory.
var loaders = map[string]string{"amd64": "ld-linux-x86-64.so.2", "arm64": "ld-linux-aarch64.so.1"}

// machines are the processors by Debian's names of architectures.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// called are processors as people call them.
var called = map[elf.Machine]string{
	elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_386: "i386", elf.EM_ARM: "arm", elf.EM_RISCV: "riscv64",
	elf.EM_PPC64: "ppc64el", elf.EM_S390: "s390x",
}

// runsOn tells whether a program is for an architecture.
func (p program) runsOn(arch string) bool { return machines[arch] == p.arch }

// check returns why a program cannot run in the image, or nil.
func (p program) check(arch string) error {
	problem := func(next, what string, args ...any) error {
		return &language.Problem{What: "the program " + p.name + " cannot run in the image: " + fmt.Sprintf(what, args...), Next: next}
	}
	base := path.Base(p.interp)
	switch {
	case !p.runsOn(arch):
		name := called[p.arch]
		if name == "" {
			name = p.arch.String()
		}
		return problem("Put the program for "+arch+" in its place, or build the image for "+name+" (pack build --platform linux/"+name+").",
			"it is for %s, and the image for %s", name, arch)
	case p.packed == "an AppImage":
		return problem("Unpack it (./"+path.Base(p.name)+" --appimage-extract) and put what is in squashfs-root into the app's folder; AppRun is what starts it.",
			"it is an AppImage, which has to be mounted when it starts")
	case p.packed != "":
		return problem("Unpack it (upx -d "+p.name+").", "it is %s, which hides what libraries it needs", p.packed)
	case strings.HasPrefix(base, "ld-musl-"):
		return problem("Compile it for glibc (on Debian, or for a target such as x86_64-unknown-linux-gnu), or statically.",
			"it is linked to musl, the C library of Alpine, and the image has glibc")
	case p.interp != "" && base != loaders[arch]:
		return problem("Compile it for Debian or Ubuntu, or statically.", "it names the loader %s, which is not glibc's", p.interp)
	case p.interp != "" && strings.Count(p.interp, "/") > 3:
		return problem("Compile it outside of Nix or the like, or lead it to glibc: patchelf --set-interpreter "+standardLoader(arch)+" --remove-rpath "+p.name+".",
			"it names the loader %s, which only the system has that it was compiled on", p.interp)
	}
	return nil
}

func standardLoader(arch string) string {
	if arch == "amd64" {
		return "/lib64/" + loaders[arch]
	}
	return "/lib/" + loaders[arch]
}

func names(all []program) (names []string) {
	for _, p := range all {
		names = append(names, p.name)
	}
	return names
}
