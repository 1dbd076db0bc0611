package python

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// module is a Python file of the app.
type module struct {
	Path string // below the app's folder: "shop/main.py"
	Text string
	Code string // Text with comments and the insides of strings blanked, of the same length
}

// Bounds of a look at an app's sources: what is beyond them is no file by which an app is started.
const (
	maxModules     = 3000
	maxModuleDepth = 4
	maxModuleSize  = 1 << 20
)

// skipped are folders that hold no app.
var skipped = []string{
	"node_modules", "site-packages", "__pycache__", "venv", "env", "virtualenv", "test", "tests", "testing", "migrations", "docs", "doc", "examples",
	"example", "build", "dist", "static", "notebooks", "benchmarks", "vendor", "alembic",
}

// readModules reads the app's Python files, those nearest to the root and of the commonest names first.
func readModules(dir fs.FS) ([]module, error) {
	var all []module
	err := fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if e.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || slices.Contains(skipped, strings.ToLower(base)) || strings.Count(name, "/") >= maxModuleDepth || language.IsFile(dir, name+"/pyvenv.cfg")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".py") || !e.Type().IsRegular() || strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py") || base == "conftest.py" || base == "setup.py" {
			return nil
		}
		if len(all) >= maxModules {
			return fs.SkipAll
		}
		if info, err := e.Info(); err != nil || info.Size() > maxModuleSize {
			return err
		}
		text, _, err := language.ReadText(dir, name)
		if err != nil {
			return err
		}
		all = append(all, module{Path: name, Text: text, Code: blank(text)})
		return nil
	})
	slices.SortStableFunc(all, func(a, b module) int { return a.rank() - b.rank() })
	return all, err
}

// commonNames are the names of files by which apps are started, in the order they are looked for.
var commonNames = []string{
	"wsgi.py", "asgi.py", "main.py", "app.py", "server.py", "streamlit_app.py", "application.py", "api.py", "index.py", "web.py", "home.py", "hello.py", "dashboard.py", "bot.py",
	"agent.py", "chatbot.py", "chat.py", "demo.py", "service.py", "worker.py", "run.py", "start.py", "__main__.py", "__init__.py",
}

// rank orders files: by depth, then by name. src/ does not count as depth.
func (m module) rank() int {
	at := slices.Index(commonNames, strings.ToLower(path.Base(m.Path)))
	if at < 0 {
		at = len(commonNames)
	}
	folder := path.Dir(m.Path)
	depth := 0
	if folder != "." {
		depth = 2 * (strings.Count(folder, "/") + 1)
	}
	if folder == "src" || strings.HasPrefix(folder, "src/") {
		depth -= 1
	}
	if base := path.Base(folder); base == "app" || base == "api" || base == "backend" || base == "server" {
		depth--
	}
	return depth*100 + at
}

// common tells whether apps are commonly started by a file of this name.
func (m module) common() bool {
	return slices.Contains(commonNames, strings.ToLower(path.Base(m.Path)))
}

// acts finds a call or a loop at the top of a file: what it does when it is run.
var acts = regexp.MustCompile(`(?m)^(?:(?:while|for|with)\b|([A-Za-z_]\w*)[\w.]*\()`)

// What is no sign of a program: modules whose calls at the top only prepare the interpreter, and files that others read or run.
var (
	preparing = []string{"sys", "os", "logging", "warnings", "locale"}
	ofOthers  = []string{
		"__init__.py", "conf.py", "pelicanconf.py", "publishconf.py", "tasks.py", "hooks.py", "noxfile.py", "fabfile.py", "dodo.py", "gunicorn.conf.py",
		"gunicorn_conf.py", "gunicorn_config.py", reflexConfig,
	}
)

// isOthers tells of a file, by its name, that a tool or another file reads it, unless it says that it is a program as well.
func (m module) isOthers() bool {
	return slices.Contains(ofOthers, path.Base(m.Path)) && !runsItself.MatchString(m.Code) && !serves.MatchString(m.Code)
}

// isProgram tells whether a file says that it is a program, starts a server, or, in the root or in src, does something when it is run:
// "client.run(TOKEN)".
func (m module) isProgram() bool {
	if runsItself.MatchString(m.Code) || serves.MatchString(m.Code) {
		return true
	}
	if !slices.Contains([]string{".", "src"}, path.Dir(m.Path)) || slices.Contains(ofOthers, path.Base(m.Path)) {
		return false
	}
	return slices.ContainsFunc(acts.FindAllStringSubmatch(m.Code, -1), func(found []string) bool { return !slices.Contains(preparing, found[1]) })
}

// blank replaces comments and the insides of strings by blanks, so that patterns see code only. Line ends stay.
func blank(text string) string {
	out := []byte(text)
	wipe := func(from, to int) {
		for i := from; i < to && i < len(out); i++ {
			if out[i] != '\n' {
				out[i] = ' '
			}
		}
	}
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '#':
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				end = len(text) - i
			}
			wipe(i, i+end)
			i += end
		case '"', '\'':
			quote := text[i : i+1]
			if strings.HasPrefix(text[i:], strings.Repeat(quote, 3)) {
				quote = strings.Repeat(quote, 3)
			}
			end := closing(text, i+len(quote), quote)
			wipe(i+len(quote), end)
			i = end + len(quote)
		default:
			i++
		}
	}
	return string(out)
}

// closing is where a string ends: at its quote, or at the line's end where a short one is not closed.
func closing(text string, from int, quote string) int {
	for i := from; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], quote):
			return i
		case text[i] == '\n' && len(quote) == 1:
			return i
		}
	}
	return len(text)
}
