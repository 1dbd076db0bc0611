package golang

import (
	"fmt"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

const (
	declared   = "package hello\n\nimport (\n\t\"net/http\"\n\n\t\"" + framework + "/functions\"\n)\n\nfunc init() { functions.HTTP(\"hello-web\", Hello) }\n\nfunc Hello(http.ResponseWriter, *http.Request) {}\n"
	undeclared = "package hello\n\nimport \"net/http\"\n\nfunc Hello(http.ResponseWriter, *http.Request) {}\n\nfunc Other(http.ResponseWriter, *http.Request) {}\n"
)

func TestFindFunction(t *testing.T) {
	const mod, main = "module example.com/hello\n", "package main\n\nfunc main() {}\n"
	for _, row := range []struct {
		name, target, source string
		files                map[string]string
		want, err            string // "name package register"
	}{
		{name: "the only one that is registered", files: map[string]string{"go.mod": mod, "fn.go": declared}, want: "hello-web example.com/hello false"},
		{name: "several", files: map[string]string{"fn.go": declared, "more.go": strings.ReplaceAll(declared, "hello-web", "more")}, err: "several functions are registered, and nothing says which is served\n  hello-web, more\nNext: Name it: GOOGLE_FUNCTION_TARGET=hello-web"},
		{name: "one of several", target: "more", files: map[string]string{"fn.go": declared, "more.go": strings.ReplaceAll(declared, "hello-web", "more")}, want: "more app false"},
		{name: "a function in Go", target: "Other", files: map[string]string{"go.mod": mod, "fn.go": undeclared}, want: "Other example.com/hello true"},
		{name: "one that is registered by another name", target: "Hello", files: map[string]string{"go.mod": mod, "fn.go": declared}, want: "Hello example.com/hello true"},
		{name: "in a folder", target: "Hello", source: "./fn/", files: map[string]string{"go.mod": mod, "main.go": main, "fn/fn.go": undeclared}, want: "Hello example.com/hello/fn true"},
		{name: "beside a program", target: "Hello", files: map[string]string{"go.mod": mod, "fn.go": undeclared, "cmd/main.go": main}, want: "Hello example.com/hello true"},
		{name: "a program serves what it registers", files: map[string]string{"go.mod": mod, "fn.go": declared, "cmd/main.go": main}},
		{name: "a program that the setting is for", target: "Hello", files: map[string]string{"go.mod": mod, "main.go": main}},
		{name: "a library", files: map[string]string{"go.mod": mod, "fn.go": undeclared}},
		{name: "a test", files: map[string]string{"go.mod": mod, "fn.go": undeclared, "fn_test.go": declared}},
		{name: "none of that name", target: "hello", files: map[string]string{"fn.go": undeclared}, err: "there is no function \"hello\", which GOOGLE_FUNCTION_TARGET names\n  functions of the package in the folder .: Hello, Other\nNext: Name one of them: GOOGLE_FUNCTION_TARGET=Hello"},
		{name: "none that can be called", target: "hello", files: map[string]string{"fn.go": "package x\n\nfunc hello() {}\n"}, err: "Begin the function's name with a capital letter"},
		{name: "no package", target: "Hello", source: "other", files: map[string]string{"go.mod": mod, "fn.go": undeclared}, err: "Name the folder of the function by GOOGLE_FUNCTION_SOURCE"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := languagetest.Files(row.files)
			g := golang{Site: language.Site{Files: files, Env: map[string]string{"GOOGLE_FUNCTION_TARGET": row.target, "GOOGLE_FUNCTION_SOURCE": row.source}}}
			mains, _, err := g.ownMains()
			if err != nil {
				t.Fatal(err)
			}
			f, err := g.findFunction(mains)
			languagetest.Has(t, err, row.err)
			got := ""
			if f != nil {
				got = fmt.Sprint(f.Name, " ", f.Package, " ", f.Register)
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// TestFunctionIsServed compiles the program that is made for a function, with a framework that has the same functions as the real one.
func TestFunctionIsServed(t *testing.T) {
	files := map[string]string{
		"go.mod":    "module example.com/hello\n\ngo 1.21\n\nrequire (\n\t" + framework + " v1.9.2\n\tgithub.com/cloudevents/sdk-go/v2 v2.15.2\n)\n\nreplace " + framework + " => ./ff\n\nreplace github.com/cloudevents/sdk-go/v2 => ./ce\n",
		"ff/go.mod": "module " + framework + "\n\ngo 1.21\n\nrequire github.com/cloudevents/sdk-go/v2 v2.15.2\n", "ce/go.mod": "module github.com/cloudevents/sdk-go/v2\n\ngo 1.21\n",
		"ce/event/event.go":          "package event\n\ntype Event struct{}\n",
		"ff/functions/functions.go":  "package functions\n\nimport \"net/http\"\n\nfunc HTTP(string, func(http.ResponseWriter, *http.Request)) {}\n",
		"ff/funcframework/server.go": "package funcframework\n\nimport (\n\t\"context\"\n\t\"net/http\"\n\n\t\"github.com/cloudevents/sdk-go/v2/event\"\n)\n\nfunc Start(string) error { return nil }\n\nfunc RegisterHTTPFunctionContext(context.Context, string, func(http.ResponseWriter, *http.Request)) error { return nil }\n\nfunc RegisterCloudEventFunctionContext(context.Context, string, func(context.Context, event.Event) error) error { return nil }\n\nfunc RegisterEventFunctionContext(context.Context, string, any) error { return nil }\n",
	}
	for text, name := range map[string]string{declared: "hello-web", undeclared: "Hello"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := language.With(files, map[string]string{"fn.go": text})
			s, _ := shop(t, all)
			s.Env["GOOGLE_FUNCTION_TARGET"] = name
			var layer language.Layer
			keep := s.Keep
			s.Keep = func(l language.Layer, key string) {
				if l.Name == layerGo {
					layer = l
				}
				keep(l, key)
			}
			a, err := compile(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Processes) != 1 || a.Processes[0].Type != "web" || a.Processes[0].Why != "function "+name || !strings.HasSuffix(a.Processes[0].Command[0], "/bin/function") {
				t.Errorf("processes are %+v", a.Processes)
			}
			if layer.Env["FUNCTION_TARGET"] != name || layer.Env["PORT"] != "8080" {
				t.Errorf("variables are %v", layer.Env)
			}
			if language.Exists(s.Dir + "/" + functionFolder) {
				t.Error("the program's source is left")
			}
		})
	}
}

// TestFunctionAndVendoredModules: what serves the function can't be brought beside modules that the app has.
func TestFunctionAndVendoredModules(t *testing.T) {
	s, _ := shop(t, map[string]string{"fn.go": undeclared, "vendor/modules.txt": ""})
	s.Env["GOOGLE_FUNCTION_TARGET"] = "Hello"
	_, err := compile(t.Context(), s)
	languagetest.Has(t, err, "vendor/ has no Functions Framework, which serves the function\n  looked for vendor/"+framework+"/funcframework\nNext: Import _ \""+framework+"/funcframework\"")
}
