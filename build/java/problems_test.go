package java

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// port is the address of the server of a test.
var port = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// TestBrokenProjectsAreTold builds projects that are broken.
func TestBrokenProjectsAreTold(t *testing.T) {
	runs := zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: a.B")})
	pom := func(inside string) map[string]string {
		return map[string]string{"pom.xml": "<project><artifactId>app</artifactId>" + inside + "</project>"}
	}
	properties := func(p string) map[string]string { return pom("<properties>" + p + "</properties>") }
	gradle := func(properties string) map[string]string {
		return map[string]string{"build.gradle": "", gradleWrapper: properties}
	}
	var told languagetest.Problems
	for _, row := range []struct {
		name        string
		files, made map[string]string
		env, fail   map[string]string
	}{
		{name: "a level that is too new", files: properties("<java.version>26</java.version>")},
		{name: "a level that is too old", files: properties("<maven.compiler.source>1.6</maven.compiler.source>")},
		{name: "a level that is none", files: properties("<maven.compiler.release>seventeen</maven.compiler.release>")},
		{name: "a pin of an older JDK", files: pom(""), env: map[string]string{"BP_JVM_VERSION": "11"}},
		{name: "a toolchain", files: map[string]string{"build.gradle.kts": "java { toolchain { languageVersion = JavaLanguageVersion.of(17) } }"}},
		{name: "no wrapper of Gradle", files: map[string]string{"build.gradle": ""}},
		{name: "a Gradle that is too old", files: gradle("distributionUrl=SERVER/gradle-7.5-bin.zip\n")},
		{name: "a Gradle that nobody has", files: gradle("distributionUrl=SERVER/gradle-8.14.tar\n")},
		{name: "several jars", files: pom(""), made: map[string]string{"target/a.jar": runs, "target/b.jar": runs}},
		{name: "several jars without Maven", files: map[string]string{"a.jar": runs, "b.jar": runs}},
		{name: "no jar", files: pom("<packaging>pom</packaging>")},
		{name: "no main class", files: pom(""), made: map[string]string{"target/app.jar": zipOf(t, nil)}},
		{name: "several main classes", files: map[string]string{"A.java": ""}, made: map[string]string{"A.class": classOf("A", "main"), "B.class": classOf("B", "main")}},
		{name: "many main classes", files: map[string]string{"A.java": ""}, made: manyMains()},
		{name: "an unpacked archive without a main class", files: map[string]string{manifestFile: manifestOf("Created-By: me")}},
		{name: "a module that is none", files: pom("<modules><module>web</module></modules>"), env: map[string]string{"BP_MAVEN_BUILT_MODULE": "wbe"}},
		{name: "an artifact that is none", files: pom(""), made: map[string]string{"target/app.jar": runs}, env: map[string]string{"BP_MAVEN_BUILT_ARTIFACT": "target/shop-*.jar"}},
		{name: "settings that are none", files: pom(""), env: map[string]string{"BP_MAVEN_SETTINGS_PATH": "maven/settings.xml"}},
		{name: "arguments with an open quote", files: pom(""), env: map[string]string{"BP_MAVEN_BUILD_ARGUMENTS": `package "-Da`}},
		{name: "a module of the JDK that is none", files: pom(""), made: map[string]string{"target/app.jar": runs}, env: map[string]string{"BP_JVM_MODULES": "java.sequel"}},
		{name: "code that does not compile", files: pom(""), fail: map[string]string{"mvn": "[INFO] Building\n[ERROR] COMPILATION ERROR : \n[INFO] -------\n[ERROR] /workspace/src/main/java/A.java:[3,9] ';' expected\n[INFO] 1 error\n"}},
		{name: "a plugin that nobody has", files: pom(""), fail: map[string]string{"mvn": "[ERROR] [ERROR] Some problems were encountered while processing the POMs:\n[ERROR] Unresolveable build extension: Could not find artifact org.example:none:jar:1.0 in central (https://repo.example/maven2) @ \n[ERROR] Unknown packaging: none @ line 8, column 16\n @ \n[ERROR] The build could not read 1 project -> [Help 1]\n[ERROR]   \n[ERROR]   The project app (/workspace/pom.xml) has 2 errors\n[ERROR] \n[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.\n[ERROR] Re-run Maven using the -X switch to enable full debug logging.\n[ERROR] \n[ERROR] For more information about the errors and possible solutions, please read the following articles:\n[ERROR] [Help 1] http://cwiki.example/ProjectBuildingException\n"}},
		{name: "an import of versions that nobody has", files: pom(""), fail: map[string]string{"mvn": "[ERROR] Non-resolvable import POM: Could not find artifact org.example:bom:pom:2-SNAPSHOT @ line 9, column 1\n[ERROR] 'dependencies.dependency.version' for org.example:a:jar is missing. @ line 53, column 21\n[ERROR] 'dependencies.dependency.version' for org.example:b:jar is missing. @ line 57, column 21\n"}},
		{name: "a dependency that nobody has", files: pom(""), fail: map[string]string{"mvn": "[ERROR] Failed to execute goal on project app: Could not resolve dependencies: Could not find artifact org.example:none:jar:1.0 in central (https://repo.example/maven2) -> [Help 1]\n"}},
	} {
		r := newTools(t, serveDistribution(t, row.files))
		r.made, r.fail = row.made, row.fail
		for name, value := range row.env {
			r.site.Env[name] = value
		}
		_, err := compile(t.Context(), r.site)
		told.Add(t, row.name, err, func(text string) string {
			return port.ReplaceAllString(strings.ReplaceAll(text, r.site.Dir, ""), "http://server")
		})
	}
	told.Golden(t)
}

// manyMains are more classes with a main method than an error should list.
func manyMains() map[string]string {
	all := map[string]string{}
	for i := range 20 {
		name := fmt.Sprintf("Main%02d", i)
		all[name+".class"] = classOf(name, "main")
	}
	return all
}
