package java

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// serveDistribution replaces DISTRIBUTION in files by the address of a distribution of Gradle.
func serveDistribution(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	body := zipOf(t, map[string]string{"gradle-8.14.3/bin/gradle": "#!/bin/sh\n", "gradle-8.14.3/lib/x.jar": "x"})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/gradle-8.14.3-bin.zip") {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(body)) // a client that has gone is the test's fault
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256([]byte(body))
	all := maps.Clone(files)
	for name, text := range all {
		text = strings.ReplaceAll(text, "DISTRIBUTION", strings.Replace(server.URL, ":", `\:`, 1)+"/gradle-8.14.3-bin.zip")
		text = strings.ReplaceAll(text, "SUM", hex.EncodeToString(sum[:]))
		all[name] = strings.ReplaceAll(text, "SERVER", server.URL)
	}
	return all
}

func TestWrappersOfGradle(t *testing.T) {
	for _, row := range []struct{ name, properties, err string }{
		{"as it is", "distributionUrl=DISTRIBUTION\n", ""},
		{"with its checksum", "distributionUrl=DISTRIBUTION\ndistributionSha256Sum=SUM\n", ""},
		{"with another checksum", "distributionUrl=DISTRIBUTION\ndistributionSha256Sum=0000\n", "is not the one that it gives the checksum of"},
		{"that nobody has", "distributionUrl=SERVER/gradle-8.14.3.tar\n", "cannot be fetched"},
		{"no address", "distributionUrl=file:///etc/passwd\n", "cannot be fetched"},
		{"too old for Java", "distributionUrl=SERVER/gradle-7.5-bin.zip\n", "Gradle 7.5 does not run on Java 21"},
		{"an older one of the same line", "distributionUrl=SERVER/gradle-8.2.1-bin.zip\n", ""},
		{"an older one of the same line, with its checksum", "distributionUrl=SERVER/gradle-8.2.1-bin.zip\ndistributionSha256Sum=SUM\n", "Gradle 8.2.1 does not run on Java 21"},
		{"none", "", "the app has no Gradle wrapper"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newTools(t, serveDistribution(t, map[string]string{"build.gradle": "", gradleWrapper: row.properties}))
			r.made = map[string]string{"build/libs/app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: a.B")})}
			_, err := compile(t.Context(), r.site)
			languagetest.Has(t, err, row.err)
		})
	}
}

// TestMavenWrapperFallsBack: where the wrapper's Maven is not to be had, the build image's does.
func TestMavenWrapper(t *testing.T) {
	for _, row := range []struct{ name, properties, err string }{
		{"fetched", "distributionUrl=DISTRIBUTION\nwrapperUrl=SERVER/x.jar\n", ""},
		{"not to be had", "distributionUrl=SERVER/apache-maven-3.6.3.tar\n", ""},
		{"another one", "distributionUrl=DISTRIBUTION\ndistributionSha256Sum=1\n", "checksum"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newTools(t, serveDistribution(t, map[string]string{"pom.xml": simplePom, mavenWrapper: row.properties, "mvnw": "#!/bin/sh\n"}))
			r.made = map[string]string{"target/app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: a.B")})}
			_, err := compile(t.Context(), r.site)
			languagetest.Has(t, err, row.err)
		})
	}
}

func TestUnpackedDistributionStaysInItsFolder(t *testing.T) {
	r := newTools(t, serveDistribution(t, map[string]string{"build.gradle": ""}))
	file := r.site.Temp + "/d.zip"
	languagetest.Write(t, r.site.Temp, map[string]string{"d.zip": zipOf(t, map[string]string{"gradle/../../evil": "x"})})
	if err := unzipDistribution(file, r.site.Temp+"/into"); err == nil {
		t.Error("it is unpacked outside")
	}
}

// TestOlderMavenIsNotToldWhatItRefuses: --no-transfer-progress ended builds with the wrappers of some years ago.
func TestOlderMavenIsNotToldWhatItRefuses(t *testing.T) {
	for _, row := range []struct{ name, setting, want string }{
		{"apache-maven-3.3.9", "", "-Dmaven.test.skip=true package"},
		{"apache-maven-3.6.0", "", "-Dmaven.test.skip=true package"},
		{"apache-maven-3.6.1", "", "-Dmaven.test.skip=true --no-transfer-progress package"},
		{"apache-maven-4.0.0-rc-3", "", "-Dmaven.test.skip=true --no-transfer-progress package"},
		{"", "", "-Dmaven.test.skip=true --no-transfer-progress package"},
		{"apache-maven-3.3.9", "--no-transfer-progress verify", "--no-transfer-progress verify"},
	} {
		a := &app{Site: language.Site{Env: map[string]string{}}}
		if row.setting != "" {
			a.Env["BP_MAVEN_BUILD_ARGUMENTS"] = row.setting
		}
		goals, err := (&maven{app: a, name: row.name}).goals()
		if got := strings.Join(goals, " "); err != nil || got != row.want {
			t.Errorf("%s, %q: %q, %v", row.name, row.setting, got, err)
		}
	}
}
