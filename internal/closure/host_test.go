package closure

import (
	"bytes"
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hostProgram is a dynamic program that every machine with glibc has.
const hostProgram = "/bin/sh"

// sampleSize bounds how many of the host's files the sweep reads.
const sampleSize = 600

func readHost(name string) ([]byte, error) { return os.ReadFile(name) }

// hostSample lists ELF files of the host: every n-th of a sorted list, so that
// the sample is spread and the same at every run.
func hostSample(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, root := range []string{"/usr/bin", "/usr/sbin", "/usr/lib"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			if root == "/usr/lib" && !strings.Contains(name, ".so") {
				return nil
			}
			all = append(all, name)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(all)
	step := max(1, len(all)/sampleSize)
	var sample []string
	for i := 0; i < len(all); i += step {
		sample = append(sample, all[i])
	}
	return sample
}

func TestReadAgreesWithSectionsOnTheHost(t *testing.T) {
	compared := 0
	for _, name := range hostSample(t) {
		b, err := readHost(name)
		if err != nil {
			continue // not ours to read
		}
		o, err := Read(bytes.NewReader(b), int64(len(b)), WithSymbols)
		if errors.Is(err, ErrNotELF) {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		f, err := elf.NewFile(bytes.NewReader(b))
		if err != nil || f.Section(".dynamic") == nil {
			continue
		}
		compared++
		if diff := cmp.Diff(bySections(t, f), summary(o)); diff != "" {
			t.Errorf("%s: (-debug/elf +ours)\n%s", name, diff)
		}
	}
	if compared == 0 {
		t.Error("the host has no ELF file to compare")
	}
}

// facts is what two readers of one file must agree on.
type facts struct {
	Needed, RPath, RunPath, Soname, Versions, Undefined, Defined []string
}

func summary(o *Object) facts {
	f := facts{Needed: unique(o.Needed), RPath: o.RPath, RunPath: o.RunPath}
	if o.Soname != "" {
		f.Soname = []string{o.Soname}
	}
	for _, need := range o.Requires {
		for _, v := range slices.Concat(need.Versions, need.Weak) {
			f.Versions = append(f.Versions, need.Soname+" "+v)
		}
	}
	for _, s := range o.Undefined {
		f.Undefined = append(f.Undefined, s.Name+"@"+s.Version+":"+s.Soname)
	}
	for _, name := range o.DefinedNames() {
		name, _, _ = strings.Cut(name, "@")
		f.Defined = append(f.Defined, name)
	}
	f.Versions, f.Undefined, f.Defined = unique(f.Versions), unique(f.Undefined), unique(f.Defined)
	return f
}

// bySections reads the same with the standard library, which goes by sections.
func bySections(t *testing.T, f *elf.File) facts {
	t.Helper()
	dyn := func(tag elf.DynTag) []string {
		values, err := f.DynString(tag)
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	list := func(tag elf.DynTag) []string { return splitPath(strings.Join(dyn(tag), ":")) }
	r := facts{
		Needed: unique(dyn(elf.DT_NEEDED)), RPath: list(elf.DT_RPATH),
		RunPath: list(elf.DT_RUNPATH), Soname: dyn(elf.DT_SONAME),
	}
	needs, err := f.DynamicVersionNeeds()
	if err != nil && f.SectionByType(elf.SHT_GNU_VERSYM) != nil {
		t.Fatal(err)
	}
	for _, need := range needs {
		for _, v := range need.Needs {
			r.Versions = append(r.Versions, need.Name+" "+v.Dep)
		}
	}
	symbols, err := f.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Fatal(err)
	}
	for _, s := range symbols {
		binding, kind := elf.ST_BIND(s.Info), elf.ST_TYPE(s.Info)
		switch {
		case binding == elf.STB_LOCAL || kind == elf.STT_SECTION || s.Name == "":
		case s.Section == elf.SHN_UNDEF:
			r.Undefined = append(r.Undefined, s.Name+"@"+s.Version+":"+s.Library)
		case s.Value == 0 && s.Section != elf.SHN_ABS && kind != elf.STT_TLS:
		case elf.ST_VISIBILITY(s.Other) == elf.STV_HIDDEN:
		default:
			r.Defined = append(r.Defined, s.Name)
		}
	}
	r.Versions, r.Undefined, r.Defined = unique(r.Versions), unique(r.Undefined), unique(r.Defined)
	return r
}

func unique(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}
