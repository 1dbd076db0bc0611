package java

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// Start commands may name what an image does not have: the app's build tool, or a script for a shell that a plugin wrote.
// Both are replaced by what they come to.

// buildTools are the programs that build an app, and with some goals start it: "./mvnw spring-boot:run".
var buildTools = []string{"mvn", "mvnw", "gradle", "gradlew"}

// programOf is the program of a simple command, or of the shell that is to run it, and the words after it.
func programOf(s command.Simple) (program string, rest []command.Word) {
	words := s.Call().Words
	for len(words) > 0 {
		name, ok := words[0].Literal()
		words = words[1:]
		if base := path.Base(name); ok && (base == "sh" || base == "bash") {
			continue
		}
		if !ok {
			break
		}
		return path.Clean(name), words
	}
	return "", nil
}

func isBuildTool(s command.Simple) bool {
	program, _ := programOf(s)
	return slices.Contains(buildTools, path.Base(program))
}

// startsByTool tells whether the app's build tool is what runs in the end.
func startsByTool(p language.Process) bool {
	line, err := command.Of(p.Line, p.Command)
	return err == nil && len(line) > 0 && isBuildTool(line[len(line)-1])
}

// readCommands takes the processes that the user names, less those that the build tool starts: for them, what was built is looked
// for as if nobody had named a command.
func (a *app) readCommands() {
	a.wishedFor = a.Processes
	a.Processes = slices.DeleteFunc(slices.Clone(a.Processes), startsByTool)
}

// readScripts replaces the scripts that start commands name, once they are built.
func (a *app) readScripts(ctx context.Context) error {
	a.wishedFor = slices.Clone(a.wishedFor)
	for i, p := range a.wishedFor {
		line, err := command.Of(p.Line, p.Command)
		if err != nil {
			continue // it is told where processes are made
		}
		line, named, err := a.withoutScripts(ctx, line)
		if err != nil {
			return err
		}
		if !named {
			continue
		}
		a.Log.Line("%s: the script of %q is for a shell, which the image has not: what it starts is started without it", p.Type, language.Clip(p.Text()))
		a.wishedFor[i].Line, a.wishedFor[i].Command, a.rewritten = line.String(), nil, true
	}
	a.Processes = slices.DeleteFunc(slices.Clone(a.wishedFor), startsByTool)
	return nil
}

// withoutScripts is a line with the commands in the place of scripts, and whether it named any.
func (a *app) withoutScripts(ctx context.Context, line command.Line) (command.Line, bool, error) {
	named := false
	for i := range line {
		program, rest := programOf(line[i])
		if !strings.Contains(program, "/") || !a.isOutput(program) {
			continue
		}
		if err := a.install(ctx, program); err != nil {
			return nil, false, err
		}
		words, ok := a.startScript(program)
		if !ok {
			continue
		}
		var err error
		if line, err = line.Replace(i, command.Line{{Join: command.Then, Words: append(words, rest...)}}); err != nil {
			return nil, false, fmt.Errorf("cannot start %s without a shell: %w", language.Clip(program), err)
		}
		named = true
	}
	return line, named, nil
}

// install has Gradle write the script that a command names, which its task assemble does not.
func (a *app) install(ctx context.Context, program string) error {
	if a.tool != toolGradle || !strings.Contains("/"+program, "/build/install/") || language.Exists(a.at(program)) {
		return nil
	}
	return a.runGradle(ctx, []string{"--no-daemon", "installDist"})
}

var (
	scriptPath    = regexp.MustCompile(`(?m)^\s*CLASSPATH=(.*\.jar.*)$`)
	scriptMain    = regexp.MustCompile(`-classpath[^\n]*?(?:\\\n[^\n]*?)*?\s([\w$]+(?:\.[\w$]+)*)\s*(?:\\\n)?\s*"\$(?:@|APP_ARGS)"`)
	scriptOptions = regexp.MustCompile(`(?m)^\s*DEFAULT_JVM_OPTS='([^'$]*)'`)
)

// startScript reads a script that starts a virtual machine: one of appassembler's, Maven's plugin, or of Gradle's plugin
// application. They lie in bin/, beside the folder of the class path.
func (a *app) startScript(name string) ([]command.Word, bool) {
	text, ok, err := language.ReadText(language.FolderOf(a.root), name)
	if err != nil || !ok || !strings.HasPrefix(text, "#!") {
		return nil, false
	}
	jars, main := scriptPath.FindStringSubmatch(text), scriptMain.FindStringSubmatch(text)
	if jars == nil || main == nil {
		return nil, false
	}
	base := path.Dir(path.Dir(name))
	var classPath []string
	for entry := range strings.SplitSeq(strings.ReplaceAll(jars[1], `"`, ""), ":") {
		entry = strings.NewReplacer("$REPO", base+"/repo", "$BASEDIR", base, "$APP_HOME", base).Replace(strings.TrimSpace(entry))
		if !strings.Contains(entry, "$") {
			classPath = append(classPath, path.Clean(entry))
		}
	}
	words := []command.Word{command.Text("java"), {{Var: "JAVA_OPTS"}}}
	if m := scriptOptions.FindStringSubmatch(text); m != nil {
		for option := range strings.FieldsSeq(strings.ReplaceAll(m[1], `"`, "")) {
			words = append(words, command.Text(option))
		}
	}
	return append(words, command.Text("-cp"), command.Text(strings.Join(classPath, ":")), command.Text(main[1])), true
}

// started are the user's processes as the image can run them: in the place of the build tool what was built, and without what
// only builds before. It is nil where none changes.
func (a *app) started(b built) ([]language.Process, error) {
	all := slices.Clone(a.wishedFor)
	for i, p := range all {
		line, err := command.Of(p.Line, p.Command)
		if err != nil || !slices.ContainsFunc(line, isBuildTool) {
			continue
		}
		if line, err = a.withoutTool(p, line, b); err != nil {
			return nil, err
		}
		all[i].Line, all[i].Command, a.rewritten = line.String(), nil, true
	}
	if !a.rewritten {
		return nil, nil
	}
	return all, nil
}

// withoutTool is a line of a process without the app's build tool.
func (a *app) withoutTool(p language.Process, line command.Line, b built) (command.Line, error) {
	last := len(line) - 1
	var all command.Line
	for i, s := range line {
		switch {
		case !isBuildTool(s):
			all = append(all, s)
			continue
		case i < last:
			continue // it is built
		case len(b.Start) == 0:
			return nil, &language.Problem{
				What:     fmt.Sprintf("the process %s starts the app by %s, which is not in the image, and nothing else says what runs", p.Type, language.Clip(s.String())),
				Evidence: []string{"from: " + p.Why},
				Next:     "Write what runs, such as \"web: java -jar target/app.jar\".",
			}
		}
		conventional := a.process(b)
		a.Log.Line("%s: %q starts the build tool, which is not in the image: what was built is started", p.Type, language.Clip(p.Text()))
		by, err := command.Of(conventional.Line, conventional.Command)
		if err != nil {
			return nil, err
		}
		if all, err = append(all, s).Replace(len(all), by); err != nil {
			return nil, fmt.Errorf("cannot start the app without its build tool: %w", err)
		}
	}
	if len(all) > 0 {
		all[0].Join = command.Then
	}
	return all, nil
}
