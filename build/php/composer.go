package php

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
)

// installAll installs the packages, and runs the app's own scripts.
func (a *app) installAll(ctx context.Context) error {
	if err := a.install(ctx); err != nil {
		return err
	}
	if _, ok := a.manifest.Scripts["compile"]; !ok || a.vendored {
		return nil
	}
	return a.composer(ctx, "run-script", "--no-dev", "compile") // Heroku's name for what is to run after an installation
}

// install has Composer install what the lock says, or, where there is none, the newest that composer.json allows.
func (a *app) install(ctx context.Context, more ...string) error {
	switch {
	case !a.manifest.found:
		return nil
	case a.vendored:
		a.Log.Line("packages: those in vendor, as they are")
		return nil
	case !a.lock.found && a.manifest.requiresPackages() && !a.renewsLock():
		a.Log.Warn("there is no composer.lock: the newest versions that composer.json allows are installed, other ones another day")
	}
	if err := a.forget(); err != nil {
		return err
	}
	command := "install"
	if a.renewsLock() {
		command = "update"
	}
	args := append([]string{command}, language.SplitList(cmp.Or(a.Setting("BP_COMPOSER_INSTALL_OPTIONS"), "--no-dev --optimize-autoloader"))...)
	if err := a.composer(ctx, append(args, more...)...); err != nil {
		return err
	}
	if err := a.readNewLock(); err != nil {
		return err
	}
	return a.countPackages()
}

// renewsLock tells whether Composer is to decide the versions of the lock anew.
func (a *app) renewsLock() bool { return a.Setting("BP_LOCK") == language.Update }

// readNewLock reads the lock that Composer left: where it made or renewed it, its packages may want other extensions.
func (a *app) readNewLock() error {
	var err error
	if a.lock, err = readLock(a.Files); err != nil {
		return err
	}
	return a.checkExtensions()
}

func (a *app) countPackages() error {
	all, err := a.installed()
	if err != nil {
		return err
	}
	size, err := language.TreeSize(filepath.Join(a.Dir, "vendor"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	a.Log.Line("packages: %d, %s", len(all), text.Bytes(size))
	return err
}

// composer runs Composer, whose downloads the next build has again.
func (a *app) composer(ctx context.Context, args ...string) error {
	env, err := a.env()
	if err != nil {
		return err
	}
	a.Log.Line("composer %s", strings.Join(args, " "))
	out := brief(a.Log)
	args = append([]string{"composer"}, append(args, "--no-interaction", "--no-ansi")...)
	if args[1] != "run-script" {
		args = append(args, "--no-progress")
	}
	err = a.Run(ctx, language.Command{Args: args, What: "composer " + args[1], Dir: a.Dir, Env: env, Stdout: out, Stderr: out})
	out.End()
	if err != nil {
		return fmt.Errorf("cannot install the app's packages: %w", explain(err))
	}
	return nil
}

// env is the environment of Composer and of the app's scripts.
func (a *app) env() (map[string]string, error) {
	cache, err := a.Cache(layerComposer)
	if err != nil {
		return nil, err
	}
	home := filepath.Join(a.Temp, "composer")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make Composer's home: %w", err)
	}
	env := map[string]string{
		"COMPOSER_HOME": home, "COMPOSER_CACHE_DIR": cache.Path,
		// Git's state is no input: without these the version of the app itself, and the time, get into files of vendor.
		"COMPOSER_ROOT_VERSION": "1.0.0+no-version-set", "SOURCE_DATE_EPOCH": "315532801",
		"COLUMNS":                    "500", // so that Composer writes an error in one line
		"COMPOSER_MIRROR_PATH_REPOS": "1",   // a link into another folder of the project would lead nowhere in the image
	}
	for name, value := range language.With(env, a.framework.env) {
		if a.Env[name] == "" {
			env[name] = value
		}
	}
	if err := a.credentials(env); err != nil {
		return nil, err
	}
	dir, err := a.loadExtensions()
	if err != nil {
		return nil, err
	}
	if dir != "" {
		env["PHP_INI_SCAN_DIR"] = ":" + dir
	}
	return language.With(a.Env, env), nil
}

// credentials gives Composer the file auth.json of a binding of type composer, where nobody has set COMPOSER_AUTH.
func (a *app) credentials(env map[string]string) error {
	for _, b := range a.Bindings("composer") {
		file, ok := b.File("auth.json")
		if !ok {
			return &language.Problem{
				What: fmt.Sprintf("cannot use binding %s: it is of type composer and has no file auth.json", b.Name),
				Next: "Add the file to the binding, or give it the type that it is of.",
			}
		}
		text, err := language.ReadFile(file)
		if err != nil {
			return fmt.Errorf("cannot read binding %s: %w", b.Name, err)
		}
		if a.Env["COMPOSER_AUTH"] == "" {
			env["COMPOSER_AUTH"] = string(text)
		}
	}
	return nil
}

// loading finds in the configuration of a module how it is loaded, and its place among the others.
var (
	loading  = regexp.MustCompile(`(?m)^\s*((?:zend_)?extension)\s*=\s*"?([\w.-]+)"?\s*$`)
	priority = regexp.MustCompile(`(?m)^;\s*priority\s*=\s*([0-9]+)\s*$`)
)

// loadExtensions writes the configuration that loads the extensions which were unpacked for the build, and returns its folder;
// an empty name where there are none.
func (a *app) loadExtensions() (string, error) {
	build, err := a.Layer(language.LayerBuildPackages)
	if err != nil {
		return "", err
	}
	files := os.DirFS(build.Path)
	modules, err := fs.Glob(files, "usr/lib/php/*/*.so")
	if err != nil || len(modules) == 0 {
		return "", err
	}
	dir := filepath.Join(a.Temp, "php.d")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("cannot write the configuration of extensions: %w", err)
	}
	for _, pattern := range []string{"usr/share/php" + a.series() + "-*/*/*.ini", "etc/php/" + a.series() + "/mods-available/*.ini"} {
		inis, err := fs.Glob(files, pattern)
		if err != nil {
			return "", err
		}
		for _, ini := range inis {
			name, line := loads(ini, content(files, ini), modules, build.Path)
			if line == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(line), 0o644); err != nil {
				return "", fmt.Errorf("cannot write the configuration of extensions: %w", err)
			}
		}
	}
	return dir, nil
}

// loads is the file, and the line in it, that loads the module of a package's own configuration from below a folder; empty where
// its module is not there, or is one of those that the build image's PHP has always loaded: php8.4-common comes with others for a link.
// PHP reads files by their names, and a module may need another one.
func loads(ini, text string, modules []string, below string) (name, line string) {
	m := loading.FindStringSubmatch(text)
	if m == nil || slices.Contains(compiledIn, strings.ToLower(strings.TrimSuffix(m[2], ".so"))) {
		return "", ""
	}
	i := slices.IndexFunc(modules, func(so string) bool { return path.Base(so) == strings.TrimSuffix(m[2], ".so")+".so" })
	if i < 0 {
		return "", ""
	}
	first := "20"
	if p := priority.FindStringSubmatch(text); p != nil {
		first = p[1]
	}
	return first + "-" + path.Base(ini), fmt.Sprintf("%s = %s\n", m[1], filepath.Join(below, modules[i]))
}

// outOfDate are the lines by which Composer tells that a lock does not satisfy its manifest.
var outOfDate = regexp.MustCompile(`(?m)^\s*-\s+((?:Required package|Required \(in require-dev\) package) .*(?:is not present in the lock file|does not satisfy your constraint).*)$`)

// explain makes a problem of what Composer alone says.
func explain(err error) error {
	var program *language.ProgramError
	if !errors.As(err, &program) {
		return err
	}
	lines := outOfDate.FindAllStringSubmatch(program.Output, 12)
	if len(lines) == 0 {
		return err
	}
	p := &language.Problem{
		What: "composer.lock does not fit composer.json", Err: err,
		Next: "Run `composer update --lock`, or `composer update` for the packages above, and commit composer.lock; or set BP_LOCK=update to have this build decide the versions anew.",
	}
	for _, l := range lines {
		p.Evidence = append(p.Evidence, strings.TrimSpace(l[1]))
	}
	return p
}

// each are lines of which Composer writes one a package, or which tell nothing.
var each = regexp.MustCompile(`^\s+- (?:Downloading|Installing|Extracting|Upgrading|Removing|Locking|Syncing|Mirroring) |^\s*\d+ packages? you are using are looking for funding|^Use the .composer fund. command|^\s*$`)

// brief passes lines on to the log, but for those.
func brief(log *language.Log) *language.LineWriter {
	to := log.Output()
	return language.NewLineWriter(func(line string) {
		if !each.MatchString(strings.TrimRight(line, "\r")) {
			_, _ = io.WriteString(to, line+"\n") // a build must not fail because nobody reads its log
		}
	})
}
