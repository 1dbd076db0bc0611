package java

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
)

// wish is what one file or setting says about the version of Java. A pin (BP_JVM_VERSION, a toolchain) means this version and no newer
// one; what else names a version is a release level, which every newer JDK compiles for and runs.
type wish struct {
	language.Wish
	Major int
}

// oldest is the oldest level that the JDKs here compile for; what is compiled for older ones still runs.
const oldest = 8

var versionText = regexp.MustCompile(`^(?:1\.)?(\d{1,3})(?:[.+_-].*|\.[*x])?$`)

// major reads a version of Java: "17", "1.8", "21.0.2", "17.*".
func major(text string) (int, bool) {
	m := versionText.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n, err == nil && n > 0
}

// wishes are what the settings and the app's files say, the strongest first.
func wishes(files fs.FS, env map[string]string) ([]wish, error) {
	var all []wish
	add := func(spec, from string, pin bool) error {
		if spec = strings.TrimSpace(spec); spec == "" {
			return nil
		}
		n, ok := major(spec)
		if !ok {
			return &language.Problem{
				What: fmt.Sprintf("%s asks for %q, which is no version of Java", from, language.Clip(spec)),
				Next: "Write the number of a release, such as 21.",
			}
		}
		all = append(all, wish{language.Wish{Spec: spec, From: from, Pin: pin}, n})
		return nil
	}
	said, name := language.Said(env, "BP_JVM_VERSION", language.GoogleVersion)
	if err := add(said, name, true); err != nil {
		return nil, err
	}
	inFiles, err := fileWishes(files)
	if err != nil {
		return nil, err
	}
	for _, w := range inFiles {
		if err := add(bare(w.Spec), w.From, false); err != nil {
			return nil, err
		}
	}
	inBuild := pomWishes
	if findTool(files, env) == toolGradle {
		inBuild = gradleWishes
	}
	for _, w := range inBuild(files) {
		if err := add(w.Spec, w.From, w.Pin); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// fileWishes are those of files that name a version of Java and nothing else of the build.
func fileWishes(files fs.FS) ([]language.Wish, error) {
	var all []language.Wish
	for _, f := range []struct{ name, key string }{{"system.properties", "java.runtime.version"}, {".sdkmanrc", "java"}} {
		text, _, err := language.ReadText(files, f.name)
		if err != nil {
			return nil, err
		}
		if spec, line := property(text, f.key); spec != "" {
			all = append(all, language.Wish{Spec: spec, From: fmt.Sprintf("%s line %d", f.name, line)})
		}
	}
	own, err := language.VersionFile(files, ".java-version")
	if err != nil {
		return nil, err
	}
	tools, err := language.ToolVersions(files, "java")
	if err != nil {
		return nil, err
	}
	tools = slices.DeleteFunc(tools, func(w language.Wish) bool { return slices.Contains([]string{"latest", "lts"}, bare(w.Spec)) })
	return slices.Concat(all, own, tools), nil
}

// property reads NAME=value or NAME: value of a file of properties, and its line.
func property(text, name string) (string, int) {
	for n, line := range language.Lines(text) {
		if i := strings.IndexAny(line, "=:"); i >= 0 && strings.TrimSpace(line[:i]) == name {
			return strings.TrimSpace(line[i+1:]), n
		}
	}
	return "", 0
}

// vendor is a distribution of Java in front of a version: "temurin-21.0.2", "zulu-8.86", "openjdk64-17.0.2", which jenv writes.
var vendor = regexp.MustCompile(`^(?:[a-z][a-z0-9_]*-)+`)

// bare is a version without the name of a distribution: "21.0.2" of "temurin-21.0.2" and of "21.0.2-tem".
func bare(spec string) string {
	return vendor.ReplaceAllString(strings.Trim(strings.TrimSpace(spec), `"'`), "")
}

// choose returns the kit to build with: the only one of a pin, else the lowest that has the level.
func choose(kits []jdk, all []wish, others []language.Other) (jdk, wish, error) {
	if len(kits) == 0 {
		return jdk{}, wish{}, &language.Problem{
			What: "the build image has no JDK", Next: "Build with whittle's own builder, or name a package such as default-jdk-headless in project.toml, [dev.whittle.build] packages.",
		}
	}
	level := decides(all)
	i := slices.IndexFunc(kits, func(k jdk) bool { return level.allows(k.Major) })
	switch {
	case i < 0:
		return jdk{}, level, notToBeHad(kits, level, others)
	case !level.Pin && level.Major > 0 && level.Major < oldest:
		return jdk{}, level, &language.Problem{
			What:     fmt.Sprintf("JDK %d compiles for Java %d and newer, and %s asks for %s", kits[i].Major, oldest, level.From, level.Spec),
			Evidence: []string{"available: " + levels(kits)},
			Next:     "Ask for Java 8 or newer.",
		}
	}
	return kits[i], level, nil
}

// decides is the wish that says which kit it is: the strongest pin, else the highest level, of which the strongest wish. Levels are what is
// needed at least, and where files disagree, a kit for the highest has them all.
func decides(all []wish) wish {
	level := wish{Wish: language.Wish{From: "default"}}
	for _, w := range all {
		if w.Pin {
			return w
		}
		if w.Major > level.Major {
			level = w
		}
	}
	return level
}

// notToBeHad is the problem of a version that no kit here has.
func notToBeHad(kits []jdk, w wish, others []language.Other) error {
	evidence, steps := language.TellOthers("JDK", others, w.allowsVersion)
	next := language.Or("Ask for one of these", steps...) + "."
	if w.Pin && w.Major < kits[len(kits)-1].Major {
		next = fmt.Sprintf("Leave the pin out: JDK %d compiles for Java %d and newer, and runs what is compiled for any older one", kits[0].Major, oldest)
		if len(steps) > 0 {
			next += "; or " + language.Or(steps[0], steps[1:]...)
		}
		next += "."
	}
	p := language.NotHere("Java", w.Wish, append([]string{"available: " + levels(kits)}, evidence...)...)
	p.Next = next
	return p
}

// allows tells whether a JDK, by its number, is one that the wish allows.
func (w wish) allows(n int) bool { return n == w.Major || !w.Pin && n > w.Major }

func (w wish) allowsVersion(version string) bool {
	n, ok := major(version)
	return ok && w.allows(n)
}

// levels lists kits and what they compile for.
func levels(kits []jdk) string {
	var all []string
	for _, k := range kits {
		all = append(all, fmt.Sprintf("JDK %d (release levels %d to %d)", k.Major, oldest, k.Major))
	}
	return language.List(all)
}

// buildPackages are the Debian packages of the build: a newer JDK than the build image's own, where the app asks for one and the
// release has one.
func buildPackages(files fs.FS, env map[string]string, b builders.Builder) []language.BuildPackage {
	all, err := wishes(files, env)
	if err != nil {
		return nil // it is read again, and told then
	}
	w := decides(all)
	if i := slices.IndexFunc(b.Versions["java"], w.allowsVersion); i > 0 { // the first is the image's own
		return []language.BuildPackage{{Name: "openjdk-" + b.Versions["java"][i] + "-jdk-headless", By: w.String()}}
	}
	return nil
}
