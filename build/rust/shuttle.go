package rust

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"

	"whittle.dev/whittle/build/language"
)

// shuttleMain is what gives a program Shuttle's main function, and mains are functions that may be the program's own. The former asks the
// platform for the app's secrets and databases, by variables that it alone sets, and ends at once where they are not.
var (
	shuttleMain = regexp.MustCompile(`(?m)^#\[shuttle_runtime::main\b`)
	mains       = regexp.MustCompile(`(?m)^(?:pub )?(?:async )?fn main\(`)
)

// forShuttle refuses a program that Shuttle's platform alone can start, before it is compiled, unless the user names what runs.
func (c *cargo) forShuttle(all []program) error {
	i := slices.IndexFunc(all, func(p program) bool { return p.Default })
	if i < 0 || len(c.Processes) > 0 {
		return nil
	}
	source := all[i].source()
	text, err := language.ReadFile(source)
	if rel, relErr := filepath.Rel(c.Dir, source); relErr == nil {
		source = rel
	}
	if err != nil || !shuttleMain.Match(text) || len(mains.FindAll(text, 2)) > 1 {
		return nil // what cannot be read cargo tells
	}
	return &language.Problem{
		What:     fmt.Sprintf("nothing but Shuttle's platform can start the program %s", all[i].Name),
		Evidence: []string{source + ": #[shuttle_runtime::main] gets the app's secrets and databases from the platform, and ends at once without it"},
		Next:     "Give the program a main function of its own (#[tokio::main]) that makes the app and serves it on 0.0.0.0 and on the port in PORT.",
	}
}
