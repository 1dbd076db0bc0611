package php

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// looked is where something to start is looked for, for the error where there is nothing.
var looked = []string{"index.php in " + strings.Join(webDirs, ", ")}

// chooseStart decides how the app starts: the user's processes, with a web process beside them where there is something to
// serve, or what is served alone.
func (a *app) chooseStart() error {
	var err error
	if a.web, err = a.findSite(); err != nil {
		return err
	}
	for _, p := range a.Processes {
		if p, err = a.process(p); err != nil {
			return err
		}
		a.processes, a.started = append(a.processes, p), true
	}
	named := slices.ContainsFunc(a.processes, func(p language.Process) bool { return p.Type == "web" })
	switch {
	case named && !a.serves:
		a.web = nil // the user's command serves in a way of its own
	case a.serves:
	case a.web != nil:
		a.processes = append(a.processes, language.Process{Type: "web", Line: a.atStart(a.web.line(a)), Why: a.web.why})
	case !a.started && a.platform.script != "":
		a.processes = append(a.processes, language.Process{Type: "web", Line: a.atStart("php " + a.platform.script), Why: a.platform.file})
	case !a.started:
		return a.startsNowhere()
	}
	return nil
}

// startsNowhere is the problem of an app with nothing to serve and nothing to start.
func (a *app) startsNowhere() error {
	p := &language.Problem{
		What:     language.NoStart,
		Evidence: append([]string{language.LookedFor}, looked...),
		Next:     `Set BP_PHP_WEB_DIR to the folder that has index.php, or write a Procfile with one line, such as "worker: php worker.php".`,
	}
	var others []string
	found, err := fs.Glob(a.Files, "*/index.php")
	for _, name := range found {
		if dir := path.Dir(name); err == nil && !slices.Contains([]string{"vendor", "tests", "test"}, dir) {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		p.Evidence = append(p.Evidence, "there is "+language.Some(others))
		p.Next = "Set BP_PHP_WEB_DIR to the folder to serve, such as " + language.Clip(path.Dir(others[0])) + "."
	}
	return p
}

// atStart is a command after the folders that the app writes to were made.
func (a *app) atStart(line string) string {
	if dirs := a.written(); len(dirs) > 0 {
		return "mkdir -p " + strings.Join(dirs, " ") + " && " + line
	}
	return line
}

// process is a process of the user's as the image can run it: scripts of PHP are run by php, and Heroku's servers are ours.
func (a *app) process(p language.Process) (language.Process, error) {
	if p.Line == "" {
		p.Line, p.Command = command.Literal(p.Command).String(), nil
	}
	line, err := command.Of(p.Line, nil)
	if err != nil {
		return p, err // the build has read it before
	}
	for i, s := range line {
		words := s.Call().Words
		name := ""
		if len(words) > 0 {
			name, _ = words[0].Literal()
		}
		switch path.Base(name) {
		case "heroku-php-nginx", "heroku-php-apache2":
			return a.heroku(p, line, i)
		}
		if a.isScript(name) {
			line = slices.Clone(line)
			line[i] = s.Replace(append([]command.Word{command.Text("php")}, words...))
		}
	}
	a.warnOfLoopback(p, line)
	p.Line = a.atStart(line.String())
	return p, nil
}

// isScript tells whether a word names a file of the app that PHP runs: bin/console begins with "#!/usr/bin/env php", for which
// the image lacks env.
func (a *app) isScript(name string) bool {
	if name == "" || filepath.IsAbs(name) || !strings.Contains(name, "/") {
		return false
	}
	f, err := a.Files.Open(path.Clean(name))
	if err != nil {
		return strings.HasPrefix(path.Clean(name), "vendor/bin/") // Composer writes it
	}
	defer f.Close()
	head := make([]byte, 64)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	first := firstLine(string(head[:n]))
	return strings.HasPrefix(first, "#!") && strings.Contains(path.Base(first), "php")
}

// warnOfLoopback tells of a server that nobody outside of the container reaches.
func (a *app) warnOfLoopback(p language.Process, line command.Line) {
	text := line.String()
	artisan := strings.Contains(text, "artisan serve") && !strings.Contains(text, "--host")
	if p.Type == "web" && (artisan || strings.Contains(text, "-S localhost") || strings.Contains(text, "-S 127.0.0.1")) {
		a.Log.WarnLate("%s: %s listens on 127.0.0.1 alone; leave the process out to have nginx and php-fpm serve the app", p.Why, p.Line)
	}
}

// heroku reads "heroku-php-nginx -C nginx.conf public/", whose options are of Heroku's PHP support: the folder to serve, and more
// of the server's configuration. It stands for the same server as the image has it, and is the last command of its line.
func (a *app) heroku(p language.Process, line command.Line, i int) (language.Process, error) {
	args := command.Plain(line[i].Call().Words)
	name := path.Base(args[0])
	if i < len(line)-1 {
		return p, &language.Problem{
			What: "the start command of " + p.Type + " goes on after its server", Evidence: []string{p.Why + ": " + p.Line},
			Next: "Make " + name + " the last command.",
		}
	}
	s := &site{root: ".", why: p.Why, server: nginxServer}
	if name == "heroku-php-apache2" {
		s.server = httpdServer
	}
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		switch word := rest[0]; {
		case word == "--":
		case word == "-C" && len(rest) > 1:
			s.include = append(s.include, filepath.Join(a.Dir, rest[1]))
			rest = rest[1:]
		case strings.HasPrefix(word, "-"):
			a.Log.Warn("%s: option %s of %s is left out", p.Why, language.Clip(word), name)
			if !strings.HasPrefix(word, "--") && len(rest) > 1 {
				rest = rest[1:] // its value
			}
		default:
			s.root = path.Clean(word)
		}
	}
	if err := a.complete(s); err != nil {
		return p, err
	}
	a.web, a.serves = s, true
	before := ""
	if i > 0 {
		before = line[:i].String() + joined(line[i].Join)
	}
	p.Line = a.atStart(before + s.line(a))
	return p, nil
}

// joined is what stands between two commands.
func joined(j command.Join) string {
	if j == command.Then {
		return "; "
	}
	return " " + string(j) + " "
}

// exists tells whether there is a file or folder in the app, as the build has left it.
func (a *app) exists(name string) bool {
	return language.Exists(filepath.Join(a.Dir, name))
}

// badFolder is the problem of a folder to serve that is not there.
func badFolder(root, by string) error {
	next := "Name a folder of the app that has an index.php."
	if strings.HasSuffix(by, "composer.json") {
		next = "Commit it, or correct its name there: no package has made it when it was installed."
	}
	return &language.Problem{What: fmt.Sprintf("there is no folder %s to serve", language.Clip(root)), Evidence: []string{"named by " + by}, Next: next}
}
