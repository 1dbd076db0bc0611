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

// MayWrite are folders of the app that it seems to write to when it runs, for who knows the app to judge: they have no file of their own, or
// are among those that the language names (more), and the app's sources name them and write files. writes matches a line that does so.
func (s Site) MayWrite(endings []string, writes *regexp.Regexp, more ...string) []string {
	all := topmost(append(keptEmpty(s.Files), slices.DeleteFunc(slices.Clone(more), isOthers)...))
	if len(all) == 0 {
		return nil
	}
	writing, named := false, map[string]bool{}
	SourceLines(s.Files, endings, func(_ string, _ int, line string) bool {
		writing = writing || writes.MatchString(line)
		for _, dir := range all {
			named[dir] = named[dir] || isNamed(line, path.Base(dir))
		}
		return true
	})
	if !writing {
		return nil
	}
	return slices.DeleteFunc(all, func(dir string) bool { return !named[dir] })
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

// Making is how the sources of a language name folders that are made when the app runs.
type Making struct {
	Endings []string
	Writes  *regexp.Regexp // a line that writes a file, or makes a folder
	// Direct and Named match a path that is written below: as a path, in a file that itself writes, or by what it is called, in an app of
	// which some file does. Their first group that is not empty is the path.
	Direct, Named *regexp.Regexp
}

// MayMake are folders that the app seems to make when it runs, for who knows the app to judge: relative ones that are not there.
func (s Site) MayMake(how Making) []string {
	var all, direct, named []string
	in, writes, ever := "", false, false
	done := func() {
		if writes {
			all = append(all, direct...)
		}
		direct, writes = nil, false
	}
	SourceLines(s.Files, how.Endings, func(file string, _ int, line string) bool {
		if file != in {
			done()
			in = file
		}
		writes = writes || how.Writes.MatchString(line)
		ever = ever || writes
		direct = append(direct, s.absent(how.Direct, line)...)
		named = append(named, s.absent(how.Named, line)...)
		return true
	})
	done()
	if ever {
		all = append(all, named...)
	}
	return topmost(all)
}

// outputs are folders that tools of builds make, and not the app.
var outputs = []string{"target", "build", "out", "src", "dist"}

// absent are the folders of which a line names a path, and whose topmost is not there.
func (s Site) absent(re *regexp.Regexp, line string) (all []string) {
	if re == nil {
		return nil
	}
	for _, m := range re.FindAllStringSubmatch(line, -1) {
		dir := strings.TrimSuffix(strings.TrimPrefix(strings.Join(m[1:], ""), "./"), "/")
		if path.Ext(dir) != "" {
			dir = path.Dir(dir)
		}
		top, _, _ := strings.Cut(dir, "/")
		if _, err := fs.Stat(s.Files, top); top == "." || !fs.ValidPath(dir) || isOthers(dir) || slices.Contains(outputs, top) || err == nil {
			continue
		}
		all = append(all, dir)
	}
	return all
}
