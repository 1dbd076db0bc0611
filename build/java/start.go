package java

import (
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// frameworks are known by an archive that an app with them has, and by the variables that say where it listens, as they
// stand in front of a command.
var frameworks = []struct {
	name, archive string
	variables     []string
}{
	{"Spring Boot", "spring-boot-", []string{"SERVER_PORT"}},
	{"Quarkus", "io.quarkus.quarkus-", []string{"QUARKUS_HTTP_PORT"}},
	{"Micronaut", "micronaut-http-server", []string{"MICRONAUT_SERVER_PORT"}},
	{"Helidon", "helidon-webserver", []string{"SERVER_PORT"}},
	{"Quarkus", "quarkus-", []string{"QUARKUS_HTTP_PORT"}},
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
	made := language.Artifacts{Slices: im.slices(), Looked: looked, Components: b.Components, ComponentsIn: layerJars}
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

// process is the start command by convention. A framework takes its port from a variable of its own; what the platform says
// in that goes before PORT.
func (a *app) process(b built) language.Process {
	p := language.Process{Type: "web", Why: b.Program}
	words := append([]string{"java"}, b.Start...)
	for _, f := range frameworks {
		if f.name != b.Framework {
			continue
		}
		line := ""
		for _, v := range f.variables {
			line += v + "=${" + v + ":-" + language.Port + "} "
		}
		p.Line = line + strings.Join(words, " ")
		return p
	}
	p.Command = words
	return p
}
