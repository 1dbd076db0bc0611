package java

import (
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// frameworks are known by an archive that an app with them has, and by the variable that says where it listens.
var frameworks = []struct {
	name, archive, variable string
	// fills says that the framework itself replaces ${PORT:8080} in the variable's value, so that nothing else has to.
	fills bool
}{
	{"Spring Boot", "spring-boot-", "SERVER_PORT", true},
	{"Quarkus", "io.quarkus.quarkus-", "QUARKUS_HTTP_PORT", true},
	{"Micronaut", "micronaut-http-server", "MICRONAUT_SERVER_PORT", false},
	{"Helidon", "helidon-webserver", "SERVER_PORT", false},
	{"Quarkus", "quarkus-", "QUARKUS_HTTP_PORT", true},
}

// launchEnv are the variables that the app's processes get where nobody set them.
func (b built) launchEnv(home string) map[string]string {
	env := map[string]string{"JAVA_TOOL_OPTIONS": launchOptions, "JAVA_HOME": home}
	if b.Port {
		env["PORT"] = "8080"
	}
	for _, f := range frameworks {
		if f.name == b.Framework && f.fills {
			env[f.variable] = "${PORT:8080}"
		}
	}
	return env
}

// framework is the name of the app's web framework, or empty.
func framework(st *stage) string {
	for _, f := range frameworks {
		for _, file := range st.dependencyJars {
			if strings.HasPrefix(filepath.Base(file), f.archive) {
				return f.name
			}
		}
	}
	return ""
}

// looked is where a start command is looked for, for the error where there is none.
var looked = []string{"an archive with a main class, a class with a main method"}

// artifacts is what the image gets.
func (a *app) artifacts(b built, im image) language.Artifacts {
	made := language.Artifacts{Slices: im.slices(), Started: b.Started, Looked: looked, Components: b.Components, ComponentsIn: layerJars, Opens: b.Evidence.Opens}
	if b.Tomcat {
		made.Slices = append(made.Slices, slicer.Named{Name: tomcatSlice, By: b.Program, Kind: record.Runtime})
	}
	for _, name := range append([]string{layerRuntime}, b.Layers...) {
		layer, err := a.Layer(name)
		if err == nil {
			made.Roots = append(made.Roots, layer.Path)
		}
	}
	if !slices.Contains(b.Layers, layerJars) {
		made.ComponentsIn = layerApp
	}
	if len(b.Start) > 0 && b.Start[len(b.Start)-1] != "" {
		made.Processes = []language.Process{a.process(b)}
	}
	return made
}

// process is the start command by convention. A framework that takes its port from a variable of its own is given what the
// platform says in that, or else PORT.
func (a *app) process(b built) language.Process {
	p := language.Process{Type: "web", Why: b.Program, Command: append([]string{"java"}, b.Start...)}
	for _, f := range frameworks {
		if f.name == b.Framework && !f.fills {
			p.Line = f.variable + "=${" + f.variable + ":-" + language.Port + "} " + strings.Join(p.Command, " ")
			p.Command = nil
			break
		}
	}
	return p
}
