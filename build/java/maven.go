package java

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/paths"
)

// layerMaven holds Maven's local repository and the distributions of wrappers, for the next build.
const layerMaven = "maven"

// mavenArguments are what Maven is told unless BP_MAVEN_BUILD_ARGUMENTS says otherwise; quiet is one that Maven refuses before
// quietSince, as wrappers of Spring's first years bring it.
const (
	mavenArguments = "-Dmaven.test.skip=true " + quiet + " package"
	quiet          = "--no-transfer-progress"
	quietSince     = "3.6.1"
)

var mavenVersion = regexp.MustCompile(`^apache-maven-(\d+(?:\.\d+)*)`)

// epoch is the time of all entries of the archives that Maven makes, so that equal source gives equal bytes: the first month
// that a zip archive can have, in an hour that every zone's clocks have.
const epoch = "1980-02-01T00:00:00Z"

// maven is one run of Maven.
type maven struct {
	*app
	layer   language.Layer
	program string
	name    string   // of the wrapper's distribution: "apache-maven-3.9.9"
	args    []string // before the goals
	what    string   // of the goals, for the log
}

// buildMaven runs Maven on the app.
func (a *app) buildMaven(ctx context.Context) error {
	m := maven{app: a}
	more, err := words(a.Env, "BP_MAVEN_ADDITIONAL_BUILD_ARGUMENTS", "")
	if err != nil {
		return err
	}
	if m.layer, err = a.Cache(layerMaven); err != nil {
		return err
	}
	if err := m.find(ctx); err != nil {
		return err
	}
	goals, err := m.goals()
	if err != nil {
		return err
	}
	if err := m.arguments(); err != nil {
		return err
	}
	a.maven = &m
	key, err := m.resolvedKey()
	if err != nil {
		return err
	}
	m.what = "mvn " + strings.Join(append(more, goals...), " ")
	return m.resolve(ctx, slices.Concat(m.args, more, goals), key)
}

// resolve runs Maven, and without the network where nothing that it resolves has changed since it ran last. An empty key says
// that it may resolve something else each time.
func (m maven) resolve(ctx context.Context, args []string, key string) error {
	mark := filepath.Join(m.layer.Path, "resolved")
	old, err := language.ReadFile(mark)
	if err == nil && key != "" && string(old) == key {
		m.Log.Line("nothing that Maven resolves has changed: it runs offline")
		err := m.run(ctx, append([]string{"--offline"}, args...))
		if err == nil {
			return nil
		}
		if !offlineFault(err) {
			return explainMaven(err)
		}
		m.Log.Line("something is missing in the cache: once more with the network")
	}
	if err := m.run(ctx, args); err != nil {
		return explainMaven(err)
	}
	if err := os.WriteFile(mark, []byte(key), 0o644); err != nil {
		return fmt.Errorf("cannot keep what Maven resolved: %w", err)
	}
	return nil
}

// run runs Maven. What it writes is of interest where it fails.
func (m maven) run(ctx context.Context, args []string) error {
	return m.Run(ctx, language.Command{Args: append([]string{m.program}, args...), What: m.what, Dir: m.Dir, Env: m.env})
}

// find decides which Maven runs: the wrapper's, where its distribution can be fetched, or the build image's.
func (m *maven) find(ctx context.Context) error {
	m.program = "mvn"
	w, ok, err := readWrapper(m.Files, mavenWrapper)
	if err != nil || !ok {
		m.Log.Line("Maven: the build image's")
		return err
	}
	d, err := w.fetch(ctx, m.Client, filepath.Join(m.layer.Path, "wrapper"), m.Temp)
	if problem := (*language.Problem)(nil); errors.As(err, &problem) {
		return problem
	}
	if err != nil {
		m.Log.Warn("Maven: the distribution that %s names cannot be fetched (%s); the build image's Maven is used", w.File, language.Clip(err.Error()))
		return nil
	}
	m.program, m.name = filepath.Join(d.Home, "bin", "mvn"), d.Name
	m.Log.Line("Maven: %s (%s)", d.Name, w.File)
	return nil
}

// goals are what Maven is told to do.
func (m *maven) goals() ([]string, error) {
	goals, err := words(m.Env, "BP_MAVEN_BUILD_ARGUMENTS", mavenArguments)
	if _, said := m.Env["BP_MAVEN_BUILD_ARGUMENTS"]; said || err != nil {
		return goals, err
	}
	if found := mavenVersion.FindStringSubmatch(m.name); found != nil {
		v, err := semver.NewVersion(found[1])
		if err == nil && v.LessThan(semver.MustParse(quietSince)) {
			goals = slices.DeleteFunc(goals, func(word string) bool { return word == quiet })
		}
	}
	return goals, nil
}

// arguments are those that whittle gives.
func (m *maven) arguments() error {
	m.args = []string{"--batch-mode", "-Dmaven.repo.local=" + filepath.Join(m.layer.Path, "repository"), "-Dproject.build.outputTimestamp=" + epoch}
	if file := m.Setting("BP_MAVEN_POM_FILE"); file != "" {
		m.args = append(m.args, "--file", file)
	}
	if profiles := m.Setting("BP_MAVEN_ACTIVE_PROFILES"); profiles != "" {
		m.args = append(m.args, "-P", profiles)
	}
	if module := m.Setting("BP_MAVEN_BUILT_MODULE"); module != "" {
		if !paths.IsClean(module) || !language.Exists(filepath.Join(m.Dir, module)) {
			return noModule("BP_MAVEN_BUILT_MODULE", module, modules(m.Files))
		}
		if m.Setting("BP_MAVEN_BUILD_ARGUMENTS") == "" {
			m.args = append(m.args, "--projects", module, "--also-make")
		}
	}
	settings, err := m.settings()
	if err == nil && settings != "" {
		m.args = append(m.args, "--settings", settings)
	}
	return err
}

// settings is the settings.xml that Maven reads in the place of the user's: the one that BP_MAVEN_SETTINGS_PATH names, of
// a binding of type maven, or the app's own.
func (m *maven) settings() (string, error) {
	if file := m.Setting("BP_MAVEN_SETTINGS_PATH"); file != "" {
		if !filepath.IsAbs(file) {
			file = filepath.Join(m.Dir, file)
		}
		if !language.Exists(file) {
			return "", &language.Problem{What: "BP_MAVEN_SETTINGS_PATH=" + language.Clip(m.Setting("BP_MAVEN_SETTINGS_PATH")) + " names no file", Next: "Name a file by its path below the app's folder."}
		}
		return file, nil
	}
	for _, b := range m.Bindings("maven") {
		if security, ok := b.File("settings-security.xml"); ok {
			m.args = append(m.args, "-Dsettings.security="+security)
		}
		if file, ok := b.File("settings.xml"); ok {
			m.Log.Line("credentials: settings.xml of binding %s, for this build only", b.Name)
			return file, nil
		}
	}
	if language.IsFile(m.Files, "settings.xml") {
		m.Log.Line("settings: the app's settings.xml")
		return filepath.Join(m.Dir, "settings.xml"), nil
	}
	return "", nil
}

// snapshot is a version that Maven asks for anew each day.
var snapshot = regexp.MustCompile(`-SNAPSHOT</version>|<version>\s*[\[(]`)

// resolvedKey identifies what Maven resolves: the files of the project that name dependencies and plugins. It is empty where
// a version among them is no fixed one.
func (m *maven) resolvedKey() (string, error) {
	k := language.NewKey()
	k.Add(m.program, m.args)
	floating := false
	own := m.ownVersions()
	err := fs.WalkDir(m.Files, ".", func(name string, e fs.DirEntry, err error) error {
		base := e.Name()
		switch {
		case err != nil:
			return err
		case e.IsDir() && slices.Contains([]string{"target", "src", ".git", "node_modules"}, base):
			return fs.SkipDir
		case !e.Type().IsRegular() || !strings.HasPrefix(base, "pom.") && base != "settings.xml" && !strings.Contains(name, ".mvn/"):
			return nil
		}
		text, err := fs.ReadFile(m.Files, name)
		if err != nil {
			return err
		}
		k.Add(name, string(text))
		for _, v := range snapshot.FindAllIndex(text, -1) {
			floating = floating || !own[lastVersion(text[:v[1]])]
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("cannot read the app: %w", err)
	}
	if floating {
		return "", nil
	}
	return k.String(), nil
}

// ownVersions are the versions of the project's own modules, which no repository has.
func (m *maven) ownVersions() map[string]bool {
	own := map[string]bool{}
	for _, dir := range modules(m.Files) {
		if p, err := readPom(m.Files, filepath.Join(dir, "pom.xml")); err == nil {
			own[strings.TrimSpace(p.Version)] = true
		}
	}
	return own
}

// lastVersion is the version at the end of a text that ends in "</version>".
func lastVersion(text []byte) string {
	text = bytes.TrimSuffix(text, []byte("</version>"))
	return string(bytes.TrimSpace(text[bytes.LastIndexByte(text, '>')+1:]))
}

// words are the words of a setting, with quotes as in a shell.
func words(env map[string]string, setting, standard string) ([]string, error) {
	text := standard
	if v, ok := env[setting]; ok {
		text = v
	}
	if all, ok := command.Words(text); ok {
		return all, nil
	}
	return nil, &language.Problem{
		What: "cannot read " + setting, Evidence: []string{setting + "=" + language.Clip(text)},
		Next: `Write arguments with blanks between them, and quotes around those with blanks: -Pprod "-Dname=a value".`,
	}
}

func noModule(setting, module string, known []string) error {
	return &language.Problem{
		What:     fmt.Sprintf("%s=%s names no module of the project", setting, language.Clip(module)),
		Evidence: []string{"modules: " + language.List(language.Most(known))},
		Next:     "Name the folder of a module, by its path below the app's.",
	}
}
