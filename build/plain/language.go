// Package plain builds apps of no language: a start command that runs programs of Debian packages (nginx, ffmpeg), programs that
// somebody else compiled, and pages that Debian's Hugo makes. Of the others there is nothing to compile: the app's folder is the
// image's, its programs get the libraries that they need, and what would keep one from starting is told.
package plain

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/project"
)

// Language claims what no language does.
var Language = language.Language{
	Language: detect.Language{Name: "none", Rest: rest},
	Compile:  compile,
}

// rest claims an app that starts by a program of Debian's, asked for as a slice, or that has a program in its folder or in bin/, or
// a zip app of Python's, or the configuration of a web server, or a site of Hugo's. Without a start command, source files beside a
// program are more certain than the program: it may be what a developer has built of them.
func rest(p project.Project) detect.Rest {
	start := p.Start()
	started := project.Program(start.Text())
	programs := programs(p.Files)
	switch {
	case started != "" && slices.ContainsFunc(programs, func(f program) bool { return f.name == path.Clean(started) }):
		return detect.Rest{Evidence: []string{start.By, path.Clean(started)}, Certain: true}
	case started != "" && len(p.Settings.Slices) > 0:
		return detect.Rest{Evidence: []string{start.By, "slices"}, Certain: slices.ContainsFunc(p.Settings.Slices, func(s project.Setting) bool {
			name, _, _ := strings.Cut(s.Name, "_")
			return name == path.Base(started)
		})}
	case started == "" && server(p.Files) != "":
		return detect.Rest{Evidence: []string{server(p.Files)}, Certain: !hasSource(p.Files)}
	case started == "" && len(programs) == 0 && hugoSite(p.Files) != "":
		return detect.Rest{Evidence: []string{hugoSite(p.Files)}, Certain: !hasSource(p.Files)}
	case path.Base(started) == "nginx" && hasNginx(p.Files):
		return detect.Rest{Evidence: []string{start.By, nginxConf}, Certain: true}
	case len(zipApps(p.Files)) > 0 && (started == "" || path.Base(started) == "python3" || slices.Contains(zipApps(p.Files), path.Clean(started))):
		return detect.Rest{Evidence: zipApps(p.Files), Certain: !hasSource(p.Files)}
	case len(programs) > 0:
		return detect.Rest{Evidence: names(programs), Certain: started == "" && !hasSource(p.Files)}
	}
	return detect.Rest{}
}

// The configurations of web servers, by which apps of pages are known to buildpacks for them.
const (
	nginxConf = "nginx.conf"
	httpdConf = "httpd.conf"
)

// server is the configuration of a web server in the app's folder by which it starts; empty where there is none. A part of one,
// such as people put into images of nginx, says nothing: it does not say what the rest is.
func server(files fs.FS) string {
	if hasNginx(files) {
		return nginxConf
	}
	if _, ok, err := language.ReadText(files, httpdConf); ok && err == nil {
		return httpdConf
	}
	return ""
}

func hasNginx(files fs.FS) bool {
	text, ok, err := language.ReadText(files, nginxConf)
	return ok && err == nil && nginx.Whole(text)
}

// hasSource tells whether a folder has files in a programming language, or a folder of it the first script of a site.
func hasSource(files fs.FS) bool {
	if sites, err := fs.Glob(files, "*/index.php"); err == nil && len(sites) > 0 {
		return true
	}
	return language.HasPrograms(files)
}
