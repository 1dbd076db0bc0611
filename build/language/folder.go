package language

import (
	"io/fs"
	"os"

	"whittle.dev/whittle/project"
)

// FolderOf is the folder of a root, which the build has open to change it, for reading: bounded as Site.Files is. Root's own file system
// waits for pipes that patterns lead to.
func FolderOf(root *os.Root) fs.FS { return project.FolderOf(root) }
