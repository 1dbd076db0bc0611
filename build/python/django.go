package python

import (
	"context"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// django is a Django project in the app.
type django struct {
	Dir      string // of manage.py, below the app's folder
	Settings string // "shop.settings"
	Static   bool   // its settings say where static files are collected
}

var (
	settingsModule = regexp.MustCompile(`DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']`)
	staticRoot     = regexp.MustCompile(`(?m)^\s*STATIC_ROOT\s*(?::[^=\n]+)?=`)
)

// byDjango serves a Django project, wherever its manage.py lies, by its wsgi or asgi module.
func byDjango(dir fs.FS, all []module, p *plan) *start {
	d := findDjango(all, p)
	if d == nil {
		return nil
	}
	at := func(kind string) *module {
		var found []module
		for _, m := range all {
			if path.Base(m.Path) == kind+".py" && (d.Dir == "." || strings.HasPrefix(m.Path, d.Dir+"/")) && strings.Contains(m.Code, "get_"+kind+"_application") {
				found = append(found, m)
			}
		}
		// The one beside the settings, where there are several.
		folder := path.Join(d.Dir, strings.ReplaceAll(strings.Split(d.Settings+".", ".")[0], ".", "/"))
		if i := slices.IndexFunc(found, func(m module) bool { return strings.HasPrefix(m.Path, folder+"/") }); i >= 0 {
			return &found[i]
		}
		if len(found) > 0 {
			return &found[0]
		}
		return nil
	}
	w, a := at("wsgi"), at("asgi")
	where := ""
	if d.Dir != "." {
		where = "cd " + quote(d.Dir) + " && "
	}
	async := p.has("channels", "daphne", "uvicorn", "uvicorn-worker") && !p.has("gunicorn", "uwsgi", "pyuwsgi", "waitress") || w == nil
	var s *start
	switch {
	case a != nil && (async || p.has("channels")):
		f := framework{Name: "Django", Protocol: asgi}
		if (p.has("daphne") || p.extra("channels", "daphne")) && !p.has("uvicorn") {
			s = &start{Line: where + "daphne -b " + onAll + " -p " + port + " " + a.dotted(d.Dir) + ":application", Program: "daphne"}
			s.Why = a.Path + ": Django, by daphne"
			break
		}
		s = serveASGI(object{framework: f, File: *a, Name: "application"}, where, a.dotted(d.Dir), p)
	case w != nil:
		s = serveWSGI(object{framework: framework{Name: "Django", Protocol: wsgi}, File: *w, Name: "application"}, where, w.dotted(d.Dir), p)
	default:
		s = &start{Line: where + "python3 manage.py runserver --noreload " + onAll + ":" + port, Why: path.Join(d.Dir, "manage.py") + ": Django without a wsgi or asgi module, by its development server"}
		s.Warnings = append(s.Warnings, "no wsgi.py or asgi.py goes with "+path.Join(d.Dir, "manage.py")+"; Django's development server is not meant for production")
	}
	s.Django = d
	return s
}

// isDjangos tells whether a file is the program by which a Django project is managed: it is no server.
func isDjangos(dir fs.FS, name string) bool {
	text, _, err := language.ReadText(dir, name)
	return err == nil && strings.Contains(text, "django.core.management")
}

// findDjango looks for manage.py, and for what its settings say of static files.
func findDjango(all []module, p *plan) *django {
	for _, m := range all {
		if path.Base(m.Path) != "manage.py" || !strings.Contains(m.Text, "django") || !p.may([]string{"django"}) {
			continue
		}
		d := &django{Dir: path.Dir(m.Path)}
		if found := settingsModule.FindStringSubmatch(m.Text); found != nil {
			d.Settings = found[1]
		}
		d.Static = slices.ContainsFunc(all, func(o module) bool {
			return (d.Dir == "." || strings.HasPrefix(o.Path, d.Dir+"/")) && strings.Contains(o.Path, "settings") && staticRoot.MatchString(o.Code)
		})
		return d
	}
	return nil
}

// collectStatic gathers the static files of a Django project, where its settings say where. A failure is told and does not
// fail the build: settings that want a database or a secret have them at run time only.
func (p *python) collectStatic(ctx context.Context) error {
	d := p.begin.Django
	if d == nil || !d.Static {
		return nil
	}
	if on, err := p.Truth("BP_DJANGO_COLLECTSTATIC", true); err != nil || !on {
		return err
	}
	if by := p.noCollectStatic(); by != "" {
		p.Log.Line("static files are not collected: %s", by)
		return nil
	}
	env := language.With(p.Env, map[string]string{"PYTHONDONTWRITEBYTECODE": "1"})
	for name, value := range map[string]string{"SECRET_KEY": "only-for-collectstatic", "DJANGO_SECRET_KEY": "only-for-collectstatic"} {
		if env[name] == "" {
			env[name] = value
		}
	}
	p.Log.Line("collecting static files (manage.py collectstatic)")
	python := filepath.Join(p.layer.Path, "bin", "python3")
	out, err := language.Output(ctx, p.Run, language.Command{Args: []string{python, "manage.py", "collectstatic", "--noinput"}, What: "manage.py collectstatic", Dir: filepath.Join(p.Dir, d.Dir), Env: env})
	if err != nil {
		p.Log.Warn("Django's static files are not collected: %s", p.reasonIn(err))
		p.Log.Warn("give the build what the settings need (pack build --env NAME=value), or set BP_DJANGO_COLLECTSTATIC=false")
		return nil
	}
	lines := strings.Split(out, "\n")
	p.Log.Line("%s", strings.TrimSpace(lines[len(lines)-1]))
	return nil
}

// noCollectStatic is what forbids the collecting of static files as Heroku's buildpack has it; empty where nothing does.
func (p *python) noCollectStatic() string {
	const variable, file = "DISABLE_COLLECTSTATIC", ".heroku/collectstatic_disabled"
	switch {
	case !slices.Contains([]string{"", "0", "false"}, p.Env[variable]):
		return variable + " is set"
	case language.IsFile(p.Files, file):
		return file + " is there"
	}
	return ""
}
