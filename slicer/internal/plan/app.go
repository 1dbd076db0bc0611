package plan

import (
	"debug/elf"
	"errors"
	"fmt"
	"strings"

	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/slicer/packages"
)

// ReadAppObject reads the ELF facts of a file of the app. They are nil for a file that is no ELF file of this image; why says
// so of those that are ELF files all the same.
func ReadAppObject(o Object, arch string, opts ...closure.Option) (object *closure.Object, why string, err error) {
	r, err := o.Open()
	if errors.Is(err, ErrUnpack) {
		return nil, err.Error(), nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("cannot read %s: %w", o.Path, err)
	}
	defer r.Close()
	object, err = packages.ReadELF(r, opts...)
	switch {
	case errors.Is(err, closure.ErrMemory):
		return nil, "", fmt.Errorf("cannot read %s: %w", o.Path, err)
	case err != nil:
		return nil, "it is not a whole ELF file: " + err.Error(), nil
	case object != nil:
		if why = foreign(object, arch); why != "" {
			return nil, why, nil
		}
	}
	return object, "", nil
}

// foreign tells why an ELF file of the app is not for this image: wheels, jars and prebuilt modules often bring files for
// several systems, of which the app picks one at run time. Other systems are told by the ABI in the ELF header, and where
// that says nothing by the names of their C libraries: only glibc's are libc.so.6 and libm.so.6.
func foreign(o *closure.Object, arch string) string {
	switch {
	case !o.RunsOn(arch):
		return "it is built for another machine"
	case o.OSABI != elf.ELFOSABI_NONE && o.OSABI != elf.ELFOSABI_LINUX:
		return "it is built for another system (" + o.OSABI.String() + ")"
	}
	for _, n := range o.Needed {
		switch stem, version, _ := strings.Cut(n, ".so"); {
		case strings.HasPrefix(n, "libc.musl-"):
			return "it is built for musl, not for glibc"
		case (stem == "libc" || stem == "libm") && version != ".6":
			return "it is built for another C library (" + n + "), not for glibc"
		}
	}
	return ""
}

// ErrUnpack is wrapped by the error about a file of the app that lies in an archive and cannot be unpacked: nobody can load it.
var ErrUnpack = errors.New("it cannot be unpacked")
