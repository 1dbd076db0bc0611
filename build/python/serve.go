package python

import (
	"fmt"
	"regexp"
	"slices"
)

// serve starts an app object by a server: the one that the app names, or one that is brought.
func serve(o object, all []module, p *plan) *start {
	root := o.File.root(all)
	name := o.File.dotted(root)
	where := inFolder(root)
	switch {
	case o.Name == "Dash" || o.framework.Name == "Dash":
		return serveDash(o, where, root, p)
	case o.framework.Name == "Sanic":
		return &start{Line: where + "sanic --host " + onAll + " --port " + port + " --single-process " + name + ":" + o.Name, Why: o.File.Path + ": Sanic, by its own server", Program: "sanic"}
	case o.Protocol == asgi:
		return serveASGI(o, where, name, p)
	case o.Protocol == aiohttp:
		s := &start{Line: where + "gunicorn --bind " + onAll + ":" + port + " --worker-class aiohttp.GunicornWebWorker " + quote(callable(name+":"+o.Name, o.Call)), Program: "gunicorn"}
		if s.Why = o.File.Path + ": aiohttp, by gunicorn"; !p.has("gunicorn") {
			s.Server = "gunicorn"
		}
		return s
	}
	return serveWSGI(o, where, name, p)
}

// inFolder is what stands in front of a command so that imports are found from a folder: src is put on Python's path, and
// programs in other folders are started there.
func inFolder(root string) string {
	switch {
	case root == ".":
		return ""
	case root == "src":
		return "PYTHONPATH=src "
	}
	return "cd " + quote(root) + " && "
}

// serveASGI is the start of an ASGI app, by the server among its packages or else uvicorn.
func serveASGI(o object, where, name string, p *plan) *start {
	s := &start{Program: "uvicorn"}
	flags := ""
	if o.Call {
		flags = " --factory"
	}
	switch {
	case p.has("uvicorn", "uvicorn-worker") || p.extra("fastapi", "standard", "all") || p.extra("litestar", "standard") || p.Whole && p.has("uvicorn"):
	case p.has("hypercorn") && !o.Call:
		s.Program = "hypercorn"
		s.Line = where + "hypercorn --bind " + onAll + ":" + port + " " + name + ":" + o.Name
	case p.has("granian"):
		s.Program = "granian"
		s.Line = where + "granian --interface asgi --host " + onAll + " --port " + port + flags + " " + name + ":" + o.Name
	case (p.has("daphne") || p.extra("channels", "daphne")) && !o.Call:
		s.Program = "daphne"
		s.Line = where + "daphne -b " + onAll + " -p " + port + " " + name + ":" + o.Name
	default:
		s.Server = "uvicorn"
	}
	if s.Line == "" {
		s.Line = where + "uvicorn --host " + onAll + " --port " + port + flags + " " + name + ":" + o.Name
	}
	s.Why = fmt.Sprintf("%s: %s, by %s", o.File.Path, o.framework.Name, s.Program)
	return s
}

// extra tells whether a distribution is asked for with one of these extras.
func (p *plan) extra(name string, any ...string) bool {
	return slices.ContainsFunc(p.Dists[name].Extras, func(e string) bool { return slices.Contains(any, e) })
}

// serveWSGI is the start of a WSGI app, by the server among its packages or else gunicorn.
func serveWSGI(o object, where, name string, p *plan) *start {
	object := name + ":" + o.Name
	s := &start{Program: "gunicorn"}
	switch {
	case p.has("gunicorn"):
	case p.has("waitress"):
		s.Program = "waitress-serve"
		call := ""
		if o.Call {
			call = "--call "
		}
		s.Line = where + "waitress-serve --host " + onAll + " --port " + port + " " + call + object
	case p.has("uwsgi", "pyuwsgi"): // the latter is the same program in wheels
		s.Program = "uwsgi"
		s.Line = where + "uwsgi --http-socket " + onAll + ":" + port + " --master --die-on-term --module " + quote(callable(object, o.Call))
	case p.has("granian"):
		s.Program = "granian"
		factory := ""
		if o.Call {
			factory = "--factory "
		}
		s.Line = where + "granian --interface wsgi --host " + onAll + " --port " + port + " " + factory + object
	case p.NoIndex && p.has("flask"):
		s.Program = "flask"
		s.Line = where + "FLASK_APP=" + object + " flask run --host " + onAll + " --port " + port
	default:
		s.Server = "gunicorn"
	}
	if s.Line == "" {
		threads := ""
		if p.has("flask-socketio") {
			threads = "--threads 100 "
		}
		s.Line = where + "gunicorn --bind " + onAll + ":" + port + " " + threads + quote(callable(object, o.Call))
	}
	s.Why = fmt.Sprintf("%s: %s, by %s", o.File.Path, o.framework.Name, s.Program)
	return s
}

func callable(object string, call bool) string {
	if call {
		return object + "()"
	}
	return object
}

// serveDash serves the Flask app inside a Dash app, where the file gives it a name; Dash's own server otherwise, which
// takes HOST and PORT from the environment.
func serveDash(o object, where, root string, p *plan) *start {
	re := regexp.MustCompile(`(?m)^(\w+)\s*=\s*` + o.Name + `\.server\b`)
	if found := re.FindStringSubmatch(o.File.Code); found != nil {
		o.Name, o.framework.Name = found[1], "Dash's Flask"
		return serveWSGI(o, where, o.File.dotted(root), p)
	}
	return &start{Line: "HOST=" + onAll + " PORT=" + port + " python3 " + quote(o.File.Path), Why: o.File.Path + ": Dash, by its own server"}
}
