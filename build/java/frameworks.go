package java

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// framework is a web framework whose server is told where to listen, or that it is to serve at all, from outside of the app.
type framework struct {
	name string
	// classes are those by which it is known, of its versions: they lie in an archive of its own, or among the app's where all is in one
	// (Maven's plugin shade, Gradle's shadow).
	classes []string
	// variable says where it listens, by value, in which the framework itself replaces the name of PORT: whoever writes the command need
	// not know of it. Both are empty for none.
	variable, value string
	vars            map[string]string // more that it reads
	option          string            // the property of Java's that says where it listens, where no variable does
	modules         []string          // of the JDK that it asks for by names that stand in no class
}

const dropwizard = "Dropwizard"

// The forms in which frameworks replace PORT: Helidon knows none with a default.
const (
	portOrDefault = "${PORT:8080}"
	portAlone     = "${PORT}"
)

var frameworks = []framework{
	{
		name: "WildFly", classes: []string{"org/wildfly/core/jar/boot/Main"}, option: "jboss.http.port", vars: map[string]string{"JBOSS_BIND_ADDRESS": language.OnAll},
		modules: strings.Fields("java.se jdk.unsupported jdk.crypto.ec jdk.httpserver jdk.jfr jdk.localedata jdk.management jdk.naming.dns jdk.net jdk.security.auth jdk.security.jgss jdk.xml.dom jdk.zipfs"),
	},
	{name: "Spring Boot", classes: []string{"org/springframework/boot/SpringApplication"}, variable: "SERVER_PORT", value: portOrDefault},
	{name: "Quarkus", classes: []string{"io/quarkus/runtime/Application"}, variable: "QUARKUS_HTTP_PORT", value: portOrDefault},
	{name: "Micronaut", classes: []string{"io/micronaut/http/server/HttpServerConfiguration"}, variable: "MICRONAUT_SERVER_PORT", value: portOrDefault},
	{name: "Helidon", classes: []string{"io/helidon/webserver/WebServer"}, variable: "SERVER_PORT", value: portAlone},
	{name: "Jooby", classes: []string{"io/jooby/Jooby"}, option: "server.port"},
	{name: "Jooby 1", classes: []string{"org/jooby/Jooby"}, option: "application.port"},
	{name: dropwizard, classes: []string{"io/dropwizard/core/Application", "io/dropwizard/Application"}},
}

// frameworkOf is the framework that a class is of; an empty text for none.
func frameworkOf(class string) string {
	for _, f := range frameworks {
		if slices.Contains(f.classes, class) {
			return f.name
		}
	}
	return ""
}

// firstFramework is the first of the table among names; one without a name for none.
func firstFramework(names []string) framework {
	i := slices.IndexFunc(frameworks, func(f framework) bool { return slices.Contains(names, f.name) })
	if i < 0 {
		return framework{}
	}
	return frameworks[i]
}

// configure finds what the command of a framework needs beside the program. Dropwizard's takes what it is to do and its
// configuration, and prints its help without.
func (a *app) configure(b *built) error {
	b.PortOption = firstFramework([]string{b.Framework}).option
	if b.Framework != dropwizard || len(a.Processes) > 0 || len(b.Start) == 0 {
		return nil
	}
	file, err := a.dropwizardFile(b.Start)
	if err != nil {
		return err
	}
	b.Arguments = []string{"server"}
	if file != "" {
		b.Arguments = append(b.Arguments, file)
		b.PortOption = dropwizardPort(a.Files, file)
	}
	return nil
}

// dropwizardFile is the configuration of an app of Dropwizard's, a file of YAML in the app's folder: the one that sets up the server, else
// the one that is called so, else the only one. Without any, Dropwizard has defaults.
func (a *app) dropwizardFile(start []string) (string, error) {
	var all, sets, named []string
	for _, pattern := range []string{"*.yml", "*.yaml"} {
		found, err := fs.Glob(a.Files, pattern)
		if err != nil {
			return "", err
		}
		all = append(all, found...)
	}
	all = slices.DeleteFunc(all, func(name string) bool { return strings.HasPrefix(name, ".") })
	for _, name := range all {
		if top := yamlOf(a.Files, name); top["server"] != nil || top["logging"] != nil {
			sets = append(sets, name)
		}
		if base := strings.TrimSuffix(name, path.Ext(name)); base == "config" || base == "configuration" {
			named = append(named, name)
		}
	}
	for _, some := range [][]string{sets, named, all} {
		switch len(some) {
		case 0:
			continue
		case 1:
			return some[0], nil
		}
		return "", &language.Problem{
			What: "several files could be the configuration of the app, which Dropwizard's command names", Evidence: []string{language.List(some)},
			Next: "Write a Procfile that names one: web: java " + strings.Join(start, " ") + " server " + some[0],
		}
	}
	return "", nil
}

// dropwizardPort is the property that has the place of a port in a configuration of Dropwizard's; an empty text where it sets up no
// server whose port could be replaced.
func dropwizardPort(files fs.FS, name string) string {
	server, _ := yamlOf(files, name)["server"].(map[string]any)
	connectors, _ := server["applicationConnectors"].([]any)
	switch {
	case server["connector"] != nil:
		return "dw.server.connector.port"
	case len(connectors) > 0:
		return "dw.server.applicationConnectors[0].port"
	}
	return ""
}

// yamlOf is the mapping that a file of the app has; nothing for another one.
func yamlOf(files fs.FS, name string) map[string]any {
	var top map[string]any
	text, ok, err := language.ReadText(files, name)
	if err != nil || !ok || document.YAML(text, &top) != nil {
		return nil
	}
	return top
}
