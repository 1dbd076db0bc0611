// Package script reads the source text of scripts as far as it says what they need of other packages: the interpreter of
// the "#!" line, the commands of shell scripts, and the modules that Python, Perl and Ruby files import.
//
// Nothing is run and nothing is parsed in full: the languages are read by their lines. What is found is evidence that
// something is used; that a name is not found is evidence only as far as scripts say names literally, which is why
// names in strings count as well.
package script

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
)

// MaxSize is how many bytes of a file are read at most; longer sources are data.
const MaxSize = 4 << 20

// Shebang reads the "#!" line of a file: the absolute path of the interpreter and, where that is env(1), the name that env is
// told to look up on PATH. Both are empty when there is no such line.
func Shebang(head []byte) (interpreter, program string) {
	if !bytes.HasPrefix(head, []byte("#!")) {
		return "", ""
	}
	line, _, _ := bytes.Cut(head[2:], []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) == 0 || !path.IsAbs(words[0]) {
		return "", ""
	}
	if path.Base(words[0]) == "env" {
		for _, w := range words[1:] {
			if !strings.HasPrefix(w, "-") && !strings.Contains(w, "=") {
				return words[0], w
			}
		}
	}
	return words[0], ""
}

// Interpreters are the programs that the "#!" line of a file needs: the interpreter and, where that is env(1), the program that
// env is told to run, as it would be found in /usr/bin. Nil when there is no such line.
func Interpreters(head []byte) []string {
	interpreter, program := Shebang(head)
	switch {
	case interpreter == "":
		return nil
	case program == "":
		return []string{interpreter}
	}
	return []string{interpreter, "/usr/bin/" + path.Base(program)}
}

// A Language is one whose files are read for what they import.
type Language int

// The languages.
const (
	None Language = iota
	Shell
	Python
	Perl
	Ruby
)

// LanguageOf tells the language of a file by its name, or else by its "#!" line.
func LanguageOf(name string, head []byte) Language {
	switch path.Ext(name) {
	case ".py", ".pyw":
		return Python
	case ".pl", ".pm", ".ph":
		return Perl
	case ".rb", ".gemspec":
		return Ruby
	}
	interpreters := Interpreters(head)
	if len(interpreters) == 0 {
		return None
	}
	return languages[strings.TrimRight(path.Base(interpreters[len(interpreters)-1]), "0123456789.")]
}

// ImportsAs is the language in which a file of a package is read for what it imports; None if it is not. Only programs are
// told by their "#!" line.
func ImportsAs(at string, mode int64, head []byte) Language {
	if !debian.IsProgram(at) && mode&0o111 == 0 {
		head = nil
	}
	if l := LanguageOf(at, head); l != Shell {
		return l
	}
	return None
}

var languages = map[string]Language{
	"sh": Shell, "dash": Shell, "bash": Shell, "rbash": Shell, "python": Python, "perl": Perl, "ruby": Ruby,
}

// Imports returns the modules that a file imports, sorted, as its language writes them; see Absolute for those of Python
// that begin with a dot.
func Imports(l Language, text []byte) []string {
	var names []string
	switch l {
	case Python:
		names = pythonImports(text)
	case Perl:
		names = perlImports(text)
	case Ruby:
		names = rubyImports(text)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

var (
	pyImport = regexp.MustCompile(`(?m)^[ \t]*(?:[^#\n"']*[:;][ \t]*)?import[ \t]+([\w., \t]+)`)
	pyFrom   = regexp.MustCompile(`(?m)^[ \t]*(?:[^#\n"']*[:;][ \t]*)?from[ \t]+([\w.]+)[ \t]+import[ \t]*([\w, \t*()]*)`)
)

// pythonImports reads import statements, wherever they stand, and quoted dotted names: import_module("x"), entry points
// and lists of plugins say names that way. A quoted name may also be that of a distribution, perhaps with a version, as the
// start scripts of setuptools have it. Relative imports count too: another Debian package may have a part of the same Python
// package, as python3-h5py-serial has of h5py.
func pythonImports(text []byte) []string {
	var names []string
	linesWith(text, []string{"import"}, func(line []byte) {
		for _, m := range pyImport.FindAllSubmatch(line, -1) {
			for part := range strings.SplitSeq(string(m[1]), ",") {
				if words := strings.Fields(part); len(words) > 0 && !strings.HasPrefix(words[0], ".") {
					names = append(names, words[0])
				}
			}
		}
		for _, m := range pyFrom.FindAllSubmatch(line, -1) {
			names = append(names, pythonFrom(string(m[1]), string(m[2]))...)
		}
	})
	quotedNames(text, func(name []byte) { names = append(names, string(name)) })
	quotedDistributions(text, func(name []byte) { names = append(names, distribution(string(name))) })
	return names
}

func pythonFrom(from, what string) []string {
	var names []string
	if strings.Trim(from, ".") != "" {
		names, from = append(names, from), from+"."
	}
	for part := range strings.SplitSeq(strings.Trim(what, "() \t"), ",") {
		if words := strings.Fields(part); len(words) > 0 && words[0] != "*" {
			names = append(names, from+words[0]) // a submodule, or a name in the module: either is found by its prefix
		}
	}
	return names
}

// Absolute is the name of a module that a Python file imports, of which the path is given: ".name" is a module in the file's
// own package, "..name" in the one above. It is empty for a relative name in a file that is no module, and the name
// itself for others.
func Absolute(file, name string) string {
	rest := strings.TrimLeft(name, ".")
	up := len(name) - len(rest)
	if up == 0 {
		return name
	}
	dir := pythonDir.FindString(file)
	if dir == "" {
		return ""
	}
	within := strings.Split(path.Dir(file[len(dir):]), "/")
	if up > len(within) || within[0] == "." {
		return ""
	}
	return strings.Join(append(within[:len(within)-up+1], rest), ".")
}

var (
	perlUse  = regexp.MustCompile(`(?m)^[ \t]*(?:[^#\n]*[;{(][ \t]*)?(?:use|require|no)[ \t]+([A-Za-z_]\w*(?:(?:::|')\w+)*)`)
	perlFile = regexp.MustCompile(`\brequire[ \t(]+["']([\w/]+)\.p[lm]["']`)
)

// perlImports reads "use" and "require", and every qualified name: modules are often loaded by a name in a string, and
// the module of a function that is called by its full name must have been loaded.
func perlImports(text []byte) []string {
	if end := bytes.Index(text, []byte("\n__END__")); end >= 0 {
		text = text[:end]
	}
	var names []string
	linesWith(text, []string{"use", "require", "no ", "no\t"}, func(line []byte) {
		if m := perlUse.FindSubmatch(line); m != nil {
			names = append(names, strings.ReplaceAll(string(m[1]), "'", "::"))
		}
		for _, m := range perlFile.FindAllSubmatch(line, -1) {
			names = append(names, strings.ReplaceAll(string(m[1]), "/", "::"))
		}
	})
	qualified(text, func(found []byte) {
		name := string(found)
		names = append(names, name, name[:strings.LastIndex(name, "::")])
	})
	return names
}

var rubyRequire = regexp.MustCompile(
	`(?:\b(?:require|load|gem|autoload[ \t(]+:\w+[ \t]*,|add_(?:runtime_)?dependency)[ \t(]*(?:%q<([\w./-]+)>(?:\.freeze)?|["']([\w./-]+)["']))`)

// rubyImports reads require, load, autoload and gem, and the dependencies that a gemspec states: RubyGems refuses to
// activate a gem without them.
func rubyImports(text []byte) []string {
	var names []string
	linesWith(text, []string{"require", "load", "gem", "dependency"}, func(line []byte) {
		for _, m := range rubyRequire.FindAllSubmatch(line, -1) {
			name := string(m[1]) + string(m[2])
			names = append(names, strings.TrimSuffix(name, ".rb"))
		}
	})
	return names
}
