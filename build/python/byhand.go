package python

import "regexp"

const appNames = `app|application|wsgi|asgi|wsgi_app|asgi_app`

var (
	// takesRequests matches a function, or a method after some blanks, with the parameters of ASGI ("scope") or of WSGI.
	takesRequests = regexp.MustCompile(`(?m)^([ \t]*)(?:async\s+)?def\s+(\w+)\s*\(\s*(?:self\s*,\s*)?(?:(scope)\b[^,)]*,[^,)]+,[^,)]+|env(?:iron)?\b[^,)]*,\s*start_response\b[^,)]*)\)`)
	ofClass       = regexp.MustCompile(`(?m)^class\s+(\w+)`)
	// appVariable matches a variable by the name of which servers commonly find an app, and what it is made of.
	appVariable = regexp.MustCompile(`(?m)^(` + appNames + `)\s*(?::[^=\n]+)?=\s*([^\n]+)`)
	isAppName   = regexp.MustCompile(`^(?:` + appNames + `)$`)
	wordOf      = regexp.MustCompile(`\w+`)
)

// byHand finds an app that is written to a protocol without a framework: the variable of a usual name that is made of one of the file's
// functions or classes (app = Middleware(App())), else the function of such a name, else the first one.
func byHand(m module) *object {
	made := map[string]framework{} // functions and classes, by name
	var function *object
	for _, found := range takesRequests.FindAllStringSubmatchIndex(m.Code, -1) {
		indent, name, f := m.Code[found[2]:found[3]], m.Code[found[4]:found[5]], framework{Name: "WSGI", Protocol: wsgi}
		if found[6] >= 0 {
			f = framework{Name: "ASGI", Protocol: asgi}
		}
		if indent != "" {
			classes := ofClass.FindAllStringSubmatch(m.Code[:found[0]], -1)
			if name == "__call__" && classes != nil {
				made[classes[len(classes)-1][1]] = f
			}
			continue
		}
		made[name] = f
		if function == nil || isAppName.MatchString(name) {
			function = &object{framework: f, File: m, Name: name}
		}
	}
	if len(made) == 0 {
		return nil
	}
	for _, variable := range appVariable.FindAllStringSubmatch(m.Code, -1) {
		for _, word := range wordOf.FindAllString(variable[2], -1) {
			if f, ok := made[word]; ok {
				return &object{framework: f, File: m, Name: variable[1]}
			}
		}
	}
	return function
}
