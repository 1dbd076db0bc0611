package trace

import "golang.org/x/sys/unix"

const nativeArch = unix.AUDIT_ARCH_X86_64

// The calls that only this architecture has.
func init() {
	for nr, s := range map[uint64]shape{
		unix.SYS_OPEN:       {-1, 0, opens},
		unix.SYS_STAT:       {-1, 0, looks},
		unix.SYS_LSTAT:      {-1, 0, looks},
		unix.SYS_ACCESS:     {-1, 0, looks},
		unix.SYS_NEWFSTATAT: {0, 1, looks},
	} {
		shapes[nr] = s
	}
}
