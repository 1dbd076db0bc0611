package rust

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// config is what the build needs of the project's configuration of cargo (.cargo/config.toml in the app's folder and those
// above it, the nearest first).
type config struct {
	Rustflags []string // of [build]; a compiler's flags by target go before them, and cargo reads those itself
	ByTarget  bool     // flags by target are there
	Vendored  []string // folders of vendored crates, below the project's
}

// flags are written as a text or as a list.
type flags []string

func (f *flags) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		*f = strings.Fields(v)
	case []any:
		for _, word := range v {
			text, ok := word.(string)
			if !ok {
				return errors.New("rustflags are texts")
			}
			*f = append(*f, text)
		}
	default:
		return errors.New("rustflags are a text or a list of texts")
	}
	return nil
}

type configFile struct {
	Build  struct{ Rustflags flags }
	Target map[string]struct{ Rustflags flags }
	Source map[string]struct{ Directory string }
}

// readConfig reads the configuration for an app in dir, which is root or below it.
func readConfig(root, dir string) (config, error) {
	var c config
	top, err := os.OpenRoot(root)
	if err != nil {
		return c, fmt.Errorf("cannot open the project: %w", err)
	}
	defer top.Close()
	for at := dir; ; at = filepath.Dir(at) {
		rel, err := filepath.Rel(root, at)
		if err != nil || strings.HasPrefix(rel, "..") {
			return c, err
		}
		for _, name := range []string{".cargo/config.toml", ".cargo/config"} {
			file := path.Join(rel, name)
			text, ok, err := language.ReadText(language.FolderOf(top), file)
			if err != nil {
				return c, err
			}
			if !ok {
				continue
			}
			var read configFile
			if _, err := document.TOML(text, &read); err != nil {
				return c, language.TOMLError(file, err)
			}
			c.add(read, rel)
			break
		}
	}
}

// add adds what a file further up says, in whose folder relative paths begin.
func (c *config) add(f configFile, folder string) {
	if c.Rustflags == nil {
		c.Rustflags = f.Build.Rustflags
	}
	for _, t := range f.Target {
		c.ByTarget = c.ByTarget || len(t.Rustflags) > 0
	}
	for _, s := range f.Source {
		if dir := path.Join(folder, s.Directory); s.Directory != "" && fs.ValidPath(dir) {
			c.Vendored = append(c.Vendored, dir)
		}
	}
	slices.Sort(c.Vendored)
	c.Vendored = slices.Compact(c.Vendored)
}

// rustflags hands flags to the compiler of what runs in the image, beside those that the project and the user say: by the
// variable where the user set one, which would hide all others, else by a table that cargo joins with the project's.
func (c *cargo) rustflags(own []string) (args []string, env map[string]string) {
	if user, ok := c.Env["CARGO_ENCODED_RUSTFLAGS"]; ok && user != "" {
		return nil, map[string]string{"CARGO_ENCODED_RUSTFLAGS": user + "\x1f" + strings.Join(own, "\x1f")}
	}
	if user := strings.Fields(c.Env["RUSTFLAGS"]); len(user) > 0 {
		return nil, map[string]string{"CARGO_ENCODED_RUSTFLAGS": strings.Join(append(user, own...), "\x1f")}
	}
	all := slices.Clone(own)
	if !c.config.ByTarget {
		all = append(all, c.config.Rustflags...)
	}
	var quoted []string
	for _, flag := range all {
		quoted = append(quoted, fmt.Sprintf("%q", flag))
	}
	return []string{"--config", `target."cfg(all())".rustflags=[` + strings.Join(quoted, ",") + "]"}, nil
}
