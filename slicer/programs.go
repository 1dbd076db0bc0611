package slicer

import (
	"bytes"
	"debug/elf"
	"fmt"

	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/tree"
)

// HasProgram tells whether the selection has anything that a kernel runs: an executable file of machine code, or one that
// begins with "#!". A selection without is data, for a root that stands already.
func (s *Selection) HasProgram() (bool, error) {
	for _, f := range s.files {
		runs, err := isProgram(f)
		if err != nil {
			return false, fmt.Errorf("cannot tell whether /%s is a program: %w", f.Path, err)
		}
		if runs {
			return true, nil
		}
	}
	return false, nil
}

func isProgram(f *plan.File) (bool, error) {
	mode, err := f.ModeBits()
	if err != nil || f.Kind != tree.File || mode&0o111 == 0 {
		return false, err
	}
	head, err := f.Read(int64(len(elf.ELFMAG)))
	return bytes.HasPrefix(head, []byte(elf.ELFMAG)) || bytes.HasPrefix(head, []byte("#!")), err
}
