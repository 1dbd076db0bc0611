package script

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Provided tells which modules the files of a package provide: by language, the names under which sources import them,
// sorted. Paths are clean and relative to the root. A Python or Ruby package also provides the name of its distribution
// or gem, because metadata requires it by that name; see Requires.
func Provided(paths []string) map[Language][]string {
	all := map[Language][]string{}
	for _, p := range paths {
		if l, name := provided(p); name != "" {
			all[l] = append(all[l], name)
		}
	}
	for l, names := range all {
		slices.Sort(names)
		all[l] = slices.Compact(names)
	}
	return all
}

var (
	pythonDir = regexp.MustCompile(`^usr/lib/python3(?:\.\d+)?/dist-packages/`)
	perlDir   = regexp.MustCompile(`^usr/(?:share/perl5|lib/[^/]+/perl5/[\d.]+|lib/[^/]+/perl-base|share/perl/[\d.]+|lib/[^/]+/perl/[\d.]+)/`)
	rubyDir   = regexp.MustCompile(`^usr/(?:lib/ruby/(?:vendor_ruby|[\d.]+)|lib/[^/]+/ruby/(?:vendor_ruby/)?[\d.]+|share/rubygems-integration/[\w.]+/gems/[^/]+/lib|lib/ruby/gems/[\d.]+/gems/[^/]+/lib)/`)
	rubySpec  = regexp.MustCompile(`^(?:usr/share/rubygems-integration|usr/lib/ruby/gems|var/lib/gems)/.*specifications/(?:default/)?(.+?)-\d[^-/]*(?:-[\w-]+)?\.gemspec$`)
	extension = regexp.MustCompile(`\.(?:cpython-[\w-]+|abi3)\.so$|\.so$`)
	distInfo  = regexp.MustCompile(`^([^/]+?)(?:-[^/-]+)?(?:-py[\d.]+)?\.(?:dist|egg)-info(?:/|$)`)
)

func provided(p string) (Language, string) {
	if at := pythonDir.FindString(p); at != "" {
		return Python, pythonModule(p[len(at):])
	}
	if at := perlDir.FindString(p); at != "" && path.Ext(p) == ".pm" {
		return Perl, strings.ReplaceAll(strings.TrimSuffix(p[len(at):], ".pm"), "/", "::")
	}
	if m := rubySpec.FindStringSubmatch(p); m != nil {
		return Ruby, m[1]
	}
	if at := rubyDir.FindString(p); at != "" {
		if ext := path.Ext(p); ext == ".rb" || ext == ".so" {
			return Ruby, strings.TrimSuffix(p[len(at):], ext)
		}
	}
	return None, ""
}

// pythonModule is the dotted name of a module file below a directory of sys.path, or of a distribution by its metadata.
func pythonModule(rest string) string {
	if m := distInfo.FindStringSubmatch(rest); m != nil {
		return distribution(m[1])
	}
	name := strings.TrimSuffix(rest, ".py")
	if name == rest {
		if name = extension.ReplaceAllString(rest, ""); name == rest {
			return ""
		}
	}
	return strings.ReplaceAll(strings.TrimSuffix(name, "/__init__"), "/", ".")
}

// distribution marks the name of a distribution, normalised as PEP 503 says, so that it is not taken for a module's.
func distribution(name string) string {
	if strings.ContainsAny(name, "-_.") {
		name = separators.ReplaceAllString(name, "-")
	}
	return "dist:" + strings.ToLower(name)
}

var (
	separators  = regexp.MustCompile(`[-_.]+`)
	requireDist = regexp.MustCompile(`(?m)^Requires-Dist:[ \t]*([\w.-]+)([^;\n]*)(?:;([^\n]*))?$`)
	requireLine = regexp.MustCompile(`(?m)^([A-Za-z0-9][\w.-]*)`)
)

// Requires returns what the metadata of an installed Python distribution requires, as Provided names it; nil for other
// files. Requirements of extras do not count: whoever wants an extra depends on it himself.
func Requires(p string, text []byte) []string {
	if !pythonDir.MatchString(p) {
		return nil
	}
	var names []string
	switch path.Base(p) {
	case "METADATA", "PKG-INFO":
		for _, m := range requireDist.FindAllSubmatch(text, -1) {
			if !strings.Contains(string(m[3]), "extra") {
				names = append(names, distribution(string(m[1])))
			}
		}
	case "requires.txt":
		plain, _, _ := strings.Cut(string(text), "\n[")
		for _, m := range requireLine.FindAllStringSubmatch(plain, -1) {
			names = append(names, distribution(m[1]))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
