package java

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer/tree"
)

// archiveClasses makes the archive of the JDK's own classes as they are once loaded (class data sharing). It is found by
// itself, beside the virtual machine, and used only where the files that it was made of have the time that it remembers: that of all files
// of an image.
func (a *app) archiveClasses(ctx context.Context, home string) error {
	modules := filepath.Join(home, "lib", "modules")
	if err := os.Chtimes(modules, tree.LayerTime, tree.LayerTime); err != nil {
		return fmt.Errorf("cannot prepare the runtime for class data sharing: %w", err)
	}
	err := a.Run(ctx, language.Command{Args: []string{filepath.Join(home, "bin", "java"), "-Xshare:dump"}, What: "java -Xshare:dump", Dir: a.Temp, Env: a.env})
	if err != nil {
		return fmt.Errorf("cannot archive the runtime's classes: %w", err)
	}
	return language.Settle(home)
}
