package language

import "fmt"

// Wish is what one file or setting says about the version of a runtime.
type Wish struct {
	Spec string // as written: "3.13", ">=3.11,<3.14", "lts/*"
	From string // the file or setting: ".python-version", "BP_PYTHON_VERSION"
	Pin  bool   // a version, not a range
}

// String is a wish for the log or an error's evidence: ".python-version: 3.13".
func (w Wish) String() string {
	if w.Spec == "" {
		return w.From
	}
	return w.From + ": " + Clip(w.Spec)
}

// Disagree is the problem of two wishes, the stronger first, that no version fits.
func Disagree(runtime string, one, other Wish) *Problem {
	return &Problem{
		What:     fmt.Sprintf("%s and %s disagree about the version of %s", one.From, other.From, runtime),
		Evidence: []string{one.String(), other.String()}, Next: "Make them agree.",
	}
}

// NotHere is the problem of a version that is not to be had. Its evidence is what can be had; the caller knows the next step.
func NotHere(runtime string, w Wish, evidence ...string) *Problem {
	return &Problem{What: fmt.Sprintf("%s %s, which %s asks for, is not to be had here", runtime, w.Spec, w.From), Evidence: evidence}
}

// Choose returns the first of the available versions that every wish allows. The wishes stand with the strongest first,
// the versions with the best first. allows reads a wish in the language's own notation. Where nothing fits, the
// error tells which two wishes disagree, or what can be had, here and elsewhere.
func Choose(runtime string, wishes []Wish, available []string, others []Other, allows func(w Wish, version string) (bool, error)) (string, error) {
	left := available
	for i, w := range wishes {
		fits, err := those(left, w, allows)
		if err != nil {
			return "", fmt.Errorf("cannot use %s: %w", w.From, err)
		}
		if len(fits) > 0 {
			left = fits
			continue
		}
		alone, err := those(available, w, allows)
		if err != nil {
			return "", fmt.Errorf("cannot use %s: %w", w.From, err)
		}
		for _, other := range wishes[:i] {
			if other.Pin || len(alone) > 0 {
				return "", Disagree(runtime, other, w)
			}
		}
		evidence, steps := TellOthers(runtime, others, func(v string) bool {
			ok, err := allows(w, v)
			return err == nil && ok
		})
		p := NotHere(runtime, w, append([]string{"available: " + List(available)}, evidence...)...)
		p.Next = Or("Ask for one of these", steps...) + "."
		return "", p
	}
	if len(left) == 0 {
		return "", &Problem{What: "there is no " + runtime + " to be had here"}
	}
	return left[0], nil
}

func those(versions []string, w Wish, allows func(Wish, string) (bool, error)) ([]string, error) {
	var fits []string
	for _, v := range versions {
		ok, err := allows(w, v)
		if err != nil {
			return nil, err
		}
		if ok {
			fits = append(fits, v)
		}
	}
	return fits, nil
}
