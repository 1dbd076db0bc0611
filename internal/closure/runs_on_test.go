package closure

import (
	"debug/elf"
	"testing"
)

// Cross compilers bring libraries of x32: the machine of amd64, and 32-bit files that none of its programs can load.
func TestRunsOn(t *testing.T) {
	for _, row := range []struct {
		o    Object
		arch string
		want bool
	}{
		{Object{Machine: elf.EM_X86_64, Class: elf.ELFCLASS64}, "amd64", true},
		{Object{Machine: elf.EM_X86_64, Class: elf.ELFCLASS32}, "amd64", false},
		{Object{Machine: elf.EM_386, Class: elf.ELFCLASS32}, "amd64", false},
		{Object{Machine: elf.EM_AARCH64, Class: elf.ELFCLASS64}, "amd64", false},
		{Object{Machine: elf.EM_AARCH64, Class: elf.ELFCLASS64}, "arm64", true},
	} {
		if got := row.o.RunsOn(row.arch); got != row.want {
			t.Errorf("%v %v runs on %s: %v, want %v", row.o.Machine, row.o.Class, row.arch, got, row.want)
		}
	}
}
