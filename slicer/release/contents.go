package release

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// architectures are the names that a path's arch may have.
var architectures = []string{"amd64", "arm64", "armhf", "i386", "ppc64el", "riscv64", "s390x"}

// options are the options of one path as they stand in the file.
type options struct {
	copy, text, symlink, generate *string
	make                          bool
	mode                          *uint
	info                          PathInfo
}

// readContents reads the map of paths of a slice.
func (d *definition) readContents(s *Slice, f field) error {
	entries, err := d.fields(f.value, "contents")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := checkPath(e.name); err != "" {
			return d.errorf(e.line, "path %q %s", e.name, err)
		}
		o, err := d.readOptions(e)
		if err != nil {
			return err
		}
		info, problem := o.pathInfo(e.name)
		if problem == "" && info.Prefer == s.Package {
			problem = "prefers its own package"
		}
		if problem != "" {
			return d.errorf(e.line, "path %q %s", e.name, problem)
		}
		info.Line = e.line
		s.Contents[e.name] = info
		if strings.ContainsAny(e.name, "*?") {
			if d.globs++; d.globs > maxGlobs {
				return d.errorf(e.line, "a definition has at most %d patterns", maxGlobs)
			}
		}
	}
	return nil
}

// Bounds of paths: each pattern is compared with those of all other slices, in a time that grows with the wildcards of both. The
// largest definition that whittle brings has a hundred patterns of at most four wildcards.
const (
	maxPath      = 4096
	maxWildcards = 16
	maxGlobs     = 1000
)

var wildcards = regexp.MustCompile(`\*+`)

func checkPath(p string) string {
	bare := strings.TrimSuffix(p, "/")
	switch {
	case !strings.HasPrefix(p, "/"):
		return "is not absolute"
	case bare == "":
		return "is the root itself"
	case path.Clean(bare) != bare:
		return "is not clean"
	case strings.ContainsRune(p, 0):
		return "has a NUL character"
	case len(p) > maxPath:
		return fmt.Sprintf("has more than %d bytes", maxPath)
	case len(wildcards.FindAllString(p, maxWildcards+1)) > maxWildcards:
		return fmt.Sprintf("has more than %d wildcards", maxWildcards)
	}
	return ""
}

func (d *definition) readOptions(e field) (options, error) {
	var o options
	fields, err := d.fields(e.value, "the options of "+e.name)
	if err != nil {
		return o, err
	}
	targets := map[string]any{
		"copy": &o.copy, "text": &o.text, "symlink": &o.symlink, "generate": &o.generate, "make": &o.make,
		"mode": &o.mode, "mutable": &o.info.Mutable, "until": &o.info.Until, "prefer": &o.info.Prefer,
	}
	for _, f := range fields {
		switch target, known := targets[f.name]; {
		case f.name == "arch":
			o.info.Arch, err = d.words(f)
		case known:
			err = d.decode(f, target)
		default:
			d.warnf(f.line, "unknown field %q", f.name)
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// pathInfo turns the options of a path into what the slice wants there, or says what is wrong with them.
func (o options) pathInfo(p string) (PathInfo, string) {
	info := o.info
	if o.mode != nil {
		if *o.mode > 0o7777 {
			return info, "has a mode above 07777"
		}
		info.Mode = *o.mode
	}
	kinds := o.kinds()
	isGlob := strings.ContainsAny(p, "*?")
	switch {
	case len(kinds) > 1:
		return info, "has two kinds: " + kinds[0] + " and " + kinds[1]
	case o.generate != nil:
		info.Kind, info.Info = Generate, *o.generate
		return info, info.generateProblem(p, o.mode != nil)
	case isGlob && len(kinds) == 1:
		return info, "is a glob and can't be " + kinds[0]
	case isGlob:
		info.Kind = Glob
	case o.make:
		info.Kind = Dir
	case o.text != nil:
		info.Kind, info.Info = Text, *o.text
	case o.symlink != nil:
		info.Kind, info.Info = Symlink, *o.symlink
	case o.copy != nil && *o.copy != p:
		info.Info = *o.copy
		if problem := checkPath(info.Info); problem != "" {
			return info, "has a source that " + problem
		}
	}
	return info, info.problem(p, o.mode != nil)
}

// kinds lists the kinds that the options name. An empty text is an empty file.
func (o options) kinds() []string {
	var kinds []string
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"make", o.make},
		{"text", o.text != nil},
		{"symlink", o.symlink != nil},
		{"copy", o.copy != nil},
		{"generate", o.generate != nil},
	} {
		if k.set {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}

func (p PathInfo) generateProblem(at string, mode bool) string {
	dir, ok := strings.CutSuffix(at, "/**")
	switch {
	case !ok || strings.ContainsAny(dir, "*?"):
		return "is generated and must end in /** and have no other wildcard"
	case mode || p.Mutable || p.Until != "" || p.Prefer != "":
		return "is generated and takes no option but arch"
	}
	return p.archProblem()
}

func (p PathInfo) problem(at string, mode bool) string {
	isDir := strings.HasSuffix(at, "/")
	switch {
	case p.Kind == Glob && (mode || p.Mutable || p.Prefer != ""):
		return "is a glob and takes no option but until and arch"
	case p.Kind == Symlink && p.Info == "":
		return "is a symlink to nowhere"
	case p.Kind == Dir && !isDir:
		return "is made as a directory and must end in /"
	case isDir && p.Kind == Text:
		return "ends in / and can't be a text"
	case p.Mutable && (isDir || p.Kind != Text && p.Kind != Copy):
		return "is mutable, but no file with content of its own"
	case p.Until != "" && p.Until != "mutate":
		return "has the unknown until value " + p.Until
	}
	return p.archProblem()
}

func (p PathInfo) archProblem() string {
	for _, a := range p.Arch {
		if !slices.Contains(architectures, a) {
			return "has the unknown arch " + a
		}
	}
	return ""
}

// onArch tells whether a condition on architectures holds.
func onArch(condition []string, arch string) bool {
	return len(condition) == 0 || slices.Contains(condition, arch)
}

// disjoint tells whether two conditions can't hold together.
func disjoint(a, b []string) bool {
	return len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}
