package java

import (
	"os"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestSeveralPrograms refuses projects of several programs before the tool runs, and none of which one alone is a program.
func TestSeveralPrograms(t *testing.T) {
	const (
		parent  = "<project><packaging>pom</packaging><modules><module>a</module><module>b</module></modules>"
		boot    = "<plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin>"
		quarkus = "<plugin><artifactId>quarkus-maven-plugin</artifactId><goal>build</goal></plugin>"
		program = "@SpringBootApplication\npublic class App {\n  public static void main(String[] args) {}\n}\n"
	)
	module := func(text string) string { return "<project>" + text + "</project>" }
	sources := map[string]string{"a/src/main/java/com/example/App.java": program, "b/src/main/kotlin/App.kt": "@SpringBootApplication\nclass App\nfun main() {}\n"}
	for name, row := range map[string]struct {
		files    map[string]string
		env      map[string]string
		procfile string
		refused  string
	}{
		"each has the plugin":             {files: language.With(sources, map[string]string{"pom.xml": parent + "</project>", "a/pom.xml": module(boot), "b/pom.xml": module(boot)}), refused: "BP_MAVEN_BUILT_MODULE=a"},
		"the parent has it":               {files: language.With(sources, map[string]string{"pom.xml": parent + boot + "</project>", "a/pom.xml": module(""), "b/pom.xml": module("")}), refused: "BP_MAVEN_BUILT_MODULE=a"},
		"one has it, and the parent too":  {files: language.With(sources, map[string]string{"pom.xml": parent + boot + "</project>", "a/pom.xml": module(boot), "b/pom.xml": module("")})},
		"none has it":                     {files: language.With(sources, map[string]string{"pom.xml": parent + "</project>", "a/pom.xml": module(""), "b/pom.xml": module("")})},
		"one is a library":                {files: map[string]string{"pom.xml": parent + "</project>", "a/pom.xml": module(boot), "b/pom.xml": module(boot), "a/src/main/java/App.java": program, "b/src/main/java/Lib.java": "class Lib {}"}},
		"a module is named":               {files: language.With(sources, map[string]string{"pom.xml": parent + "</project>", "a/pom.xml": module(boot), "b/pom.xml": module(boot)}), env: map[string]string{"BP_MAVEN_BUILT_MODULE": "b"}},
		"a command is named":              {files: language.With(sources, map[string]string{"pom.xml": parent + "</project>", "a/pom.xml": module(boot), "b/pom.xml": module(boot)}), procfile: "java -jar a/target/a.jar"},
		"Quarkus":                         {files: map[string]string{"pom.xml": parent + "</project>", "a/pom.xml": module(quarkus), "b/pom.xml": module(quarkus)}, refused: "BP_MAVEN_BUILT_MODULE=a"},
		"Quarkus's plugin without a goal": {files: map[string]string{"pom.xml": parent + "</project>", "a/pom.xml": module(quarkus), "b/pom.xml": module(strings.Replace(quarkus, "build", "x", 1))}},
		"Quarkus's plugin of the parent":  {files: map[string]string{"pom.xml": parent + quarkus + "</project>", "a/pom.xml": module(""), "b/pom.xml": module("")}},
		"Quarkus's plugin, which the parent tells what to do": {
			files: map[string]string{"pom.xml": parent + quarkus + "</project>", "a/pom.xml": module("<artifactId>quarkus-maven-plugin</artifactId>"), "b/pom.xml": module("")},
		},
		"Quarkus's plugin in two, and what it does in the parent": {
			files: map[string]string{"pom.xml": parent + quarkus + "</project>", "a/pom.xml": module("<artifactId>quarkus-maven-plugin</artifactId>"), "b/pom.xml": module("<artifactId>quarkus-maven-plugin</artifactId>")}, refused: "BP_MAVEN_BUILT_MODULE=a",
		},
		"Gradle": {files: language.With(sources, map[string]string{"settings.gradle": "include 'a', 'b'", "build.gradle": "id 'org.springframework.boot' version '3.5.0' apply false", "a/build.gradle": "", "b/build.gradle.kts": ""}), refused: "BP_GRADLE_BUILT_MODULE=a"},
	} {
		t.Run(name, func(t *testing.T) {
			tools := newTools(t, row.files)
			a := &app{Site: tools.site, tool: findTool(tools.site.Files, nil)}
			for k, v := range row.env {
				a.Env[k] = v
			}
			if row.procfile != "" {
				a.Processes = []language.Process{{Type: "web", Line: row.procfile}}
			}
			var err error
			if a.root, err = os.OpenRoot(a.Dir); err != nil {
				t.Fatal(err)
			}
			err = a.checkPrograms()
			languagetest.Has(t, err, row.refused)
		})
	}
}
