package java

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/compiled"
)

// tool is what builds an app.
type tool string

const (
	toolMaven  tool = "Maven"
	toolGradle tool = "Gradle"
	toolJavac  tool = "javac"
	toolNone   tool = "" // it is built
)

// app is one build of an app.
type app struct {
	language.Site
	root   *os.Root // of the app's folder
	tool   tool
	war    bool // the folder is an unpacked war
	jdk    jdk
	level  int               // the release level that the app asks for; 0 for none
	env    map[string]string // for the programs that the build runs
	maven  *maven            // once it ran
	gradle string            // the program, once it ran
	// wishedFor are the user's processes, with commands in the place of scripts; Site's are those of them that do not start the
	// build tool. rewritten says that one of them is not as it was written.
	wishedFor []language.Process
	rewritten bool
	// before is what the build before knew of the app's dependencies.
	before scan
}

// look reads everything that files tell about an app, and decides which JDK builds it.
func look(s language.Site) (*app, error) {
	a := &app{Site: s}
	var err error
	if a.root, err = os.OpenRoot(s.Dir); err != nil {
		return nil, fmt.Errorf("cannot open the app's folder: %w", err)
	}
	a.tool = findTool(s.Files, s.Env)
	if a.tool == toolNone && a.isOfSources() {
		a.tool = toolJavac
	}
	a.war = a.isUnpackedWar()
	a.readCommands()
	kits, err := findJDKs(s.Env)
	if err != nil {
		return nil, err
	}
	all, err := wishes(s.Files, s.Env)
	if err != nil {
		return nil, err
	}
	k, level, err := choose(kits, all, a.Elsewhere("java"))
	if err != nil {
		return nil, err
	}
	a.jdk, a.level = k, level.Major
	s.Log.Line("JDK: %s (%s)", k.Version, cmp.Or(level.String(), "default"))
	return a, a.prepare()
}

// findTool tells what builds the app: Maven's files go before Gradle's, as in every peer.
func findTool(files fs.FS, env map[string]string) tool {
	has := func(names ...string) bool { return language.FirstFile(files, names...) != "" }
	archives := func(pattern string) bool {
		found, err := fs.Glob(files, pattern)
		return err == nil && len(found) > 0
	}
	switch {
	case has("pom.xml", "pom.yml", "pom.yaml", "pom.groovy", "pom.scala", cmp.Or(env["BP_MAVEN_POM_FILE"], "pom.xml")):
		return toolMaven
	case has("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"):
		return toolGradle
	case has(manifestFile, webXML) || archives("*.jar") || archives("*.war"):
		return toolNone
	}
	return toolJavac
}

// prepare sets up the environment of the build's own Java. It takes the certificates that the build trusts in a key store
// alone.
func (a *app) prepare() error {
	a.env = language.With(a.Env, map[string]string{
		"JAVA_HOME": a.jdk.Home, "PATH": language.Prepend(a.Env, "PATH", filepath.Join(a.jdk.Home, "bin")),
	})
	a.addOption("MAVEN_OPTS", opens(a.level)) // for plugins of that time
	bundle := a.Env["SSL_CERT_FILE"]
	if bundle == "" {
		return nil
	}
	text, err := language.ReadFile(bundle)
	if err != nil {
		return fmt.Errorf("cannot read the certificates that the build trusts: %w", err)
	}
	store := filepath.Join(a.Temp, "cacerts")
	if err := os.WriteFile(store, compiled.JavaKeyStoreOf(text), 0o644); err != nil {
		return fmt.Errorf("cannot write the key store of the build: %w", err)
	}
	for _, name := range []string{"MAVEN_OPTS", "GRADLE_OPTS", "JAVA_OPTS"} {
		a.addOption(name, "-Djavax.net.ssl.trustStore="+store)
	}
	// Gradle's own processes get what the one that starts them has by a property of theirs.
	a.env["GRADLE_OPTS"] += " -Dorg.gradle.jvmargs=-Djavax.net.ssl.trustStore=" + store
	return nil
}

// addOption adds options to a variable of the build's environment.
func (a *app) addOption(name, options string) {
	if all := strings.TrimSpace(a.env[name] + " " + options); all != "" {
		a.env[name] = all
	}
}

// at is the path of a file of the app.
func (a *app) at(name string) string { return filepath.Join(a.Dir, name) }
