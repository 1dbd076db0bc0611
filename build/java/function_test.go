package java

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestFunctions: a function of Google's framework is served by its invoker, and one that nothing names is told.
func TestFunctions(t *testing.T) {
	const (
		hello = "class com/example/Hello ref:com/google/cloud/functions/HttpFunction"
		other = "class com/example/Other ref:com/google/cloud/functions/CloudEventsFunction"
		start = "java -jar target/function/java-function-invoker.jar --classpath target/app.jar:target/dependency/* --target com.example."
	)
	for name, row := range map[string]struct {
		classes  []string
		pom      string
		target   string
		procfile string
		start    string
		err      string
	}{
		"the only one":                 {classes: []string{hello}, start: start + "Hello"},
		"the one that is named":        {classes: []string{hello, other}, target: "com.example.Other", start: start + "Other"},
		"the plugin's":                 {classes: []string{hello, other}, pom: "<!-- <functionTarget>com.example.Hello</functionTarget> -->", start: start + "Hello"},
		"several":                      {classes: []string{hello, other}, err: "several classes of the app are functions"},
		"one that is not there":        {classes: []string{hello}, target: "com.example.None", err: "the function that GOOGLE_FUNCTION_TARGET names is not there"},
		"a main method goes before":    {classes: []string{hello, "class com/example/Main main"}, start: "java -cp target/app.jar:target/dependency/* com.example.Main"},
		"a command of the user's":      {classes: []string{hello}, procfile: "java -cp target/app.jar com.example.Hello"},
		"neither a function nor main":  {classes: []string{"class com/example/Lib"}, err: "no class of the app has a main method"},
		"what is named beside a main ": {classes: []string{hello, "class com/example/Main main"}, target: "com.example.Hello", start: start + "Hello"},
	} {
		t.Run(name, func(t *testing.T) {
			tools := newTools(t, map[string]string{"pom.xml": simplePom + row.pom})
			tools.site.Env[functionTarget] = row.target
			if row.procfile != "" {
				tools.site.Processes = []language.Process{{Type: "web", Line: row.procfile}}
			}
			jar := map[string]string{}
			for _, text := range row.classes {
				jar[strings.Fields(text)[1]+".class"] = text
			}
			tools.made = map[string]string{"target/app.jar": zipOf(t, jar), "target/dependency/a-1.jar": zipOf(t, nil), "target/function/java-function-invoker.jar": zipOf(t, nil)}
			made, err := compile(t.Context(), tools.site)
			languagetest.Has(t, err, row.err)
			if err == nil && row.start != "" && commandOf(made.Processes[0]) != row.start {
				t.Errorf("starts by %v, want %s", made.Processes, row.start)
			}
		})
	}
}
