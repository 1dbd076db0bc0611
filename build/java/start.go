package java

import (
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// launchEnv are the variables that the app's processes get where nobody set them.
func (b built) launchEnv(home string) map[string]string {
	env := map[string]string{"JAVA_TOOL_OPTIONS": launchOptions, "JAVA_HOME": home}
	f := firstFramework([]string{b.Framework})
	maps.Copy(env, f.vars)
	if f.variable != "" {
		env[f.variable] = f.value
	}
	if b.Port || f.value == portAlone {
		env["PORT"] = "8080"
	}
	return env
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

// process is the start command by convention. A framework that takes its port from a property alone is given it there.
func (a *app) process(b built) language.Process {
	words := slices.Concat(b.Start, b.Arguments)
	p := language.Process{Type: "web", Why: b.Program, Command: append([]string{"java"}, words...)}
	if b.PortOption != "" {
		p.Line, p.Command = `java "-D`+b.PortOption+"="+language.Port+`" `+strings.Join(words, " "), nil
	}
	return p
}
