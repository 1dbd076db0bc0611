package java

import (
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestWhatMavenAndGradleAreTold holds the command lines of both against settings, files of the app and bindings.
func TestWhatMavenAndGradleAreTold(t *testing.T) {
	bound := t.TempDir()
	languagetest.Write(t, bound, map[string]string{"settings.xml": "<settings/>", "settings-security.xml": "<x/>", "gradle.properties": "repoUser=eva\n"})
	gradle := map[string]string{"build.gradle": "", gradleWrapper: "distributionUrl=DISTRIBUTION\n", "ci/init.gradle": ""}
	for _, row := range []struct {
		name    string
		files   map[string]string
		env     map[string]string
		binding string // its type
		has     string // APP stands for the app's folder, BOUND for the binding's
		lacks   string
	}{
		{name: "by default", has: "--batch-mode -Dmaven.repo.local=", lacks: "--settings"},
		{name: "the goals", has: " -Dmaven.test.skip=true --no-transfer-progress package"},
		{name: "further arguments", env: map[string]string{"BP_MAVEN_ADDITIONAL_BUILD_ARGUMENTS": `-Drevision="1 beta" -U`}, has: " -Drevision=1 beta -U -Dmaven.test.skip=true"},
		{name: "other goals", env: map[string]string{"BP_MAVEN_BUILD_ARGUMENTS": "verify -DskipITs"}, has: " verify -DskipITs", lacks: "maven.test.skip"},
		{name: "profiles", env: map[string]string{"BP_MAVEN_ACTIVE_PROFILES": "prod,aws"}, has: " -P prod,aws "},
		{name: "another pom", files: map[string]string{"build/pom-ci.xml": simplePom}, env: map[string]string{"BP_MAVEN_POM_FILE": "build/pom-ci.xml"}, has: " --file build/pom-ci.xml "},
		{name: "the app's settings.xml", files: map[string]string{"settings.xml": "<settings/>"}, has: " --settings APP/settings.xml "},
		{name: "the settings.xml that is named", files: map[string]string{"settings.xml": "<settings/>", "ci/settings.xml": "<settings/>"}, env: map[string]string{"BP_MAVEN_SETTINGS_PATH": "ci/settings.xml"}, has: " --settings APP/ci/settings.xml "},
		{name: "that of a binding, before the app's", files: map[string]string{"settings.xml": "<settings/>"}, binding: "maven", has: " -Dsettings.security=BOUND/settings-security.xml --settings BOUND/settings.xml "},
		{name: "another form of the pom", files: map[string]string{"pom.xml": "", "pom.yml": "modelVersion: 4.0.0\n", ".mvn/extensions.xml": "<extensions/>"}, has: " package"},
		{name: "Gradle", files: gradle, has: " --no-daemon -Dorg.gradle.welcome=never assemble"},
		{name: "Gradle's arguments", files: gradle, env: map[string]string{"BP_GRADLE_BUILD_ARGUMENTS": "bootJar", "BP_GRADLE_ADDITIONAL_BUILD_ARGUMENTS": "-Pprod --info"}, has: " -Pprod --info bootJar", lacks: "assemble"},
		{name: "Gradle's init script", files: gradle, env: map[string]string{"BP_GRADLE_INIT_SCRIPT_PATH": "ci/init.gradle"}, has: "ci/init.gradle"},
		{name: "Gradle's properties of a binding are in no command line", files: gradle, binding: "gradle", has: "assemble", lacks: "eva"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := map[string]string{"pom.xml": simplePom}
			if row.files["build.gradle"] != "" || row.files[gradleWrapper] != "" {
				files = map[string]string{}
			}
			for name, text := range row.files {
				files[name] = text
			}
			if files["pom.yml"] != "" {
				delete(files, "pom.xml")
			}
			r := newTools(t, serveDistribution(t, files))
			jar := zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: a.B")})
			r.made = map[string]string{"target/app.jar": jar}
			if files[gradleWrapper] != "" {
				r.made = map[string]string{"build/libs/app.jar": jar}
			}
			for name, value := range row.env {
				r.site.Env[name] = value
			}
			r.site.Bindings = func(kind string) []language.Binding {
				if kind != row.binding {
					return nil
				}
				return []language.Binding{{Name: "mine", Type: kind, Dir: bound, Files: []string{"settings.xml", "settings-security.xml", "gradle.properties"}}}
			}
			if _, err := compile(t.Context(), r.site); err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(r.ran, func(line string) bool { return strings.HasPrefix(line, "mvn ") || strings.HasPrefix(line, "gradle ") })
			if i < 0 {
				t.Fatalf("it ran %q", r.ran)
			}
			got := strings.NewReplacer(r.site.Dir, "APP", bound, "BOUND").Replace(r.ran[i])
			if !strings.Contains(got, row.has) || row.lacks != "" && strings.Contains(got, row.lacks) {
				t.Errorf("it ran %s\nwant one that has %q and not %q", got, row.has, row.lacks)
			}
		})
	}
}
