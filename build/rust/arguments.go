package rust

import (
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
)

// arguments are what the user says to cargo, in the words of cargo install and cargo build.
type arguments struct {
	Packages []string // -p, and BP_CARGO_WORKSPACE_MEMBERS
	Path     string   // of the package, below the app's folder
	Bins     []string
	Features []string // --features, --all-features, --no-default-features, for cargo metadata, too
	Profile  string
	Rest     []string // for cargo build as they are
}

// readArguments reads BP_CARGO_INSTALL_ARGS, whose words are those of cargo install, and BP_CARGO_WORKSPACE_MEMBERS, names of
// packages separated by commas or blanks.
func readArguments(install, members string) (arguments, error) {
	a := arguments{Profile: "release", Packages: language.SplitList(members)}
	words, ok := command.Words(install)
	if !ok {
		return a, badArguments(install, `Write them as for a shell, without variables: --features "a b".`)
	}
	for len(words) > 0 {
		name, value, joined := strings.Cut(words[0], "=")
		words = words[1:]
		if !joined && slices.Contains(valued, name) {
			if len(words) == 0 {
				return a, badArguments(install, name+" needs a value.")
			}
			value, words = words[0], words[1:]
		}
		if why := a.take(name, value, joined); why != "" {
			return a, badArguments(install, why)
		}
	}
	return a, nil
}

// valued are the flags that take a value after a blank.
var valued = []string{"--path", "--bin", "--package", "-p", "--features", "-F", "--profile", "--root", "--target", "--config", "--jobs", "-j", "--target-dir", "-Z"}

// take takes one flag, and tells what is wrong with it.
func (a *arguments) take(name, value string, joined bool) string {
	whole := name
	if joined {
		whole += "=" + value
	}
	switch name {
	case "--path":
		a.Path = path.Clean(value)
	case "--bin":
		a.Bins = append(a.Bins, value)
	case "-p", "--package":
		a.Packages = append(a.Packages, value)
	case "--features", "-F":
		a.Features = append(a.Features, "--features", value)
	case "--all-features", "--no-default-features":
		a.Features = append(a.Features, whole)
	case "--profile":
		a.Profile = value
	case "--debug":
		a.Profile = "dev"
	case "--locked", "--bins", "--root", "--force", "-f", "--no-track", "--release", "-r":
		// so it is anyway, or it says where cargo install puts programs
	case "--target", "--target-dir":
		return name + " is the build's to choose: the compiler has the standard library of the image's own machine, by glibc."
	case "--config", "--jobs", "-j", "-Z":
		if joined {
			a.Rest = append(a.Rest, whole)
		} else {
			a.Rest = append(a.Rest, name, value)
		}
	default:
		if !strings.HasPrefix(name, "-") {
			return "The app is what is built: name packages by --package, and programs by --bin."
		}
		a.Rest = append(a.Rest, whole)
	}
	return ""
}

func badArguments(install, next string) error {
	return &language.Problem{What: "cannot use BP_CARGO_INSTALL_ARGS", Evidence: []string{"BP_CARGO_INSTALL_ARGS=" + install}, Next: next}
}
