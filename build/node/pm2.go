package node

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/titanous/json5"
	"go.yaml.in/yaml/v3"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// pm2 keeps programs running, and keeps their logs. A container's platform does both, so that what it would start is started
// without it.

// pm2Options are options of pm2 that take the next word.
var pm2Options = []string{"-i", "--instances", "-n", "--name", "--env", "--only", "--max-memory-restart", "--node-args", "--interpreter", "-o", "--output", "-e", "--error", "-l", "--log", "--cwd"}

// pm2Start is what arguments of pm2 ask for.
type pm2Start struct {
	target    int            // which of the arguments names what starts; -1 for none
	env, only string         // the values of --env and --only
	rest      []command.Word // for what starts
	otherwise bool           // it starts in a way that only pm2 knows
}

// readPM2 reads the arguments of pm2.
func readPM2(words []command.Word, args []string) pm2Start {
	s := pm2Start{target: -1}
	for i := 0; i < len(args); i++ {
		option, value, joined := strings.Cut(args[i], "=")
		if slices.Contains(pm2Options, option) && !joined && i+1 < len(args) {
			i++
			value = args[i]
		}
		switch {
		case option == "--env":
			s.env = value
		case option == "--only":
			s.only = value
		case option == "--interpreter" || option == "--node-args" || option == "--cwd":
			s.otherwise = true
		case args[i] == "--":
			s.rest = words[i+1:]
			return s
		case strings.HasPrefix(option, "-") || args[i] == "start" || args[i] == "restart" || args[i] == "startOrRestart" || s.target >= 0:
		default:
			s.target = i
		}
	}
	return s
}

// pm2 reads "pm2-runtime server.js", "pm2 start ecosystem.config.js --env production", "pm2 start npm -- start" and their kin. What
// it cannot read stays as it is.
func (a *app) pm2(name string, words []command.Word, args []string, dir string) (call, error) {
	s := readPM2(words, args)
	if s.target < 0 || s.otherwise {
		return call{}, nil
	}
	var c call
	var err error
	switch file := args[s.target]; {
	case isEcosystem(file):
		c, err = a.ecosystem(file, s.env, s.only, dir)
		if err != nil && a.hasPM2() && (name == "pm2-runtime" || slices.Contains(args, "--no-daemon")) {
			return call{}, nil // it starts all of them
		}
	case slices.Contains([]string{".js", ".mjs", ".cjs"}, path.Ext(file)):
		c = call{words: slices.Concat([]command.Word{command.Text("node"), words[s.target]}, s.rest)}
	case slices.Contains([]string{"npm", "yarn", "pnpm"}, file) && len(s.rest) > 0:
		c = call{words: slices.Concat(words[s.target:s.target+1], s.rest)}
	}
	if c.words != nil || c.line != nil {
		a.note(name + " is left out: a platform starts the app again and keeps its log")
	}
	return c, err
}

// hasPM2 tells whether the image gets pm2 itself.
func (a *app) hasPM2() bool {
	return slices.ContainsFunc(a.folders(), func(f folder) bool { _, ok := f.manifest.Dependencies["pm2"]; return ok })
}

// isEcosystem tells whether a file says what pm2 starts.
func isEcosystem(file string) bool {
	switch path.Ext(file) {
	case ".json", ".yml", ".yaml":
		return true
	}
	return strings.Contains(path.Base(file), ".config.")
}

// pm2App is one program that pm2 starts. Args and NodeArgs are a text or a list.
type pm2App struct {
	Name        string         `yaml:"name"`
	Script      string         `yaml:"script"`
	Args        any            `yaml:"args"`
	NodeArgs    any            `yaml:"node_args"`
	Interpreter string         `yaml:"interpreter"`
	Dir         string         `yaml:"cwd"`
	More        map[string]any `yaml:",inline"` // env and env_NAME
}

// ecosystem is what pm2 would start by a file, where that is one program. only names it where there are several, and env the
// variables that it gets beside the usual ones.
func (a *app) ecosystem(file, env, only, dir string) (call, error) {
	apps := a.readEcosystem(file, dir)
	if only != "" {
		apps = slices.DeleteFunc(apps, func(p pm2App) bool { return p.Name != only })
	}
	if len(apps) > 1 {
		return call{}, fmt.Errorf("%s names %d programs: make each a process of its own in a Procfile", file, len(apps))
	}
	if len(apps) == 0 || apps[0].Script == "" || filepath.IsAbs(apps[0].Script) {
		return call{}, nil
	}
	p := apps[0]
	line, err := command.Parse(p.text())
	if err != nil || len(line) != 1 {
		return call{}, nil
	}
	line[0].Assign = slices.Concat(p.variables("env"), line[0].Assign)
	if env != "" {
		line[0].Assign = slices.Concat(line[0].Assign, p.variables("env_"+env))
	}
	if to := path.Clean(p.Dir); p.Dir != "" && to != "." && filepath.IsLocal(to) {
		line[0].Join = command.And
		line = slices.Concat(command.Line{{Join: command.Then, Words: []command.Word{command.Text("cd"), command.Text(to)}}}, line)
	}
	return call{line: line}, nil
}

// readEcosystem reads the programs of a file; none where it is more than data, as a module of JavaScript's may be.
func (a *app) readEcosystem(file, dir string) []pm2App {
	rel, err := filepath.Rel(a.Root, filepath.Join(dir, file))
	if err != nil || !filepath.IsLocal(rel) {
		return nil
	}
	text, _, err := language.ReadText(a.project, filepath.ToSlash(rel))
	if err != nil {
		return nil
	}
	if ext := path.Ext(file); ext != ".json" && ext != ".yml" && ext != ".yaml" {
		from, to := strings.Index(text, "{"), strings.LastIndex(text, "}")
		var data any
		if from < 0 || to < from || document.Check([]byte(text[from:to+1])) != nil || json5.Unmarshal([]byte(text[from:to+1]), &data) != nil {
			return nil
		}
		plain, err := yaml.Marshal(data)
		if err != nil {
			return nil
		}
		text = string(plain)
	}
	var made struct {
		Apps []pm2App `yaml:"apps"`
	}
	if document.YAML(text, &made) != nil {
		return nil
	}
	return made.Apps
}

// foreignScripts are the endings of scripts for which pm2 has programs that nothing here stands for.
var foreignScripts = []string{".sh", ".rb", ".php", ".pl", ".coffee", ".ls"}

// text is the command of a program; empty where pm2 itself has to start it. pm2 has Node.js run what is none of another language; a
// name alone is a program on the PATH, or what pm2 does itself ("serve").
func (p pm2App) text() string {
	words := []string{}
	switch ext := path.Ext(p.Script); {
	case p.Interpreter == "none" || strings.Contains(p.Script, " ") || slices.Contains([]string{"npm", "yarn", "pnpm"}, p.Script):
	case p.Interpreter != "":
		words = append(words, p.Interpreter)
	case ext == ".ts":
		words = append(words, "ts-node")
	case ext == ".py":
		words = append(words, "python3")
	case slices.Contains(foreignScripts, ext), ext == "" && !strings.Contains(p.Script, "/"):
		return ""
	default:
		words = append(words, "node")
	}
	words = slices.Concat(words, wordsOf(p.NodeArgs), []string{p.Script}, wordsOf(p.Args))
	return strings.Join(words, " ")
}

// wordsOf are the words of a text or a list.
func wordsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return strings.Fields(v)
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, command.Text(spelled(one)).String())
		}
		return all
	}
	return nil
}

// spelled is a value as JavaScript writes it: 3600000, and not 3.6e+06.
func spelled(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// variables are those of a key of the file, sorted by name. PORT is left out: the platform says which.
func (p pm2App) variables(key string) []command.Assign {
	values, ok := p.More[key].(map[string]any)
	if !ok {
		return nil
	}
	var all []command.Assign
	for name, value := range values {
		switch value.(type) {
		case string, int, float64, bool:
			if name != "PORT" {
				all = append(all, command.Assign{Name: name, Value: command.Text(spelled(value))})
			}
		}
	}
	slices.SortFunc(all, func(a, b command.Assign) int { return strings.Compare(a.Name, b.Name) })
	return all
}
