package java

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// A function for Google's Functions Framework is a class without a main method. The framework's invoker, a jar of its own with all in
// it, serves one: it is brought as Google's buildpacks do.

const (
	functionTarget = "GOOGLE_FUNCTION_TARGET"
	invoker        = "com.google.cloud.functions.invoker:java-function-invoker"
	invokerJar     = "java-function-invoker.jar"
)

// functionTypes are the interfaces one of which a function has.
var functionTypes = []string{
	"com/google/cloud/functions/HttpFunction", "com/google/cloud/functions/TypedFunction", "com/google/cloud/functions/CloudEventsFunction",
	"com/google/cloud/functions/BackgroundFunction", "com/google/cloud/functions/RawBackgroundFunction",
}

// pluginTarget is where a pom.xml tells the framework's plugin which function to run.
var pluginTarget = regexp.MustCompile(`<functionTarget>\s*([\w.$]+)\s*</functionTarget>`)

// function is the class of an archive that the framework is to serve: the one that GOOGLE_FUNCTION_TARGET names, the one that the
// framework's plugin runs, or the only one. It is empty where the app is none of functions.
func (a *app) function(jar string) (string, error) {
	var all []string
	err := eachClass(a.root, jar, func(c class) {
		if slices.ContainsFunc(functionTypes, func(t string) bool { return slices.Contains(c.Classes, t) }) {
			all = append(all, strings.ReplaceAll(c.Name, "/", "."))
		}
	})
	if err != nil {
		return "", err
	}
	want, by := a.Setting(functionTarget), functionTarget
	if want == "" && len(all) > 1 {
		text, _, err := language.ReadText(a.Files, path.Join(path.Dir(path.Dir(jar)), "pom.xml"))
		if err != nil {
			return "", err
		}
		if m := pluginTarget.FindStringSubmatch(text); m != nil {
			want, by = m[1], "functionTarget in pom.xml"
		}
	}
	slices.Sort(all)
	switch {
	case want != "" && !slices.Contains(all, want):
		return "", &language.Problem{
			What: fmt.Sprintf("the function that %s names is not there: %s", by, language.Clip(want)), Evidence: []string{"functions: " + cmp.Or(language.List(language.Most(all)), "none")},
			Next: "Name a class of the app's own that implements HttpFunction or another interface of the Functions Framework, by its whole name.",
		}
	case want != "" || len(all) == 0:
		return want, nil
	case len(all) > 1:
		return "", &language.Problem{
			What: "several classes of the app are functions, and nothing says which one is served", Evidence: []string{language.List(language.Most(all))},
			Next: "Set " + functionTarget + " to one of them, such as " + functionTarget + "=" + all[0] + ".",
		}
	}
	return all[0], nil
}

// functionProgram is the framework's invoker with a function, and with what the function needs as its class path.
func (a *app) functionProgram(ctx context.Context, st *stage, jar, function string) (built, error) {
	if a.tool != toolMaven {
		return built{}, &language.Problem{
			What: "the app is a function of Google's Functions Framework, whose server comes by Maven alone", Evidence: []string{function + " in " + jar},
			Next: "Have the build depend on " + invoker + ", and make it an application whose main class is com.google.cloud.functions.invoker.runner.Invoker.",
		}
	}
	classPath, err := a.withDependencies(ctx, st, jar)
	if err != nil {
		return built{}, err
	}
	a.Log.Line("function: %s, served by the newest %s", function, invoker)
	m, dir := *a.maven, path.Join(path.Dir(jar), "function")
	m.what = "mvn dependency:copy"
	args := []string{"--non-recursive", "dependency:copy", "-Dartifact=" + invoker + ":RELEASE", "-Dmdep.stripVersion=true", "-DoutputDirectory=" + a.at(dir)}
	if err := m.run(ctx, slices.Concat(m.args, args)); err != nil {
		return built{}, explainMaven(err)
	}
	if err := st.dependency(path.Join(dir, invokerJar)); err != nil {
		return built{}, err
	}
	return built{
		Program: fmt.Sprintf("function %s of %s", function, jar),
		Start:   []string{"-jar", path.Join(dir, invokerJar), "--classpath", classPath, "--target", function},
		Port:    true,
	}, nil
}
