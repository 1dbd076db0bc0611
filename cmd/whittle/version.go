package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = ""

func versionCommand(t *tool) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print whittle's version", Args: arguments(0, 0, "none"),
		RunE: func(*cobra.Command, []string) error {
			v := versionText()
			if t.json {
				return t.printJSON(map[string]string{"version": v, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
			}
			_, err := fmt.Fprint(t.stdout, versionLine(v))
			return err
		},
	}
}

func versionLine(v string) string {
	return fmt.Sprintf("whittle %s (%s, %s/%s)\n", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionText is the released version, or what Go has recorded of the module's.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}
