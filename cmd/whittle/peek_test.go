package main

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"whittle.dev/whittle/trace"
)

// condition knows [trace]: this system lets whittle trace programs in a root; and [clones]: its file system shares the
// blocks of files, so they have no second name.
func condition(name string) (bool, error) {
	ask := map[string]func(dir string) (bool, error){"trace": traces, "clones": clones}[name]
	if ask == nil {
		return false, fmt.Errorf("unknown condition %s", name)
	}
	dir, err := os.MkdirTemp("", "whittle-test-*")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	return ask(dir)
}

func clones(dir string) (bool, error) {
	from, err := os.Create(filepath.Join(dir, "from"))
	if err != nil {
		return false, err
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(dir, "to"))
	if err != nil {
		return false, err
	}
	defer to.Close()
	return unix.IoctlFileClone(int(to.Fd()), int(from.Fd())) == nil, nil
}

func traces(root string) (bool, error) {
	if err := os.WriteFile(filepath.Join(root, "peek"), peek("/"), 0o755); err != nil {
		return false, err
	}
	_, err := trace.Run(context.Background(), trace.Command{Root: root, Args: []string{"/peek"}})
	if errors.Is(err, trace.ErrNotPermitted) {
		err = nil
	}
	return err == nil, err
}

// makePeek writes a program that opens a file and ends: mkpeek PROGRAM FILE
func makePeek(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mkpeek PROGRAM FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), peek(args[1]), 0o755))
}

// peek is a whole program for the machine that runs the tests: it opens a file for reading, and exits with 0. It needs no
// library, so it runs in any root.
func peek(file string) []byte {
	machine, code := elf.EM_X86_64, []byte{
		0xb8, 2, 0, 0, 0, //       mov eax, 2 (open)
		0x48, 0x8d, 0x3d, 13, 0, 0, 0, // lea rdi, [rip+13], the file's name behind the code
		0x31, 0xf6, //             xor esi, esi
		0x0f, 0x05, //             syscall
		0xb8, 60, 0, 0, 0, //      mov eax, 60 (exit)
		0x31, 0xff, //             xor edi, edi
		0x0f, 0x05, //             syscall
	}
	if runtime.GOARCH == "arm64" {
		machine, code = elf.EM_AARCH64, nil
		for _, word := range []uint32{
			0x92800c60, // mov x0, -100 (the working directory)
			0x100000e1, // adr x1, the file's name behind the code
			0xd2800002, // mov x2, 0
			0xd2800708, // mov x8, 56 (openat)
			0xd4000001, // svc 0
			0xd2800000, // mov x0, 0
			0xd2800ba8, // mov x8, 93 (exit)
			0xd4000001, // svc 0
		} {
			code = binary.LittleEndian.AppendUint32(code, word)
		}
	}
	const base, head = 0x400000, 64 + 56
	size := uint64(head + len(code) + len(file) + 1)
	var out bytes.Buffer
	header := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1, Entry: base + head, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	segment := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: 0x1000}
	for _, part := range []any{header, segment, code, append([]byte(file), 0)} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			panic(err) // values of fixed size go into a buffer
		}
	}
	return out.Bytes()
}
