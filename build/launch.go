package build

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/BurntSushi/toml"
)

// NameWorkingDirectories gives the working directories in a buildpack's launch.toml the name that the specification has
// for them, working-dir. packit writes them as working-directory, which no lifecycle reads, and offers no way around:
// so this is called when packit is done. layers is the buildpack's layers directory; without a launch.toml in it there is
// nothing to do.
func NameWorkingDirectories(layers string) error {
	name := filepath.Join(layers, "launch.toml")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read launch.toml: %w", err)
	}
	var launch map[string]any
	if _, err := toml.Decode(string(text), &launch); err != nil {
		return fmt.Errorf("cannot read launch.toml: %w", err)
	}
	processes, _ := launch["processes"].([]map[string]any)
	changed := false
	for _, p := range processes {
		if dir, ok := p["working-directory"]; ok {
			p["working-dir"] = dir
			delete(p, "working-directory")
			changed = true
		}
	}
	if !changed {
		return nil
	}
	var out bytes.Buffer
	if err := toml.NewEncoder(&out).Encode(launch); err != nil {
		return fmt.Errorf("cannot write launch.toml: %w", err)
	}
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("cannot write launch.toml: %w", err)
	}
	return nil
}
