package node

import (
	"cmp"
	"path"
	"regexp"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// functionsFramework is the package of Google's Functions Framework, which serves a function that a file registers or exports.
const functionsFramework = "@google-cloud/functions-framework"

// functionTarget is the setting that names the function.
const functionTarget = "GOOGLE_FUNCTION_TARGET"

var (
	// registered is how a file tells the framework of a function: functions.http('hello', hello).
	registered = regexp.MustCompile("\\b(?:http|cloudEvent|typed)\\(\\s*[\"'`]([\\w.-]+)[\"'`]")
	// exported is a function that answers requests, and that the framework finds by the name under which it is exported.
	exported = regexp.MustCompile(`(?m)^(?:(?:module\.)?exports\.(\w+)\s*=|export\s+const\s+(\w+)\b[^=\n]*=|export\s+(?:async\s+)?function\s+(\w+))\s*(?:async\s*)?(?:function\s*\w*\s*)?\(\s*req\b`)
)

// functionFiles are those in which the framework looks for a function where package.json has no main, and the sources that a build makes
// them of.
var functionFiles = []string{"index.js", "function.js", "index.ts", "function.ts", "src/index.js", "src/index.ts", "src/function.ts"}

// serveFunction has the framework serve the function that the setting names, or, where nothing else starts the app, the only one of its
// file. The setting goes before a start script, as with Google's buildpacks, if the app lists the framework.
func (a *app) serveFunction() error {
	name, why := a.Setting(functionTarget), functionTarget
	listed, scripted := a.own.manifest.needs(functionsFramework), a.own.manifest.Scripts["start"] != ""
	if len(a.Processes) > 0 || !listed && (scripted || name == "") || scripted && name == "" {
		return nil
	}
	if !listed {
		return &language.Problem{
			What:     "nothing lists the Functions Framework, which serves the function that " + functionTarget + " names",
			Evidence: []string{functionTarget + "=" + language.Clip(name), "looked for: " + functionsFramework + " in " + orFile(a.own.manifest.File)},
			Next:     "Run `npm install " + functionsFramework + "` and commit package.json and its lock.",
		}
	}
	if name == "" {
		file, names := a.functions()
		switch len(names) {
		case 0:
			return nil
		case 1:
			name, why = names[0], file
		default:
			return &language.Problem{
				What: "several functions are in " + file + ", and nothing says which is served", Evidence: []string{language.Some(names)},
				Next: "Name it: " + functionTarget + "=" + names[0],
			}
		}
	}
	line := "functions-framework --target=" + command.Text(name).String()
	for _, option := range []struct{ flag, setting string }{{"--source=", "GOOGLE_FUNCTION_SOURCE"}, {"--signature-type=", "GOOGLE_FUNCTION_SIGNATURE_TYPE"}} {
		if value := a.Setting(option.setting); value != "" {
			line += " " + option.flag + command.Text(value).String()
		}
	}
	a.Processes, a.function = []language.Process{{Type: "web", Line: line, Why: why + ": function " + name}}, true
	return nil
}

// functions are the names of the functions in the app's file, and that file: those that it registers, or else those that it exports.
// There are none where the file listens by itself.
func (a *app) functions() (file string, names []string) {
	main := path.Clean(cmp.Or(string(a.own.manifest.Main), functionFiles[0]))
	file = language.FirstFile(a.own.files, append([]string{main, main + ".js", path.Join(main, functionFiles[0])}, functionFiles...)...)
	if file == "" {
		return "", nil
	}
	text, _, err := language.ReadText(a.own.files, file)
	if err != nil || listens.MatchString(text) {
		return file, nil
	}
	for _, m := range registered.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		for _, m := range exported.FindAllStringSubmatch(text, -1) {
			names = append(names, cmp.Or(m[1:]...))
		}
	}
	return file, language.Unique(names)
}
