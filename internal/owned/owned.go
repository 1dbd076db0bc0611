// Package owned tells whether files are this user's alone. What is kept between runs is trusted by its name, for reading it all
// again would cost what keeping it saves: so nobody else may write to it.
package owned

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// ErrShared is wrapped by the error about what another user can change.
var ErrShared = errors.New("another user can change what is kept there")

// Check returns an error, which wraps ErrShared, if another user than this one and root owns a file or directory or may write
// to it. The error does not name it.
func Check(info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil // a system without owners
	}
	if owner := int(st.Uid); owner != os.Geteuid() && owner != 0 {
		return fmt.Errorf("it belongs to user %s: %w", called(owner), ErrShared)
	}
	if mode := info.Mode(); mode.Perm()&0o022 != 0 && mode&fs.ModeSymlink == 0 {
		return fmt.Errorf("others than its owner may write to it (mode %04o): %w", mode.Perm(), ErrShared)
	}
	return nil
}

// CheckIn is Check of a name in a directory, which may not be there.
func CheckIn(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return Check(info)
}

func called(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return fmt.Sprintf("%s (%d)", u.Username, uid)
	}
	return strconv.Itoa(uid)
}
