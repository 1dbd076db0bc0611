package ruby

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"whittle.dev/whittle/build/language"
)

// development are names in an app's folder of what no program reads: version control, tools' configuration and caches, gems
// that are installed elsewhere, logs.
var development = []string{
	".git", ".github", ".gitignore", ".gitattributes", ".dockerignore", ".rspec", ".rubocop*", ".byebug_history", ".idea", ".vscode", ".bundle",
	"Dockerfile*", "docker-compose*.y*ml", "compose.y*ml", "project.toml", "vendor/cache", "vendor/bundle", "log/*.log", "tmp/pids/*", "tmp/sockets/*", "tmp/cache/assets", "coverage",
}

// clean removes from the app's folder what is no runtime artifact, and tells Bundler in the image where the gems are. Sources
// are what runs; they stay.
func (r *ruby) clean(context.Context) error {
	root, err := os.OpenRoot(r.Dir)
	if err != nil {
		return fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer root.Close()
	for _, pattern := range development {
		found, err := fs.Glob(language.FolderOf(root), pattern)
		if err != nil {
			return fmt.Errorf("cannot look for %s: %w", pattern, err)
		}
		for _, name := range found {
			if path.Base(name) == ".keep" {
				continue
			}
			if err := root.RemoveAll(name); err != nil {
				return fmt.Errorf("cannot remove %s: %w", name, err)
			}
		}
	}
	_ = root.Remove("vendor") // where nothing else was in it
	if r.gemfile == "" {
		return nil
	}
	settings := r.settings()
	settings["BUNDLE_FROZEN"] = "true"
	if err := root.Mkdir(".bundle", 0o755); err != nil {
		return fmt.Errorf("cannot configure Bundler in the image: %w", err)
	}
	return writeSettings(filepath.Join(r.Dir, ".bundle", "config"), settings)
}

// writing is how sources in Ruby write files.
var writing = language.Writing{Endings: []string{".rb"}, Writes: regexp.MustCompile(`\bFile\.(?:write|binwrite|open\([^)]*["'][wa])|\b(?:FileUtils|Dir)\.mk\w*|\bFileUtils\.(?:mv|cp)\b|\bmount_uploader\b|\bsqlite`), Direct: regexp.MustCompile(`\b(?:FileUtils|Dir)\.mk\w*[( ]\s*["']` + language.RelativePath + `/?["']`)}

// writable are the folders that Rails writes to.
func (r *ruby) writable() []string {
	if !r.has("railties") || !language.Exists(filepath.Join(r.Dir, "config", "application.rb")) {
		return nil
	}
	return []string{"log", "storage", "tmp"}
}
