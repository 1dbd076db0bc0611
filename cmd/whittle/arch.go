package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"whittle.dev/whittle/internal/debian"
)

// architectures are Debian's names of those that it makes packages for, and of its ports that are kept up.
var architectures = []string{"amd64", "arm64", "armel", "armhf", "i386", "loong64", "mips64el", "ppc64el", "riscv64", "s390x"}

// kernelNames are the names of architectures by which uname and compilers know what Debian calls otherwise.
var kernelNames = map[string]string{"x86_64": "amd64", "x64": "amd64", "aarch64": "arm64", "arm64v8": "arm64", "armv7l": "armhf", "i686": "i386"}

// checkArch refuses an --arch that Debian has no such name for: no archive has packages for it, and what that looks like depends on the
// mirror.
func checkArch(c *cobra.Command) error {
	flag := c.Flags().Lookup("arch")
	if flag == nil || !flag.Changed {
		return nil
	}
	said := []string{flag.Value.String()}
	if list, ok := flag.Value.(pflag.SliceValue); ok {
		said = list.GetSlice()
	}
	for _, arch := range said {
		if slices.Contains(architectures, arch) {
			continue
		}
		plain := strings.ReplaceAll(path.Base(arch), "-", "_") // of a platform such as linux/amd64
		if known := kernelNames[plain]; known != "" {
			plain = known
		} else {
			plain = debian.FromGoArch(plain)
		}
		if slices.Contains(architectures, plain) {
			return usageError{fmt.Errorf("cannot use --arch %s: Debian calls it %s", arch, plain), c, nil}
		}
		return usageError{fmt.Errorf("cannot use --arch %s: Debian has %s", arch, strings.Join(architectures, ", ")), c, nil}
	}
	return nil
}
