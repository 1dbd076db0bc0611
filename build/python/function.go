package python

import (
	"cmp"
	"io/fs"
	"regexp"

	"whittle.dev/whittle/build/language"
)

// function is what the Functions Framework serves, by its own variables.
type function struct {
	Name      string // GOOGLE_FUNCTION_TARGET
	File      string // GOOGLE_FUNCTION_SOURCE
	Signature string // GOOGLE_FUNCTION_SIGNATURE_TYPE: "http", "event", "cloudevent"; empty for the framework's own choice
}

var (
	importsFunctions = importPattern("functions_framework")
	cloudFunction    = regexp.MustCompile(`(?m)^@(?:functions_framework\.)?(?:http|cloud_event|typed)\b[^\n]*\n(?:@[^\n]*\n)*(?:async\s+)?def\s+(\w+)`)
	// plainFunction is one that answers requests and says nothing of the framework.
	plainFunction = regexp.MustCompile(`(?m)^def\s+(\w+)\(request\b[^,)]*\)`)
)

// functionsFramework is its distribution, and functionsVersion the version that is brought where nothing lists it.
const functionsFramework, functionsVersion = "functions-framework", "3.9.2"

// source is the file that has the function.
func (f function) source() string { return cmp.Or(f.File, "main.py") }

// bringFramework adds the Functions Framework to a plan where the settings name a function and nothing lists it, as Google's buildpacks do.
func (p *plan) bringFramework(dir fs.FS) {
	if p.Function.Name == "" || p.has(functionsFramework) || p.NoIndex || !language.IsFile(dir, p.Function.source()) {
		return
	}
	p.Dists[functionsFramework] = dist{Version: functionsVersion, Origin: "GOOGLE_FUNCTION_TARGET"}
	p.Steps = append(p.Steps, step{What: "the Functions Framework, which GOOGLE_FUNCTION_TARGET asks for and nothing lists", Lines: []string{functionsFramework + "==" + functionsVersion}})
}

// byFunction serves a function by the Functions Framework: the one that the settings name, one that is marked as such, or the only
// one of main.py that takes a request.
func byFunction(dir fs.FS, all []module, p *plan) *start {
	if !p.has(functionsFramework) {
		return nil
	}
	file, want := p.Function.source(), p.Function
	if want.Name != "" && language.IsFile(dir, file) {
		return want.start(file, "GOOGLE_FUNCTION_TARGET")
	}
	for _, m := range all {
		if found := cloudFunction.FindStringSubmatch(m.Code); found != nil && importsFunctions.MatchString(m.Code) {
			want.Name = found[1]
			return want.start(m.Path, m.Path)
		}
	}
	for _, m := range all {
		if found := plainFunction.FindAllStringSubmatch(m.Code, -1); m.Path == file && len(found) == 1 {
			want.Name = found[0][1]
			return want.start(file, file)
		}
	}
	return nil
}

// start serves the function of a file.
func (f function) start(file, why string) *start {
	s := &start{
		Line: "functions-framework --host " + onAll + " --port " + port + " --source " + quote(file) + " --target " + quote(f.Name),
		Why:  why + ": function " + f.Name, Program: "functions-framework",
	}
	if f.Signature != "" {
		s.Line += " --signature-type " + quote(f.Signature)
	}
	return s
}
