package language

import (
	"context"
	"debug/elf"
	"errors"
	"io"
)

// Strip removes from an ELF file the symbols that no loader reads, unless the user wants them kept (Debug). Another file is
// left as it is.
func (s Site) Strip(ctx context.Context, file string) error {
	if s.Debug {
		return nil
	}
	is, err := isELF(file)
	if err != nil || !is {
		return err
	}
	out := s.Log.Output()
	return s.Run(ctx, Command{Args: []string{"strip", "--strip-unneeded", "--enable-deterministic-archives", file}, Dir: s.Dir, Env: s.Env, Stdout: out, Stderr: out})
}

// isELF tells whether a file begins as an ELF file does.
func isELF(path string) (bool, error) {
	f, err := OpenFile(path)
	if err != nil {
		return false, err
	}
	var magic [4]byte
	_, err = io.ReadFull(f, magic[:])
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return string(magic[:]) == elf.ELFMAG, errors.Join(err, f.Close())
}
