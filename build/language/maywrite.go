package language

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// placeholders are files that keep an empty folder in version control, or visitors out of it, and are no part of what it is for.
var placeholders = []string{
	".gitkeep", ".keep", ".gitignore", ".htaccess", "web.config", ".empty", ".placeholder", ".dummy", "_dummy", "dummy", "empty", "placeholder",
	"readme", "readme.md", "readme.txt",
}

// maxPlaceholder is the size up to which an index.html or the like may be a page that shows nothing.
const maxPlaceholder = 512

var (
	aTag   = regexp.MustCompile(`(?s)<\?php.*|<title>.*?</title>|<[^>]*>|&nbsp;`)
	nobody = regexp.MustCompile(`(?i)forbidden|denied|not allowed|no direct|silence`)
)

// isPlaceholder tells whether a file only keeps a folder, or visitors out of it.
func isPlaceholder(files fs.FS, name string) bool {
	base := strings.ToLower(path.Base(name))
	if slices.Contains(placeholders, base) {
		return true
	}
	info, err := fs.Stat(files, name)
	if err != nil || strings.TrimSuffix(base, path.Ext(base)) != "index" || info.Size() > maxPlaceholder {
		return false
	}
	text, _, err := ReadText(files, name)
	shown := strings.TrimSpace(aTag.ReplaceAllString(text, ""))
	return err == nil && (shown == "" && path.Ext(base) != ".php" || nobody.MatchString(text))
}

// keptEmpty are the folders of an app that have nothing but what keeps them there, slash-separated. Folders of packages, examples and tests
// have some, too; one without a file may be a submodule that nobody has fetched.
func keptEmpty(files fs.FS) []string {
	filled, kept, all := map[string]bool{".": true}, map[string]bool{}, []string{}
	fill := func(dir string) {
		for ; !filled[dir]; dir = path.Dir(dir) {
			filled[dir] = true
		}
	}
	_ = fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
		case e.IsDir() && isOthers(name):
			fill(path.Dir(name))
			return fs.SkipDir
		case e.IsDir():
			all = append(all, name)
		case !isPlaceholder(files, name):
			fill(path.Dir(name))
		default:
			for at := path.Dir(name); at != "."; at = path.Dir(at) {
				kept[at] = true
			}
		}
		return nil
	})
	return slices.DeleteFunc(all, func(dir string) bool { return filled[dir] || !kept[dir] })
}

// topmost are some folders less those that lie in others of them, sorted.
func topmost(all []string) []string {
	all = Unique(all)
	slices.Sort(all)
	return slices.DeleteFunc(slices.Clone(all), func(dir string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return other != dir && within(dir, other) })
	})
}

// Writing is how the sources of a language write files, and name the folders for them.
type Writing struct {
	Endings []string
	Writes  *regexp.Regexp // a line that writes a file, or makes a folder
	// Direct and Named match a relative path that is written below: as a path, in a file that itself writes, or by what it is called, in
	// an app of which some file does. The path is the group that is not empty. They may be nil.
	Direct, Named *regexp.Regexp
}

// RelativePath is a pattern of a path below the app's folder; StoredPath is one of a path whose name says that it is for files, as a text
// that is called a location may be a town.
const (
	RelativePath = `((?:\./)?[\w-][\w.-]*(?:/[\w.-]+)*)`
	StoredPath   = `((?:\./)?(?:[\w.-]+/)*[\w-]*(?:upload|storage|store|data|files|folder|images|photos|media|logs|cache|temp|tmp|dir)[\w-]*)`
)

// MayWrite are folders of the app that it seems to write to when it runs, for who knows the app to judge: those that it has and that have no
// file of their own, or are among those that the language names (more), where the sources name them and write files; and those that it
// does not have, and that sources which write name as paths.
func (s Site) MayWrite(how Writing, more ...string) []string {
	kept := topmost(append(keptEmpty(s.Files), slices.DeleteFunc(slices.Clone(more), isOthers)...))
	if len(kept) == 0 && how.Direct == nil && how.Named == nil {
		return nil
	}
	w := written{how: how, files: s.Files}
	named := map[string]bool{}
	SourceLines(s.Files, how.Endings, func(file string, _ int, line string) bool {
		w.see(file, line)
		for _, dir := range kept {
			named[dir] = named[dir] || isNamed(line, path.Base(dir))
		}
		return true
	})
	w.see("", "")
	if !w.ever {
		return nil
	}
	kept = slices.DeleteFunc(kept, func(dir string) bool { return !named[dir] })
	return topmost(slices.Concat(kept, w.direct, w.named))
}

// written gathers what sources name that is not there.
type written struct {
	how          Writing
	files        fs.FS
	in           string   // the file that is read
	writes, ever bool     // a line of it does, or one of any
	here, direct []string // of the file, and of those before it that write
	named        []string
}

// see takes a line of a file.
func (w *written) see(file, line string) {
	if file != w.in {
		if w.writes {
			w.direct = append(w.direct, w.here...)
		}
		w.in, w.here, w.writes = file, nil, false
	}
	w.writes = w.writes || w.how.Writes.MatchString(line)
	w.ever = w.ever || w.writes
	w.here = append(w.here, w.absent(w.how.Direct, line)...)
	w.named = append(w.named, w.absent(w.how.Named, line)...)
}

// outputs are folders that tools of builds make, and not the app.
var outputs = []string{"target", "build", "out", "src", "dist"}

// absent are the folders of which a line names a path, and whose topmost is not there.
func (w *written) absent(re *regexp.Regexp, line string) (all []string) {
	if re == nil {
		return nil
	}
	for _, m := range re.FindAllStringSubmatch(line, -1) {
		dir := strings.TrimSuffix(strings.TrimPrefix(strings.Join(m[1:], ""), "./"), "/")
		if path.Ext(dir) != "" {
			dir = path.Dir(dir)
		}
		top, _, _ := strings.Cut(dir, "/")
		if _, err := fs.Stat(w.files, top); top == "." || !fs.ValidPath(dir) || isOthers(dir) || slices.Contains(outputs, top) || err == nil {
			continue
		}
		all = append(all, dir)
	}
	return all
}

// isNamed tells whether a line has a name in a text, alone or as a part of a path.
func isNamed(line, name string) bool {
	for rest := line; ; {
		before, after, found := strings.Cut(rest, name)
		if !found {
			return false
		}
		if before != "" && after != "" && strings.ContainsAny(before[len(before)-1:], "\"'`/") && strings.ContainsAny(after[:1], "\"'`/") {
			return true
		}
		rest = rest[len(before)+len(name):]
	}
}
