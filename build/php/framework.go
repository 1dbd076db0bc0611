package php

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
)

// framework is what a framework's apps have in common.
type framework struct {
	name string
	// is tells whether an app is one of it.
	is func(*app) bool
	// writes are folders that its apps write to while they run, and from which nothing is to be kept: an image may be read-only,
	// and so they lead into /tmp.
	writes []string
	// stale are what a run of the app has made of its files and settings, and what goes with an upload from the machine where it ran:
	// patterns. The build makes anew what the app needs of them.
	stale []string
	env   map[string]string // defaults of the build and of processes
	note  string
}

// frameworks are looked for in this order.
var frameworks = []framework{
	{
		name: "Laravel", is: func(a *app) bool { return a.has("laravel/framework") || a.has("laravel/lumen-framework") },
		writes: []string{"storage/framework/cache", "storage/framework/sessions", "storage/framework/testing", "storage/framework/views", "storage/logs"},
		stale:  []string{"bootstrap/cache/config.php", "bootstrap/cache/events.php", "bootstrap/cache/routes-*.php"},
		env:    map[string]string{"LOG_CHANNEL": "stderr"},
		note:   "Laravel: settings and routes are read when the app runs, and not cached now: they may name variables of the platform; what is kept in storage/app needs a volume there",
	},
	{
		name: "Symfony", is: func(a *app) bool { return a.has("symfony/framework-bundle") },
		writes: []string{"var/log", "var/sessions", "var/share", "var/cache/prod/pools"},
		stale:  []string{"var/cache/*"},
		env:    map[string]string{"APP_ENV": "prod", "APP_DEBUG": "0"},
	},
	{
		name: "WordPress", is: (*app).isWordPress,
		note: "WordPress: uploads, themes and plugins that are added while it runs need a volume at wp-content",
	},
	{
		name: "Drupal", is: func(a *app) bool { return a.has("drupal/core") || a.has("drupal/core-recommended") },
		note: "Drupal: files that are added while it runs need a volume at sites/default/files",
	},
	{name: "CakePHP", is: func(a *app) bool { return a.has("cakephp/cakephp") }, writes: []string{"tmp", "logs"}},
	{name: "CodeIgniter", is: func(a *app) bool { return a.has("codeigniter4/framework") }, writes: []string{"writable/cache", "writable/debugbar", "writable/logs", "writable/session"}},
	{name: "Yii", is: func(a *app) bool { return a.has("yiisoft/yii2") }, writes: []string{"runtime", "web/assets"}},
}

func (a *app) findFramework() framework {
	for _, f := range frameworks {
		if f.is(a) {
			a.Log.Line("framework: %s", f.name)
			return f
		}
	}
	return framework{}
}

// isWordPress tells whether the app's folder is WordPress itself.
func (a *app) isWordPress() bool {
	return language.IsFile(a.Files, "wp-load.php") && language.IsFile(a.Files, "wp-includes/version.php")
}

// forget removes what a run of the app on another machine has made: settings of there, and paths.
func (a *app) forget() error {
	root, err := os.OpenRoot(a.Dir)
	if err != nil {
		return fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer root.Close()
	for _, pattern := range a.framework.stale {
		found, err := fs.Glob(language.FolderOf(root), pattern)
		if err != nil {
			return fmt.Errorf("cannot look for %s: %w", pattern, err)
		}
		for _, name := range found {
			if err := root.RemoveAll(name); err != nil {
				return fmt.Errorf("cannot remove %s: %w", name, err)
			}
			a.Log.Line("removed %s, which the app has made where it ran before", name)
		}
	}
	return nil
}

// generate makes what a framework's apps otherwise make when they run first, where their own scripts have not: an image may be
// read-only.
func (a *app) generate(ctx context.Context) error {
	if a.framework.name != "Symfony" || !language.Exists(filepath.Join(a.Dir, "bin/console")) {
		return nil
	}
	if !language.Exists(filepath.Join(a.Dir, "var/cache/prod")) {
		if err := a.php(ctx, "bin/console", "cache:warmup"); err != nil {
			return err
		}
	}
	if a.has("symfony/asset-mapper") && !language.Exists(filepath.Join(a.Dir, "public/assets")) {
		return a.php(ctx, "bin/console", "asset-map:compile")
	}
	return nil
}

// php runs a script of the app.
func (a *app) php(ctx context.Context, args ...string) error {
	env, err := a.env()
	if err != nil {
		return err
	}
	a.Log.Line("php %s", strings.Join(args, " "))
	out := a.Log.Output()
	return a.Run(ctx, language.Command{Args: append([]string{"php"}, args...), Dir: a.Dir, Env: env, Stdout: out, Stderr: out})
}

// temporary is where the folders lie that the app writes to.
const temporary = "/tmp/app"

// written are those folders of the app, at their places in /tmp: a start command makes them.
func (a *app) written() []string {
	var all []string
	for _, dir := range a.framework.writes {
		all = append(all, filepath.Join(temporary, dir))
	}
	return all
}

// redirect has the folders that the framework writes to lead into /tmp.
func (a *app) redirect(context.Context) error {
	root, err := os.OpenRoot(a.Dir)
	if err != nil {
		return fmt.Errorf("cannot open the app's folder: %w", err)
	}
	defer root.Close()
	for _, dir := range a.framework.writes {
		if err := redirect(root, dir); err != nil {
			return fmt.Errorf("cannot lead %s into /tmp: %w", dir, err)
		}
	}
	if len(a.framework.writes) > 0 {
		a.Log.Line("written to while it runs, and so below /tmp: %s", language.List(a.framework.writes))
	}
	if a.framework.note != "" {
		a.notes = append(a.notes, a.framework.note)
	}
	return nil
}

func redirect(root *os.Root, dir string) error {
	if info, err := root.Lstat(dir); err == nil && !info.IsDir() && info.Mode()&fs.ModeSymlink == 0 {
		return errors.New("it is a file")
	}
	if err := root.RemoveAll(dir); err != nil {
		return err
	}
	if err := root.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	return root.Symlink(filepath.Join(temporary, dir), dir)
}
