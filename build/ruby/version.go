package ruby

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	gems "github.com/aquasecurity/go-gem-version"

	"whittle.dev/whittle/build/language"
)

// here is the Ruby of the build image.
func (r *ruby) here() language.Interpreter {
	return language.Interpreter{Name: "Ruby", Version: r.report.Version, Where: r.Builder.Debian()}
}

// chooseVersion holds Debian's Ruby against what the app says.
func (r *ruby) chooseVersion(context.Context) error {
	all, err := r.wishes()
	if err != nil {
		return err
	}
	why, err := choose(all, r.here(), r.Elsewhere("ruby"))
	if err != nil {
		return err
	}
	r.Log.Line("version: %s (%s)", r.report.Version, why)
	if l := r.report.Lock; l != nil && len(all) == 0 && l.Ruby != "" && !pinned(strings.TrimPrefix(l.Ruby, "ruby "), r.report.Version) {
		r.Log.Warn("%s was made with %s; nothing of the app asks for that, so Ruby %s runs it", lockName(r.gemfile), l.Ruby, r.report.Version)
	}
	return r.relax()
}

// wishes are what the app says about its Ruby, the strongest first. Of the setting and the version files the first that says
// anything counts; the Gemfile counts beside files, because Bundler holds Ruby against it when the app starts.
func (r *ruby) wishes() ([]language.Wish, error) {
	if setting, name := language.Said(r.Env, "BP_RUBY_VERSION", language.GoogleVersion); setting != "" {
		return []language.Wish{{Spec: setting, From: name, Pin: !isRequirement(setting)}}, nil
	}
	all, err := fileWishes(r.Files)
	if err != nil {
		return nil, err
	}
	if r.report.Engine != "" && r.report.Engine != "ruby" {
		all = append(all, language.Wish{Spec: r.report.Engine, From: r.gemfile, Pin: true})
	}
	if len(r.report.Ruby) > 0 {
		spec := strings.Join(r.report.Ruby, ", ")
		all = append(all, language.Wish{Spec: spec, From: r.gemfile, Pin: !isRequirement(spec)})
	}
	return all, nil
}

// fileWishes reads .ruby-version, else mise.toml, else .tool-versions.
func fileWishes(files fs.FS) ([]language.Wish, error) {
	found, err := language.VersionFile(files, ".ruby-version")
	if err == nil && len(found) == 0 {
		found, err = language.ToolVersions(files, "ruby")
	}
	return found[:min(1, len(found))], err
}

func isRequirement(spec string) bool { return strings.ContainsAny(spec, "<>=~!,*") }

// choose checks the Ruby that is there against the wishes, and says which of them decided.
func choose(all []language.Wish, have language.Interpreter, others []language.Other) (why string, err error) {
	for _, w := range all {
		ok, err := allows(w, have)
		if err != nil {
			return "", err
		}
		if !ok {
			return "", unavailable(w, have, others)
		}
	}
	return have.Reason(all), nil
}

// allows tells whether a wish allows a version. A pinned patch is its minor version: Debian ships the newest patch with fixes.
func allows(w language.Wish, have language.Interpreter) (bool, error) {
	if !w.Pin {
		return satisfies(w, have.Version)
	}
	spec := strings.TrimPrefix(strings.TrimSpace(w.Spec), "ruby-")
	if spec == "latest" || spec == "ruby" {
		return true, nil
	}
	if engine := otherEngine.FindString(spec); engine != "" {
		return false, &language.Problem{
			What: fmt.Sprintf("%s, which %s asks for, is not to be had here", engine, w.From), Evidence: []string{"available: " + have.String()},
			Next: "Ask for Ruby " + minor(have.Version) + ", or build the app with a buildpack that has " + engine + ".",
		}
	}
	if !numbers.MatchString(spec) {
		return false, &language.Problem{
			What: "cannot read the version of Ruby in " + w.From, Evidence: []string{fmt.Sprintf("%q is no version of Ruby", w.Spec)}, Next: fmt.Sprintf("Write a version such as %q.", minor(have.Version)),
		}
	}
	return pinned(spec, have.Version), nil
}

// otherEngine is another implementation of Ruby than the one of Debian.
var otherEngine = regexp.MustCompile(`^(jruby|truffleruby|mruby|rbx|artichoke)\b`)

// numbers is a version as files pin it: 3, 3.3, 3.3.0, 3.3.0p0, 3.3.0-preview1.
var numbers = regexp.MustCompile(`^\d{1,3}(\.\d{1,3}){0,3}(?:-?p\d{1,5}|[.-]?(?:preview|rc|dev)\d{0,3})?$`)

// pinned compares the first two numbers, as far as the pin has them.
func pinned(pin, have string) bool {
	want := strings.FieldsFunc(pin, func(c rune) bool { return c < '0' || c > '9' })
	got := strings.Split(have, ".")
	return len(want) > 0 && slices.Equal(want[:min(2, len(want))], got[:min(2, len(want))])
}

// satisfies reads a requirement of RubyGems: "~> 3.3", ">= 3.1, < 4".
func satisfies(w language.Wish, have string) (bool, error) {
	v, err := gems.NewVersion(have)
	if err != nil {
		return false, fmt.Errorf("cannot read the version of the build image's Ruby: %w", err)
	}
	c, err := gems.NewConstraints(strings.ReplaceAll(w.Spec, ".*", ""))
	if err != nil {
		return false, &language.Problem{
			What: "cannot read the version of Ruby in " + w.From, Evidence: []string{fmt.Sprintf("%q is no requirement of RubyGems", w.Spec)}, Next: fmt.Sprintf("Write one such as %q.", "~> "+minor(have)),
		}
	}
	return c.Check(v), nil
}

// unavailable is the problem of a version that is not here: what can be had, and where.
func unavailable(w language.Wish, have language.Interpreter, others []language.Other) error {
	p := have.Refuse(w)
	evidence, steps := language.TellOthers("Ruby", others, func(v string) bool {
		ok, err := allows(w, language.Interpreter{Version: v + ".99"})
		return err == nil && ok
	})
	p.Evidence = append(p.Evidence, evidence...)
	if w.From != "BP_RUBY_VERSION" {
		steps = append(steps, "set BP_RUBY_VERSION="+minor(have.Version)+" to have it run on that all the same")
	}
	p.Next = language.Or("Ask for "+minor(have.Version), steps...) + "."
	return p
}

// rubyLine is the line of a Gemfile that names a version of Ruby.
var rubyLine = regexp.MustCompile(`(?m)^([ \t]*)(ruby[ \t(]+(?:["']|file:|RUBY|ENV|File|[a-z]).*)$`)

// relax takes the version of Ruby out of the Gemfile in the image where Bundler would refuse Debian's patch of it: it takes
// "3.3.0" literally when the app starts.
func (r *ruby) relax() error {
	if len(r.report.Ruby) == 0 {
		return nil
	}
	spec := strings.Join(r.report.Ruby, ", ")
	if ok, err := satisfies(language.Wish{Spec: spec, From: r.gemfile}, r.report.Version); err == nil && ok {
		return nil
	}
	text, _, err := language.ReadText(r.Files, r.gemfile)
	if err != nil {
		return err
	}
	relaxed := rubyLine.ReplaceAllString(text, "$1# "+r.report.Version+" runs it. $2")
	if relaxed == text {
		return &language.Problem{
			What: fmt.Sprintf("%s wants exactly Ruby %s", r.gemfile, spec), Evidence: []string{"available: " + r.here().String()},
			Next: fmt.Sprintf("Write `ruby \"~> %s.0\"`.", minor(r.report.Version)),
		}
	}
	wants := "wants Ruby"
	if !isRequirement(spec) {
		wants = "wants exactly Ruby"
	}
	r.Log.Line("%s %s %s: the line is taken out in the image, where %s runs it", r.gemfile, wants, spec, r.report.Version)
	return r.write(r.gemfile, []byte(relaxed))
}
