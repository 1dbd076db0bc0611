package ruby

import (
	"cmp"
	"regexp"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// functionsFramework is the gem of Google's Functions Framework, and functionTarget the setting that names the function which it serves.
const functionsFramework, functionTarget = "functions_framework", "GOOGLE_FUNCTION_TARGET"

// registered is how a file tells the framework of a function; one without a name is called "function".
var registered = regexp.MustCompile(`(?m)^[ \t]*FunctionsFramework\.(?:http|cloud_event|typed)\b[ \t(]*(?:["']([^"'\n]+)["'])?`)

// serveFunction has the Functions Framework serve the function that the setting names, or, in an app without config.ru, the only one of
// its file. It is nil where the app is none of functions.
func (r *ruby) serveFunction() (*language.Process, error) {
	name, file := r.Setting(functionTarget), cmp.Or(r.Setting("GOOGLE_FUNCTION_SOURCE"), "app.rb")
	listed := r.has(functionsFramework)
	if name == "" && (!listed || language.IsFile(r.Files, "config.ru") || !language.IsFile(r.Files, file)) {
		return nil, nil
	}
	if !listed {
		return nil, &language.Problem{
			What:     "nothing lists the Functions Framework, which serves the function that " + functionTarget + " names",
			Evidence: []string{functionTarget + "=" + language.Clip(name), "looked for the gem " + functionsFramework},
			Next:     "Run `bundle add " + functionsFramework + "`, and commit the Gemfile and its lock.",
		}
	}
	text, ok, err := language.ReadText(r.Files, file)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &language.Problem{
			What: "there is no file " + language.Clip(file) + " with the function that " + functionTarget + " names", Evidence: []string{functionTarget + "=" + language.Clip(name)},
			Next: "Name its file in the app's folder: GOOGLE_FUNCTION_SOURCE.",
		}
	}
	why := functionTarget
	if name == "" {
		var names []string
		for _, m := range registered.FindAllStringSubmatch(text, -1) {
			names = append(names, cmp.Or(m[1], "function"))
		}
		switch names = language.Unique(names); len(names) {
		case 0:
			return nil, nil
		case 1:
			name, why = names[0], file
		default:
			return nil, &language.Problem{
				What: "several functions are in " + file + ", and nothing says which is served", Evidence: []string{language.Some(names)},
				Next: "Name it: " + functionTarget + "=" + names[0],
			}
		}
	}
	line := "functions-framework-ruby --bind " + onAll + " --port " + language.Port + " --source " + command.Text(file).String() + " --target " + command.Text(name).String()
	if kind := r.Setting("GOOGLE_FUNCTION_SIGNATURE_TYPE"); kind != "" {
		line += " --signature-type " + command.Text(kind).String()
	}
	return &language.Process{Type: "web", Line: line, Why: why + ": function " + name}, nil
}
