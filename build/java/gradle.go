package java

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/paths"
)

// layerGradle holds Gradle's home, with what it fetched and compiled, for the next build.
const layerGradle = "gradle"

// gradleArguments are what Gradle is told unless BP_GRADLE_BUILD_ARGUMENTS says otherwise.
const gradleArguments = "--no-daemon -Dorg.gradle.welcome=never assemble"

// buildGradle runs Gradle on the app: the distribution that its wrapper names.
func (a *app) buildGradle(ctx context.Context) error {
	args, err := words(a.Env, "BP_GRADLE_BUILD_ARGUMENTS", gradleArguments)
	if err != nil {
		return err
	}
	more, err := words(a.Env, "BP_GRADLE_ADDITIONAL_BUILD_ARGUMENTS", "")
	if err != nil {
		return err
	}
	if module := a.Setting("BP_GRADLE_BUILT_MODULE"); module != "" && (!paths.IsClean(module) || !language.Exists(filepath.Join(a.Dir, module))) {
		return noModule("BP_GRADLE_BUILT_MODULE", module, nil)
	}
	return a.runGradle(ctx, append(more, args...))
}

// runGradle runs the distribution of the app's wrapper. What it writes is of interest where it fails.
func (a *app) runGradle(ctx context.Context, args []string) error {
	layer, err := a.Cache(layerGradle)
	if err != nil {
		return err
	}
	if a.gradle == "" {
		if a.gradle, err = a.findGradle(ctx, layer); err != nil {
			return err
		}
	}
	bound, err := a.gradleProperties()
	if err != nil {
		return err
	}
	what := "gradle " + strings.Join(args, " ")
	all := []string{a.gradle, "--console=plain"}
	if script := a.Setting("BP_GRADLE_INIT_SCRIPT_PATH"); script != "" {
		all = append(all, "--init-script", script)
	}
	env := language.With(language.With(a.env, bound), map[string]string{"GRADLE_USER_HOME": filepath.Join(layer.Path, "home")})
	if err := a.Run(ctx, language.Command{Args: append(all, args...), What: what, Dir: a.Dir, Env: env}); err != nil {
		return explainGradle(err)
	}
	return nil
}

// gradleProperties are the properties of bindings of type gradle, as the environment hands them to Gradle: neither its home,
// which is a layer, nor a command line, which an error shows, may have them.
func (a *app) gradleProperties() (map[string]string, error) {
	env := map[string]string{}
	for _, b := range a.Bindings("gradle") {
		file, ok := b.File("gradle.properties")
		if !ok {
			continue
		}
		text, err := language.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("cannot read binding %s: %w", b.Name, err)
		}
		for name, value := range readProperties(string(text)) {
			env["ORG_GRADLE_PROJECT_"+name] = value
		}
		a.Log.Line("credentials: gradle.properties of binding %s, for this build only", b.Name)
	}
	return env, nil
}

// findGradle fetches the distribution of the wrapper. Without a wrapper there is no Gradle: Debian's is of 2018.
func (a *app) findGradle(ctx context.Context, layer language.Layer) (string, error) {
	w, ok, err := readWrapper(a.Files, gradleWrapper)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", &language.Problem{
			What:     "the app has no Gradle wrapper, and the build image has no Gradle",
			Evidence: []string{"looked for: " + gradleWrapper},
			Next:     "Add the wrapper (gradle wrapper --gradle-version " + newestOf8 + ") and commit gradle/wrapper.",
		}
	}
	if w, err = a.gradleFor(w); err != nil {
		return "", err
	}
	d, err := w.fetch(ctx, a.Client, filepath.Join(layer.Path, "wrapper"), a.Temp)
	if problem := (*language.Problem)(nil); errors.As(err, &problem) {
		return "", problem
	}
	if err != nil {
		return "", &language.Problem{
			What:     "the distribution of Gradle that the app's wrapper names cannot be fetched",
			Evidence: []string{w.File + ": distributionUrl=" + language.Clip(w.URL), language.Clip(err.Error())},
			Next:     "Name one that the build can reach, such as a mirror of your own, in distributionUrl; or build the jar yourself and give that to the build.",
			Err:      err,
		}
	}
	a.Log.Line("Gradle: %s (%s)", d.Name, w.File)
	return filepath.Join(d.Home, "bin", "gradle"), nil
}

var gradleVersion = regexp.MustCompile(`gradle-(\d+(?:\.\d+)*)`)

// runsOn are the first versions of Gradle that run on a version of Java (Gradle's compatibility matrix).
var runsOn = []struct {
	java   int
	gradle string
}{{25, "9.1"}, {24, "8.14"}, {23, "8.10"}, {22, "8.8"}, {21, "8.5"}, {20, "8.3"}, {19, "7.6"}, {18, "7.5"}, {17, "7.3"}}

// newestOf8 is the newest Gradle of line 8. What runs with an older one of a line runs with it: a line removes nothing.
const newestOf8 = "8.14.3"

// gradleFor is the wrapper with a version of Gradle that runs on the build's Java: its own, or the newest of the same line, where
// no checksum is for another. Where neither runs, that is told before anything is fetched.
func (a *app) gradleFor(w wrapper) (wrapper, error) {
	m := gradleVersion.FindStringSubmatch(w.URL)
	if m == nil {
		return w, nil
	}
	v, err := semver.NewVersion(m[1])
	if err != nil {
		return w, nil // a name of somebody's own
	}
	needed := a.neededGradle()
	switch {
	case needed == "" || !v.LessThan(semver.MustParse(needed)):
		return w, nil
	case v.Major() == 8 && w.SHA256 == "" && !semver.MustParse(newestOf8).LessThan(semver.MustParse(needed)):
		a.Log.Warn("Gradle %s, which %s names, does not run on Java %d: %s, of the same line, is used", m[1], w.File, a.jdk.Major, newestOf8)
		w.URL = strings.Replace(w.URL, m[0], "gradle-"+newestOf8, 1)
		return w, nil
	}
	return w, &language.Problem{
		What:     fmt.Sprintf("Gradle %s does not run on Java %d, which the build has", m[1], a.jdk.Major),
		Evidence: []string{w.File + ": distributionUrl=" + language.Clip(w.URL)},
		Next:     fmt.Sprintf("Let the app's wrapper have a newer one: ./gradlew wrapper --gradle-version %s (Java %d needs %s at least).", newestOf8, a.jdk.Major, needed),
	}
}

// neededGradle is the first version of Gradle that runs on the build's Java; empty where every one does.
func (a *app) neededGradle() string {
	for _, r := range runsOn {
		if a.jdk.Major >= r.java {
			return r.gradle
		}
	}
	return ""
}

// application is how a build file names the plugin that makes a program of a project.
var application = regexp.MustCompile(`(?m)^[^/\n]*(?:\bid\s*\(?\s*['"]application['"]|\bplugin:\s*['"]application['"]|^\s*application\s*$)`)

// isApplication tells whether a module has that plugin.
func (a *app) isApplication(module string) bool {
	for _, name := range []string{"build.gradle", "build.gradle.kts"} {
		if text, ok, err := language.ReadText(a.Files, path.Join(module, name)); ok && err == nil && application.MatchString(text) {
			return true
		}
	}
	return false
}
