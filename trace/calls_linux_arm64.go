package trace

import "golang.org/x/sys/unix"

const nativeArch = unix.AUDIT_ARCH_AARCH64

// The calls that only this architecture has under this name.
func init() { shapes[unix.SYS_FSTATAT] = shape{0, 1, looks} }
