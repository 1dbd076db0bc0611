package debian

import (
	"debug/elf"
)

// Machine is the ELF machine of a Debian architecture (amd64, arm64); EM_NONE of others.
func Machine(arch string) elf.Machine {
	switch arch {
	case "amd64":
		return elf.EM_X86_64
	case "arm64":
		return elf.EM_AARCH64
	default:
		return elf.EM_NONE
	}
}

// archs are Debian's names of ELF machines; of POWER the little-endian one.
var archs = map[elf.Machine]string{
	elf.EM_X86_64: "amd64", elf.EM_AARCH64: "arm64", elf.EM_386: "i386", elf.EM_ARM: "armhf", elf.EM_RISCV: "riscv64",
	elf.EM_PPC64: "ppc64el", elf.EM_S390: "s390x",
}

// ArchOf is Debian's name of the architecture of an ELF machine; empty of others.
func ArchOf(m elf.Machine) string { return archs[m] }

// Loader is the file name of glibc's loader of a Debian architecture (amd64, arm64), which is its soname, too; empty of others.
func Loader(arch string) string {
	switch arch {
	case "amd64":
		return "ld-linux-x86-64.so.2"
	case "arm64":
		return "ld-linux-aarch64.so.1"
	default:
		return ""
	}
}

// Triplet is the multiarch name of a Debian architecture, after which its library directory is called: x86_64-linux-gnu of
// amd64.
func Triplet(arch string) string {
	switch arch {
	case "amd64":
		return "x86_64-linux-gnu"
	case "arm64":
		return "aarch64-linux-gnu"
	default:
		return arch + "-linux-gnu"
	}
}

// The architectures that Go, whose names image-spec takes, and Debian call differently.
var debianNames = map[string]string{"386": "i386", "arm": "armhf", "ppc64le": "ppc64el", "mips64le": "mips64el"}

// GoArch is Go's name of a Debian architecture.
func GoArch(arch string) string {
	for g, d := range debianNames {
		if d == arch {
			return g
		}
	}
	return arch
}

// FromGoArch is Debian's name of an architecture that Go calls so.
func FromGoArch(goarch string) string {
	if d, ok := debianNames[goarch]; ok {
		return d
	}
	return goarch
}
