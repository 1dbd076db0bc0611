package build

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/packages"
)

// hidden is an error that tells no secret of the build.
type hidden struct {
	error
	secrets *language.Secrets
}

func (h hidden) Error() string { return h.secrets.Hide(h.error.Error()) }
func (h hidden) Unwrap() error { return h.error }

// explain makes a problem of any error: what facts mean for the user, and what to do, is said here and in failed alone.
func (a advice) explain(err error) error {
	var problem *language.Problem
	var missing *missing.Error
	var program *language.ProgramError
	var several *detect.AmbiguousError
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &several):
		return ambiguous(several)
	case errors.Is(err, detect.ErrNoApp):
		return &language.Problem{What: err.Error(), Next: "Build the folder that has one of these, by pack build --path or BP_WHITTLE_APP.", Err: err}
	case errors.As(err, &missing):
		return a.incomplete(missing.Findings, err)
	case errors.Is(err, packages.ErrNoPackage):
		return &language.Problem{
			What:     "a Debian package that was asked for does not exist",
			Evidence: []string{err.Error()},
			Next:     "Correct the name in project.toml ([dev.whittle.build] packages, [dev.whittle.run] slices) or in BP_WHITTLE_BUILD_PACKAGES, BP_WHITTLE_SLICES.",
			Err:      err,
		}
	case errors.Is(err, packages.ErrNotBundled):
		return &language.Problem{
			What: "the bundle of Debian packages lacks one that this build needs", Evidence: []string{err.Error()}, Err: err,
			Next: "Make the bundle again by a build of the app as it is now that has a network: BP_WHITTLE_SAVE_BUNDLE says where it is written.",
		}
	case errors.As(err, &program):
		return a.failed(program, err)
	case errors.Is(err, packages.ErrUnreachable):
		return &language.Problem{
			What: "the archive of Debian packages cannot be reached", Evidence: []string{err.Error()}, Err: err,
			Next: "Check the network of the build and its proxy (HTTP_PROXY, HTTPS_PROXY), or bind a mirror (type apt) or a bundle (type whittle-bundle) to it.",
		}
	}
	first, rest, _ := strings.Cut(err.Error(), "\n")
	p := &language.Problem{What: first, Err: err}
	if rest != "" {
		p.Evidence = []string{rest}
	}
	return p
}

func ambiguous(several *detect.AmbiguousError) *language.Problem {
	p := &language.Problem{What: "cannot tell the app's language: several claim this directory", Err: several}
	for _, a := range several.Apps {
		p.Evidence = append(p.Evidence, a.Language+": "+language.List(a.Evidence))
	}
	p.Next = "Set BP_WHITTLE_LANGUAGE to one of them, such as BP_WHITTLE_LANGUAGE=" + several.Apps[0].Language + "."
	return p
}

// incomplete is the problem of an image whose programs would not start.
func (a advice) incomplete(findings []missing.Finding, err error) *language.Problem {
	p := &language.Problem{
		What: "the image would lack something that its programs need",
		Next: "Name the Debian package in project.toml, [dev.whittle.run] slices, or the library in libraries. A library that only the build made must be part of the app.",
		Err:  err,
	}
	symbols := map[string]int{} // by importer
	for _, f := range findings {
		if next, ok := newer(f); ok {
			p.Next = next
			if a.foreign != "" {
				p.Next = "Take a run image of the builder's own distribution, or a newer one (pack build --run-image): this one has " + a.foreign + "."
			}
		}
		if f.Kind == missing.Symbol {
			symbols[f.Importer]++
			if symbols[f.Importer] > someSymbols {
				continue
			}
		}
		p.Evidence = append(p.Evidence, f.String())
	}
	for _, importer := range slices.Sorted(maps.Keys(symbols)) {
		if more := symbols[importer] - someSymbols; more > 0 {
			p.Evidence = append(p.Evidence, fmt.Sprintf("%s needs %s more", importer, text.Count(more, "symbol")))
		}
	}
	return p
}

// someSymbols is how many of the symbols are told that a file finds nowhere: a library of another version lacks hundreds.
const someSymbols = 3

// newer is the advice about a program that was compiled on a newer system than the run image's.
func newer(f missing.Finding) (next string, ok bool) {
	library, ok := map[string]string{"GLIBC": "glibc", "GLIBCXX": "libstdc++", "CXXABI": "libstdc++"}[strings.SplitN(f.Version, "_", 2)[0]]
	if !ok || f.Kind != missing.Version {
		return "", false
	}
	return "Compile it on the run image's release of Debian or an older one, or statically: it was compiled with a newer " + library + ".", true
}
