package rust

import (
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"whittle.dev/whittle/build/language"
)

// removeSources removes what is no runtime artifact of a Rust app: sources, also those in C of crates of its own, manifests,
// vendored crates, and the files of cargo and its companions.
func (c *cargo) removeSources() (int, error) {
	var vendored []string
	for _, dir := range c.config.Vendored {
		if rel, err := filepath.Rel(c.Dir, filepath.Join(c.Root, dir)); err == nil {
			vendored = append(vendored, rel)
		}
	}
	return language.RemoveSources(c.Dir, func(rel string, e fs.DirEntry) bool {
		base := e.Name()
		if e.IsDir() {
			return base == ".cargo" || rel == "target" || slices.Contains(vendored, rel)
		}
		return slices.Contains([]string{
			"Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml", "rustfmt.toml", ".rustfmt.toml", "clippy.toml", ".clippy.toml", "deny.toml",
			"mise.toml", ".mise.toml", ".tool-versions",
		}, base) || slices.Contains([]string{".rs", ".c", ".h", ".cc", ".cpp", ".hpp"}, path.Ext(base))
	})
}
