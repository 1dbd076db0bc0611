package python

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
)

// protocol is how a server talks to an app.
type protocol int

const (
	wsgi    protocol = iota + 1 // PEP 3333
	asgi                        // asgi.readthedocs.io
	own                         // the framework has a server of its own
	aiohttp                     // aiohttp's own, by a worker for gunicorn
)

// framework is one way to write a web app as an object that a server imports.
type framework struct {
	Name     string
	Module   string   // that the file must import
	Dists    []string // distributions that bring it; the first is its own
	Classes  string   // pattern of the constructors
	Protocol protocol

	imported, called, assigned *regexp.Regexp // made of Module and Classes
}

var frameworks = withPatterns([]framework{
	{Name: "FastAPI", Module: "fastapi", Dists: []string{"fastapi", "fastapi-slim"}, Classes: `FastAPI`, Protocol: asgi},
	{Name: "FastAPI", Module: "google.adk", Dists: []string{"google-adk"}, Classes: `get_fast_api_app`, Protocol: asgi},
	{Name: "Flask", Module: "flask", Dists: []string{"flask"}, Classes: `Flask`, Protocol: wsgi},
	{Name: "APIFlask", Module: "apiflask", Dists: []string{"apiflask"}, Classes: `APIFlask`, Protocol: wsgi},
	{Name: "Flask", Module: "flask_openapi3", Dists: []string{"flask-openapi3"}, Classes: `OpenAPI`, Protocol: wsgi},
	{Name: "Starlette", Module: "starlette", Dists: []string{"starlette"}, Classes: `Starlette`, Protocol: asgi},
	{Name: "Litestar", Module: "litestar", Dists: []string{"litestar"}, Classes: `Litestar`, Protocol: asgi},
	{Name: "Quart", Module: "quart", Dists: []string{"quart"}, Classes: `Quart`, Protocol: asgi},
	{Name: "Falcon", Module: "falcon.asgi", Dists: []string{"falcon"}, Classes: `(?:asgi\.)?App`, Protocol: asgi},
	{Name: "Falcon", Module: "falcon", Dists: []string{"falcon"}, Classes: `falcon\.(?:App|API)`, Protocol: wsgi},
	{Name: "Bottle", Module: "bottle", Dists: []string{"bottle"}, Classes: `(?:Bottle|bottle\.app|default_app)`, Protocol: wsgi},
	{Name: "BlackSheep", Module: "blacksheep", Dists: []string{"blacksheep"}, Classes: `Application`, Protocol: asgi},
	{Name: "Connexion", Module: "connexion", Dists: []string{"connexion"}, Classes: `(?:AsyncApp|FlaskApp|connexion\.App)`, Protocol: asgi},
	{Name: "FastHTML", Module: "fasthtml", Dists: []string{"python-fasthtml"}, Classes: `(?:FastHTML|fast_app)`, Protocol: asgi},
	{Name: "Socket.IO", Module: "socketio", Dists: []string{"python-socketio"}, Classes: `ASGIApp`, Protocol: asgi},
	{Name: "Socket.IO", Module: "socketio", Dists: []string{"python-socketio"}, Classes: `WSGIApp`, Protocol: wsgi},
	// An app in one file, or a project without its manage.py; often with something around it: WhiteNoise(get_wsgi_application()).
	{Name: "Django", Module: "django.core.wsgi", Dists: []string{"django"}, Classes: `(?:\w+\()?get_wsgi_application`, Protocol: wsgi},
	{Name: "Django", Module: "django.core.asgi", Dists: []string{"django"}, Classes: `(?:\w+\()?get_asgi_application`, Protocol: asgi},
	{Name: "Dash", Module: "dash", Dists: []string{"dash"}, Classes: `Dash`, Protocol: own},
	{Name: "Sanic", Module: "sanic", Dists: []string{"sanic"}, Classes: `Sanic`, Protocol: own},
	{Name: "aiohttp", Module: "aiohttp", Dists: []string{"aiohttp"}, Classes: `web\.Application`, Protocol: aiohttp},
	{Name: "Pyramid", Module: "pyramid", Dists: []string{"pyramid"}, Classes: `\w+\.make_wsgi_app`, Protocol: wsgi},
})

func withPatterns(all []framework) []framework {
	for i, f := range all {
		all[i].imported = importPattern(f.Module)
		all[i].called = regexp.MustCompile(`\b` + f.Classes + `\(`)
		// At the top level, or in a block "with" there.
		all[i].assigned = regexp.MustCompile(`(?m)^(?:with [^\n]*:\n(?:(?:[ \t][^\n]*)?\n)*?[ \t]+)?(\w+)(?:\s*,\s*\w+)?\s*(?::[^=\n]+)?=\s*(?:[\w.]+\.)?` + f.Classes + `\(`)
	}
	return all
}

// object is an app that a server can import.
type object struct {
	framework
	File module
	Name string // of the variable, or of the factory
	Call bool   // Name is a function that makes the app
}

var (
	callables = regexp.MustCompile(`(?m)^(async\s+)?def\s+(\w+)\s*\(([^)]*)\)`)
	factory   = regexp.MustCompile(`^(?:create|make|get|build|init|setup)_?\w*app\w*$|^app_factory$|^create$`)
	made      = regexp.MustCompile(`(?m)^(app|application|api|server|asgi|wsgi|asgi_app|wsgi_app|flask_app|web_app)\s*(?::[^=\n]+)?=\s*(?:\w+\.)*(?:create|make|get|build|init|setup)\w*\(`)
	nextTop   = regexp.MustCompile(`\n\S`)
	taken     = regexp.MustCompile(`(?m)^from\s+([\w.]+)\s+import\s+\(?(?:[\w\s,]*\b)?(app|application|server|api)\b`)
)

// findObject looks for an app object in one file, unless that is a program which starts its server by itself and had better.
func findObject(m module, all []module, p *plan) *object {
	o := objectIn(m, all, p)
	if o != nil && o.Protocol == aiohttp && !p.has("gunicorn") && slices.ContainsFunc(all, func(m module) bool { return runsApp.MatchString(m.Code) }) {
		return nil
	}
	return o
}

var runsApp = regexp.MustCompile(`\brun_app\(`)

// objectIn looks for an app object in one file: a variable that a framework's constructor fills, one that a function of
// the app fills, a function that makes one.
func objectIn(m module, all []module, p *plan) *object {
	for _, f := range frameworks {
		if !f.imported.MatchString(m.Code) || !p.may(f.Dists) {
			continue
		}
		if found := f.assigned.FindStringSubmatch(m.Code); found != nil {
			return &object{framework: f, File: m, Name: lastName(m, found[1])}
		}
	}
	if found := made.FindStringSubmatch(m.Code); found != nil {
		if f := kindOf(m, all, p); f != nil {
			return &object{framework: *f, File: m, Name: found[1]}
		}
	}
	if found := taken.FindStringSubmatch(m.Code); found != nil && (path.Base(m.Path) == "wsgi.py" || path.Base(m.Path) == "asgi.py") {
		if f := kindOf(m, all, p); f != nil {
			return &object{framework: *f, File: m, Name: found[2]}
		}
	}
	if o := byHand(m); o != nil {
		return o
	}
	return findFactory(m, p)
}

// lastName is the variable that wraps an app last: app = FastAPI(), then sio_app = ASGIApp(sio, app).
func lastName(m module, name string) string {
	re := regexp.MustCompile(`(?m)^(\w+)\s*=\s*(?:socketio\.)?(?:ASGIApp|WSGIApp)\([^)]*\b` + name + `\b`)
	if found := re.FindStringSubmatch(m.Code); found != nil {
		return found[1]
	}
	return name
}

// kindOf is the framework of a file that takes its app from elsewhere in the app.
func kindOf(m module, all []module, p *plan) *framework {
	for _, f := range frameworks {
		if f.imported.MatchString(m.Code) && p.may(f.Dists) {
			return &f
		}
	}
	for _, other := range all {
		for _, f := range frameworks {
			if f.imported.MatchString(other.Code) && p.may(f.Dists) && f.called.MatchString(other.Code) {
				return &f
			}
		}
	}
	return nil
}

// findFactory looks for a function that makes an app and can be called without arguments.
func findFactory(m module, p *plan) *object {
	for _, found := range callables.FindAllStringSubmatchIndex(m.Code, -1) {
		name, args := m.Code[found[4]:found[5]], m.Code[found[6]:found[7]]
		async := found[2] >= 0
		if !factory.MatchString(name) || !optional(args) {
			continue
		}
		body := m.Code[found[1]:]
		if end := nextTop.FindStringIndex(body); end != nil {
			body = body[:end[0]]
		}
		for _, f := range frameworks {
			if f.Protocol != own && (!async || f.Protocol == aiohttp) && f.imported.MatchString(m.Code) && p.may(f.Dists) && f.called.MatchString(body) {
				return &object{framework: f, File: m, Name: name, Call: !async}
			}
		}
	}
	return nil
}

// optional tells whether all parameters have defaults.
func optional(args string) bool {
	for one := range strings.SplitSeq(args, ",") {
		if one = strings.TrimSpace(one); one != "" && !strings.Contains(one, "=") && !strings.HasPrefix(one, "*") && one != "/" {
			return false
		}
	}
	return true
}

// importPattern finds the import of a module or of something in it.
func importPattern(name string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(name)
	return regexp.MustCompile(`(?m)^\s*(?:from\s+` + quoted + `(?:\.[\w.]+)?\s+import\b|import\s+(?:[\w., ]*,\s*)?` + quoted + `(?:[\s.,;]|$))`)
}

// may tells whether a distribution can come: the plan names it, or it does not know everything that comes.
func (p *plan) may(dists []string) bool {
	return p.By != "" && (!p.Whole || p.has(dists...))
}

// dotted is the name by which a file is imported from the folder that its imports are meant from.
func (m module) dotted(root string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(m.Path, root+"/"), ".py")
	return strings.TrimSuffix(strings.ReplaceAll(name, "/", "."), ".__init__")
}

var importLine = regexp.MustCompile(`(?m)^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w.]+))`)

// root is the folder that must be on Python's path for a file's imports: the app's, "src", or the file's own where it imports
// its neighbours by their plain names.
func (m module) root(all []module) string {
	folder := path.Dir(m.Path)
	if folder == "." {
		return "."
	}
	has := func(folder, name string) bool {
		prefix := path.Join(folder, name)
		return slices.ContainsFunc(all, func(o module) bool { return o.Path == prefix+".py" || strings.HasPrefix(o.Path, prefix+"/") })
	}
	top := "."
	if folder == "src" || strings.HasPrefix(folder, "src/") {
		top = "src"
	}
	for _, found := range importLine.FindAllStringSubmatch(m.Code, -1) {
		name, _, _ := strings.Cut(cmp.Or(found[1], found[2]), ".")
		if strings.HasPrefix(cmp.Or(found[1], found[2]), ".") {
			return top // relative: it is part of a package
		}
		// The nearest folder that has the name, unless a higher one has it, too.
		if has(".", name) {
			return "."
		}
		for up := folder; up != "." && up != "/"; up = path.Dir(up) {
			if has(up, name) {
				return up
			}
		}
	}
	return top
}
