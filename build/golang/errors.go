package golang

import (
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// complaint is something that go says, and what it means.
type complaint struct {
	texts []string // one of them occurs
	what  string
	next  string
}

// complaints are looked for in order: the cause before what follows from it.
var complaints = []complaint{
	{
		[]string{"toolchain not available", "invalid toolchain", "invalid GOTOOLCHAIN"},
		"the Go toolchain that the app asks for is not to be had",
		"Correct the directives go and toolchain in go.mod or go.work, or set BP_GO_VERSION.",
	},
	{
		[]string{"(running go "},
		"the app asks for a newer Go than it may use",
		"GOTOOLCHAIN=local or BP_GO_VERSION holds Go back: drop it, or ask for the version that is named above.",
	},
	{
		[]string{"inconsistent vendoring"},
		"vendor/ does not agree with go.mod",
		"Run go mod vendor (go work vendor in a workspace) and commit vendor/; or remove vendor/, and modules are downloaded.",
	},
	{
		[]string{"no required module provides package", "cannot find module providing package", "missing go.sum entry", "updates to go.mod needed", "updates to go.sum needed", "updates to go.work needed", "is not in std", "is not in GOROOT", "cannot find package"},
		"go.mod and go.sum do not have all that the app imports",
		"Run go mod tidy and commit go.mod and go.sum, or correct the import's path. With BP_LOCK=update the build runs it each time.",
	},
	{
		[]string{"go: errors parsing go.mod", "go: errors parsing go.work", "invalid go version", "malformed go.work"},
		"go.mod or go.work cannot be read",
		"Correct the line that is named.",
	},
	{
		[]string{"build constraints exclude all Go files"},
		"build tags leave a package without files",
		"Name the tags that it wants in BP_GO_BUILD_TAGS, or set BP_WHITTLE_CGO=true if its files use cgo.",
	},
	{
		[]string{"flag provided but not defined", "malformed import path \"-"},
		"go does not know a flag that it is given",
		"Correct BP_GO_BUILD_FLAGS, BP_GO_BUILD_LDFLAGS or GOFLAGS.",
	},
}

// shared are texts of causes that the build phase knows for the tools of all languages: the way to the module proxy, and
// native compilers. What go says beside them follows from them.
var shared = []string{
	"x509: ", "dial tcp", "no such host", "connection refused", "i/o timeout", "TLS handshake timeout", "401 Unauthorized", "403 Forbidden", "terminal prompts disabled",
	"could not read Username", "404 Not Found", "410 Gone", "unknown revision", "checksum mismatch", "SECURITY ERROR", "No space left on device", "signal: killed",
	"fatal error: ", "cannot find -l", "pkg-config", "collect2: error", "undefined reference", "executable file not found",
}

// maxEvidence bounds the lines of go's that an error shows.
const maxEvidence = 15

// explain makes a problem of what go said before it failed. An error that is not go's own is left to the build phase.
func explain(said string, err error) error {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	if said == "" || indexAny(said, shared) >= 0 {
		return err
	}
	for _, c := range complaints {
		if i := indexAny(said, c.texts); i >= 0 {
			return &language.Problem{What: c.what, Evidence: about(lines, c.texts[i]), Next: c.next, Err: err}
		}
	}
	return &language.Problem{
		What: "the app does not compile", Evidence: last(lines), Err: err,
		Next: "Correct the code: go build with the same tags says the same on your machine.",
	}
}

// indexAny returns which of some texts a text has, or -1.
func indexAny(said string, texts []string) int {
	return slices.IndexFunc(texts, func(t string) bool { return strings.Contains(said, t) })
}

// about returns the lines around the first one that has a text.
func about(lines []string, text string) []string {
	for i, l := range lines {
		if strings.Contains(l, text) {
			return lines[max(0, i-2):min(len(lines), i+5)]
		}
	}
	return last(lines)
}

func last(lines []string) []string { return lines[max(0, len(lines)-maxEvidence):] }
