package node

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// checkStart finds what is wrong with the start command before anything is downloaded.
func (a *app) checkStart() error {
	if len(a.Processes) > 0 {
		return a.checkProcesses()
	}
	if script, ok := a.own.manifest.Scripts["start"]; ok {
		return a.checkScript(script)
	}
	return a.checkConvention()
}

// checkProcesses checks the user's own processes.
func (a *app) checkProcesses() error {
	for _, p := range a.Processes {
		line, err := a.inline(written(p), a.Dir)
		if err != nil {
			return needsShell(p.Type, p.Why, written(p), err)
		}
		if err := a.checkFiles(p.Type, p.Why, written(p), line); err != nil {
			return err
		}
		if err := a.checkImports(line); err != nil {
			return err
		}
	}
	return nil
}

// checkScript checks the script start.
func (a *app) checkScript(script string) error {
	why := "script start in " + orFile(a.own.manifest.File)
	line, err := a.startLine()
	if err != nil {
		return needsShell("web", why, script, err)
	}
	if err := a.checkFiles("web", why, script, line); err != nil {
		return err
	}
	if slices.ContainsFunc(line, func(s command.Simple) bool { return isDevServer(command.Plain(s.Call().Words)) }) {
		if err := a.checkNx(); err != nil {
			return err
		}
	}
	return a.checkImports(line)
}

// checkConvention checks an app that says nowhere how it starts: by its framework, its pages, a file of a common name or its one member
// that is an app.
func (a *app) checkConvention() error {
	if err := a.checkNx(); err != nil {
		return err
	}
	_, framed := a.framework()
	file := a.startFile()
	builds := len(a.buildScripts()) > 0
	other := framed || a.isStatic() || a.isDeno() // than a file that Node.js runs
	member := a.own.dir == a.top.dir && len(candidates(a.members)) == 1
	if !other && !builds && (file != "" || !member) {
		if err := a.checkWorker(file); err != nil {
			return err
		}
	}
	if file != "" && !a.isStatic() {
		if err := a.checkImports(command.Literal([]string{"node", file})); err != nil {
			return err
		}
	}
	if file != "" && !other && !a.makesFiles() {
		if err := a.checkServed(file); err != nil {
			return err
		}
	}
	built := builds && len(candidates(a.members)) < 2 // what it leaves may start
	if other || file != "" || member || built {
		return nil
	}
	return a.noStart(language.NoStart, append([]string{language.LookedFor}, looked...))
}

// checkImports finds what the file that a line has Node.js run imports, and what nothing makes.
func (a *app) checkImports(line command.Line) error {
	if err := a.checkUnlisted(line); err != nil || a.makesFiles() || a.usesBun() || a.isDeno() {
		return err
	}
	return a.checkNames(line)
}

// noStart is the problem of an app that nothing starts.
func (a *app) noStart(what string, evidence []string) error {
	if main := string(a.own.manifest.Main); main != "" && !a.has(path.Clean(main)) {
		evidence = append([]string{"main in " + a.own.manifest.File + ": " + language.Clip(main) + ", which is not in the app's folder"}, evidence...)
	}
	p := &language.Problem{
		What:     what,
		Evidence: evidence,
		Next:     `Add a script "start" to package.json, or a Procfile with one line, such as "web: node server.js".`,
	}
	if listening := a.listening(); len(listening) > 0 {
		p.Evidence = append(p.Evidence, "files that may be the app, as they listen: "+strings.Join(listening, ", "))
		p.Next = fmt.Sprintf("Add a script \"start\" to package.json, or a Procfile with one line, such as \"web: %s %s\".", a.runner(), listening[0])
	}
	apps, are := candidates(a.members), "members of the workspace that may be the app: "
	if len(a.members) == 0 {
		apps, are = candidates(a.below()), "folders that may be the app: "
	}
	if len(apps) > 0 {
		var names []string
		for _, f := range apps {
			names = append(names, f.rel)
		}
		if len(a.members) == 0 && len(names) > 5 {
			names = append(names[:5:5], "…")
		}
		p.Evidence = append(p.Evidence, are+strings.Join(names, ", "))
		if p.Next = "Set BP_WHITTLE_APP to the folder of one of them."; len(names) == 1 {
			p.Next = "Set BP_WHITTLE_APP=" + names[0] + "."
		}
	}
	return p
}

// listening are files of the app, at its top and in src, that listen for connections and have names by which no app is commonly started.
func (a *app) listening() []string {
	var all []string
	for _, pattern := range []string{"*.[jt]s", "*.[cm][jt]s", "src/*.[jt]s", "src/*.[cm][jt]s"} {
		found, err := fs.Glob(a.own.files, pattern)
		if err != nil {
			return nil
		}
		for _, name := range found {
			text, _, err := language.ReadText(a.own.files, name)
			if tool := strings.Count(path.Base(name), ".") > 1; err == nil && !tool && listens.MatchString(text) {
				all = append(all, language.Clip(name))
			}
		}
	}
	return all[:min(len(all), 3)]
}

// runner is the program by which the app's developers run a file: Bun where they have its types.
func (a *app) runner() string {
	if a.own.manifest.needs("@types/bun") || a.own.manifest.needs("bun-types") {
		return "bun"
	}
	return "node"
}

func needsShell(kind, why, text string, err error) error {
	p := &language.Problem{
		What:     "the start command of " + kind + " needs what the image has not",
		Evidence: []string{why + ": " + text, err.Error()},
		Next:     "Name the program itself, such as `node server.js`, in the script or in a Procfile.",
		Err:      err,
	}
	var u *command.Unsupported
	if errors.As(err, &u) && u.Instead != "" {
		p.Next = u.Instead
	}
	return p
}
