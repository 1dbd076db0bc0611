package java

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// evidence is what an app shows of the runtime that it needs.
type evidence struct {
	Modules map[string]string // of the JDK, and why
	Draws   string            // what draws, reads or writes images; empty for nothing
	Locales []string          // whose data the app asks for; "*" for all
	Level   int               // the version of Java that the app's own classes were compiled for; 0 where none was read
	Opens   []language.Opened
}

// need adds modules that no class shows, and whose they are.
func (e evidence) need(modules []string, whose string) {
	for _, m := range modules {
		e.Modules[m] = cmp.Or(e.Modules[m], whose)
	}
}

// scan is what the classes of an app say, or of its dependencies. It is kept for the dependencies, which most changes leave
// alone.
type scan struct {
	Key     string            // of the archives that were read
	Modules map[string]string // by what is seen in strings and services; those of references are jdeps'
	Draws   string
	Locales []string
	Port    bool     // a class of the app's own has the string PORT
	Sources []string // folders of the app's sources that a class names: "src/main/webapp"
	Level   int      // the newest of Java that a class of the app's own was compiled for
	Opens   []language.Opened
	Bundled []string // native libraries in archives: "libfoo"
	// Frameworks are those whose classes were seen.
	Frameworks []string
}

// examine finds out what the staged app needs, what it is made of, and which native libraries it has.
func (a *app) examine(ctx context.Context, st *stage, b *built) error {
	jdkClasses, err := a.jdk.classes()
	if err != nil {
		return err
	}
	deps, err := a.examineDependencies(ctx, st, a.before, jdkClasses)
	if err != nil {
		return err
	}
	own := scan{Modules: map[string]string{}}
	into := scanner{scan: &own, jdk: jdkClasses, own: true, mine: a.ownFiles(b)}
	list := slices.Compact(slices.Sorted(slices.Values(st.appClasses)))
	if err := into.all(list); err != nil {
		return err
	}
	if err := a.jdeps(ctx, list, &own); err != nil {
		return err
	}
	b.Dependencies, b.Port, b.Sources = deps, b.Port || own.Port, own.Sources
	b.Evidence = merge(own, deps)
	if b.Tomcat {
		b.Evidence.need(tomcatModules, "Tomcat's")
	}
	f := firstFramework(slices.Concat(own.Frameworks, deps.Frameworks))
	b.Framework = f.name
	b.Evidence.need(f.modules, f.name+"'s")
	if b.Components, err = a.components(st); err != nil {
		return err
	}
	b.Natives, err = a.unpackNatives(st)
	return err
}

// examineDependencies reads the archives that the app depends on, unless the build before read the same.
func (a *app) examineDependencies(ctx context.Context, st *stage, old scan, jdk map[string]string) (scan, error) {
	list := slices.Compact(slices.Sorted(slices.Values(st.dependencyJars)))
	k := language.NewKey()
	k.Add("scan 3", a.jdk.Version)
	for _, file := range list {
		if err := k.File(file); err != nil {
			return scan{}, fmt.Errorf("cannot read the app's dependencies: %w", err)
		}
	}
	if key := k.String(); old.Key == key {
		return old, nil
	}
	s := scan{Key: k.String(), Modules: map[string]string{}}
	into := scanner{scan: &s, jdk: jdk}
	if err := into.all(list); err != nil {
		return s, err
	}
	return s, a.jdeps(ctx, list, &s)
}

// merge is what the app and its dependencies need together.
func merge(own, deps scan) evidence {
	e := evidence{Modules: language.With(deps.Modules, own.Modules), Draws: own.Draws, Locales: own.Locales, Level: own.Level, Opens: opened(own, deps)}
	if e.Draws == "" {
		e.Draws = deps.Draws
	}
	return e
}

// scanner reads classes into a scan.
type scanner struct {
	*scan
	jdk  map[string]string // the JDK's classes, and their modules
	own  bool
	mine func(name string) bool // the app's own files in its archives; nil where all are
	from string                 // the archive that is read
}

// all reads archives and folders of classes.
func (s *scanner) all(list []string) error {
	for _, file := range list {
		s.from = filepath.Base(file)
		info, err := os.Stat(file)
		if err == nil && info.IsDir() {
			err = s.folder(file)
		} else if err == nil {
			err = s.archive(file)
		}
		if err != nil {
			return fmt.Errorf("cannot look into %s: %w", s.from, err)
		}
	}
	slices.Sort(s.Sources)
	s.Sources = slices.Compact(s.Sources)
	slices.Sort(s.Locales)
	s.Locales = slices.Compact(s.Locales)
	return nil
}

// folder looks at the classes and names of files in a folder.
func (s *scanner) folder(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return eachFile(root, func(name string) error {
		s.name(name)
		if path.Ext(name) != ".class" {
			return nil
		}
		data, err := readRegular(root, name)
		if err == nil {
			s.class(data)
		}
		return err
	})
}

// archive looks at those of an archive.
func (s *scanner) archive(file string) error {
	z, err := openZipFile(file)
	if err != nil {
		return nil // what is no archive, Java does not read either
	}
	defer z.Close()
	for _, f := range z.File {
		s.name(f.Name)
		if path.Ext(f.Name) != ".class" {
			continue
		}
		data, err := readEntry(f, maxText)
		if err != nil {
			return fmt.Errorf("%s: %w", language.Clip(f.Name), err)
		}
		s.class(data)
	}
	return nil
}

// name takes what the name of a file says.
func (s *scanner) name(name string) {
	s.bundle(name)
	if service, ok := strings.CutPrefix(strings.TrimPrefix(name, "BOOT-INF/classes/"), "META-INF/services/"); ok {
		if module := s.jdk[service]; module != "" {
			s.need(module, "provides "+service)
		}
	}
	if class, ok := strings.CutSuffix(name, ".class"); ok {
		if f := frameworkOf(class); f != "" && !slices.Contains(s.Frameworks, f) {
			s.Frameworks = append(s.Frameworks, f)
		}
	}
	if path.Ext(name) == ".properties" && s.isMine(name) {
		if m := bundleName.FindStringSubmatch(path.Base(name)); m != nil && m[1] != "en" {
			s.Locales = append(s.Locales, m[1])
		}
	}
}

// need takes note of a module, and of the first that needs it.
func (s *scanner) need(module, why string) {
	if s.Modules[module] == "" {
		s.Modules[module] = s.from + " " + why
	}
}

// isMine tells whether a file of an archive is the app's own.
func (s *scanner) isMine(name string) bool { return s.own && (s.mine == nil || s.mine(name)) }

// isOwn tells whether a class is the app's own.
func (s *scanner) isOwn(c class) bool { return s.isMine(c.Name + ".class") }

// class takes what a class says.
func (s *scanner) class(data []byte) {
	c, err := readClass(data)
	if err != nil {
		return
	}
	own := s.isOwn(c)
	if own {
		s.Level = max(s.Level, c.Level)
	}
	refers := map[string]bool{}
	for _, name := range c.Classes {
		refers[name] = true
	}
	for _, r := range moduleRules {
		if (own || !r.own) && r.shows(c, refers) {
			s.need(r.module, r.why)
		}
	}
	for _, text := range c.Strings {
		s.text(text, own)
	}
	s.libraries(c, refers)
	if s.Draws == "" && draws(c.Classes, own) {
		s.Draws = strings.ReplaceAll(c.Name, "/", ".") + " of " + s.from
	}
	if own && refers["java/util/Locale"] {
		s.Locales = append(s.Locales, locales(c)...)
	}
}

// text takes what a string says: a class of the JDK that is looked for by its name, and more where it is the app's own.
func (s *scanner) text(text string, own bool) {
	if module := s.jdk[text]; module != "" && (own || !slices.Contains(onlyOwn, module)) {
		s.need(module, "names "+text)
	}
	if slices.ContainsFunc(charsets, func(c string) bool { return strings.EqualFold(c, text) }) && own {
		s.need("jdk.charsets", "names the charset "+text)
	}
	if !own {
		return
	}
	s.Port = s.Port || text == "PORT"
	if dir, ok := strings.CutPrefix(strings.TrimPrefix(text, "./"), "src/main/"); ok {
		first, _, _ := strings.Cut(dir, "/")
		if fs.ValidPath(first) {
			s.Sources = append(s.Sources, "src/main/"+first)
		}
	}
}

// sortedModules are the names of an evidence's modules.
func (e evidence) sortedModules() []string { return slices.Sorted(maps.Keys(e.Modules)) }
