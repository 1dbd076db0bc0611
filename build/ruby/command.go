package ruby

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// inImage is a process of the user's as the image runs it: "bundle exec" is taken apart where what it runs sets up the gems by
// itself, or can be told to. A command that nobody can read here is told of by the build.
func (r *ruby) inImage(p language.Process) (language.Process, error) {
	line, err := command.Of(p.Line, p.Command)
	if err != nil {
		return p, nil
	}
	changed, dir := false, "."
	for i, s := range line {
		if args := command.Plain(s.Words); len(args) == 2 && args[0] == "cd" {
			dir = path.Join(dir, args[1])
			continue
		}
		words := s.Call().Words
		if len(words) == 0 {
			continue
		}
		if with := r.withoutBundle(words, dir); with != nil {
			line[i], changed = s.Replace(with), true
		}
	}
	if changed {
		p.Command, p.Line = nil, line.String()
	}
	return p, nil
}

// withoutBundle are the words that stand for "bundle exec …", and for a script of Ruby's that cannot be executed; nil where
// they stay.
func (r *ruby) withoutBundle(words []command.Word, dir string) []command.Word {
	args := command.Plain(words)
	name := path.Base(args[0])
	if name != "bundle" && name != "bundler" || len(args) < 3 || args[1] != "exec" && args[1] != "e" || strings.HasPrefix(args[2], "-") {
		return nil
	}
	target, rest := args[2], words[3:]
	setup := []command.Word{command.Text("ruby"), command.Text("-rbundler/setup")}
	switch {
	case target == "ruby":
		return append(setup, rest...)
	case strings.Contains(target, "/") && isRuby(r.Dir, path.Join(dir, target)):
		return append(append(setup, words[2]), rest...)
	case !strings.Contains(target, "/"):
		return words[2:] // a program of a gem, which sets up the gems by itself, or one of the image
	}
	return nil
}

// isRuby tells whether a file of the app is a script of Ruby.
func isRuby(dir, name string) bool {
	if !filepath.IsLocal(name) {
		return false
	}
	line, _, _ := strings.Cut(head(dir, name), "\n")
	return strings.HasPrefix(line, "#!") && strings.Contains(line, "ruby") || strings.HasSuffix(name, ".rb")
}

// head is the beginning of a file in the app's folder, or nothing.
func head(dir, name string) string {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return ""
	}
	defer root.Close()
	info, err := root.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	f, err := root.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 256))
	if err != nil {
		return ""
	}
	return string(text)
}
