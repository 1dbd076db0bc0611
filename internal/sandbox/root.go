package sandbox

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// BindDevices binds the machine's devices that programs cannot do without into dev, the directory of a root that is its /dev. A device of
// one's own could not be made in a user namespace.
func BindDevices(dev string) error {
	for _, name := range []string{"null", "zero", "full", "random", "urandom"} {
		at := dev + "/" + name
		if err := errors.Join(os.WriteFile(at, nil, 0o666), unix.Mount("/dev/"+name, at, "", unix.MS_BIND, "")); err != nil {
			return fmt.Errorf("cannot bind /dev/%s: %w", name, err)
		}
	}
	return nil
}

// DropCapabilities leaves to the programs that this thread starts no capabilities (capabilities(7)) but those kept, such as
// unix.CAP_CHOWN. The thread keeps its own.
func DropCapabilities(kept ...int) error {
	for c := range unix.CAP_LAST_CAP + 1 {
		if slices.Contains(kept, c) {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) { // EINVAL: the kernel knows no such capability
			return fmt.Errorf("cannot drop capability %d: %w", c, err)
		}
	}
	return nil
}
