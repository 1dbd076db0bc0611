package java

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestFrameworksInOneJar starts jars that have all in one: what their framework has to be told stands in the command.
func TestFrameworksInOneJar(t *testing.T) {
	const (
		connectors = "server:\n  applicationConnectors:\n    - type: http\n      port: 9090\n"
		simple     = "server:\n  type: simple\n  connector:\n    type: http\n    port: 9090\n"
		port       = "Dropwizard listens on port 8080, whatever PORT says: its configuration sets up no server"
	)
	for name, row := range map[string]struct {
		class     string
		files     map[string]string
		procfile  string
		start     string
		err, note string
	}{
		"Micronaut":                   {class: "io/micronaut/http/server/HttpServerConfiguration", start: "java -jar target/app.jar"},
		"WildFly's bootable jar":      {class: "org/wildfly/core/jar/boot/Main", start: `java "-Djboss.http.port=${PORT:-8080}" -jar target/app.jar`},
		"Jooby":                       {class: "io/jooby/Jooby", start: `java "-Dserver.port=${PORT:-8080}" -jar target/app.jar`},
		"Jooby 1":                     {class: "org/jooby/Jooby", start: `java "-Dapplication.port=${PORT:-8080}" -jar target/app.jar`},
		"Dropwizard":                  {class: "io/dropwizard/core/Application", files: map[string]string{"hello.yml": connectors}, start: `java "-Ddw.server.applicationConnectors[0].port=${PORT:-8080}" -jar target/app.jar server hello.yml`},
		"an older Dropwizard":         {class: "io/dropwizard/Application", files: map[string]string{"a.yaml": simple, "compose.yaml": "services: {}"}, start: `java "-Ddw.server.connector.port=${PORT:-8080}" -jar target/app.jar server a.yaml`},
		"a configuration by its name": {class: "io/dropwizard/core/Application", files: map[string]string{"config.yml": "template: Hello", "compose.yaml": "services: {}", ".ci.yml": "server: x"}, start: "java -jar target/app.jar server config.yml", note: port},
		"no configuration":            {class: "io/dropwizard/core/Application", start: "java -jar target/app.jar server", note: port},
		"several configurations":      {class: "io/dropwizard/core/Application", files: map[string]string{"a.yml": connectors, "b.yml": simple}, err: "several files could be the configuration of the app, which Dropwizard's command names"},
		"a command of the user's":     {class: "io/dropwizard/core/Application", files: map[string]string{"a.yml": connectors, "b.yml": simple}, procfile: "java -jar target/app.jar server b.yml"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"pom.xml": simplePom}
			for file, text := range row.files {
				files[file] = text
			}
			tools := newTools(t, files)
			if row.procfile != "" {
				tools.site.Processes = []language.Process{{Type: "web", Line: row.procfile}}
			}
			tools.made = map[string]string{"target/app.jar": zipOf(t, map[string]string{manifestFile: manifestOf("Main-Class: com.example.Main"), "com/example/Main.class": "class com/example/Main main", row.class + ".class": "class " + row.class})}
			made, err := compile(t.Context(), tools.site)
			languagetest.Has(t, err, row.err)
			if err != nil {
				return
			}
			if notes := strings.Join(made.Notes, "\n"); notes != row.note {
				t.Errorf("notes: %q", notes)
			}
			if row.start == "" {
				return
			}
			if len(made.Processes) != 1 || commandOf(made.Processes[0]) != row.start {
				t.Errorf("starts by %v, want %s", made.Processes, row.start)
			}
		})
	}
}
