package build

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// releaseOf is the release in an ID of whittle's run images: debian-13 of whittle.debian-13.base; empty for other IDs.
func releaseOf(id string) string {
	if parts := strings.Split(id, "."); len(parts) == 3 && parts[0] == "whittle" {
		return parts[1]
	}
	return ""
}

// checkRelease refuses a run image of whittle's for a release of which the build image has none: what is compiled here may not
// start on it.
func checkRelease(id string, known []string) error {
	release := releaseOf(id)
	if release == "" || len(known) == 0 || slices.ContainsFunc(known, func(k string) bool { return releaseOf(k) == release }) {
		return nil
	}
	return &language.Problem{
		What:     fmt.Sprintf("the run image is %s, and this builder is not for %s", id, release),
		Evidence: []string{"the run image's label io.buildpacks.base.id is " + id, "known: " + strings.Join(known, ", ")},
		Next:     "Build with whittle's builder for " + release + ", or give pack a run image that is known (--run-image).",
	}
}

// checkDistro refuses a run image of another release than its ID, or what is said about it, promises.
func checkDistro(id, by string, run distro) error {
	release := releaseOf(id)
	major, _, _ := strings.Cut(run.version, ".")
	if release == "" || run.id == "" || run.version == "" || run.id+"-"+major == release {
		return nil
	}
	return &language.Problem{
		What:     fmt.Sprintf("%s says that the run image is %s, but it is of %s %s", by, id, run.id, run.version),
		Evidence: []string{fmt.Sprintf("the run image's labels io.buildpacks.base.distro.name and .version are %s and %s", run.id, run.version)},
		Next:     "Give pack a run image that is what its name says (--run-image), or drop BP_WHITTLE_RUN.",
	}
}

// doubt is what the run image says of itself where the user's word is taken against it; empty for none.
func doubt(said, by string, run analyzed) string {
	if said == "" || !run.Looked || run.ID == said {
		return ""
	}
	return fmt.Sprintf("the run image says that it is %s; %s is taken at its word that it has what %s has", cmp.Or(run.ID, "none of whittle's"), by, said)
}
