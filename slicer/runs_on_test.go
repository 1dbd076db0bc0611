package slicer

import (
	"debug/elf"
	"testing"

	"whittle.dev/whittle/internal/closure"
)

// Cross compilers bring libraries of x32: the machine of amd64, and 32-bit files that none of its programs can load.
func TestRunsOn(t *testing.T) {
	for _, row := range []struct {
		o    closure.Object
		arch string
		want bool
	}{
		{closure.Object{Machine: elf.EM_X86_64, Class: elf.ELFCLASS64}, "amd64", true},
		{closure.Object{Machine: elf.EM_X86_64, Class: elf.ELFCLASS32}, "amd64", false},
		{closure.Object{Machine: elf.EM_386, Class: elf.ELFCLASS32}, "amd64", false},
		{closure.Object{Machine: elf.EM_AARCH64, Class: elf.ELFCLASS64}, "amd64", false},
		{closure.Object{Machine: elf.EM_AARCH64, Class: elf.ELFCLASS64}, "arm64", true},
	} {
		if got := runsOn(&row.o, row.arch); got != row.want {
			t.Errorf("%v %v runs on %s: %v, want %v", row.o.Machine, row.o.Class, row.arch, got, row.want)
		}
	}
}
