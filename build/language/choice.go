package language

import (
	"fmt"
	"slices"

	"whittle.dev/whittle/project"
)

// Choice is a setting that has one of a few values. The build holds it against them before it does anything else, so that a word
// that is mistyped is told at once, and not where the setting counts: after a download, or never.
type Choice struct {
	Setting string   // "BP_LOCK"
	Words   []string // what it may be; nil for true or false
}

// Truths are settings that are true or false.
func Truths(settings ...string) []Choice {
	var all []Choice
	for _, name := range settings {
		all = append(all, Choice{Setting: name})
	}
	return all
}

// Lock is the setting that has a build decide the versions anew that a lock pins.
var Lock = Choice{Setting: "BP_LOCK", Words: []string{Update}}

// Update is what Lock is set to.
const Update = "update"

// Check refuses what the setting cannot be. Nothing is said where it is not set.
func (c Choice) Check(env map[string]string) error {
	said := env[c.Setting]
	if c.Words == nil {
		_, err := project.Truth(env, c.Setting)
		return err
	}
	if said == "" || slices.Contains(c.Words, said) {
		return nil
	}
	return &Problem{
		What: fmt.Sprintf("cannot use %s=%q: it may be %s", c.Setting, Clip(said), Or(c.Words[0], c.Words[1:]...)),
		Next: "Correct it, or leave it out.",
	}
}
