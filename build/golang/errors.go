package golang

import "whittle.dev/whittle/build/language"

// complaints are looked for in order: the cause before what follows from it.
var complaints = []language.Complaint{
	{
		Texts: []string{"toolchain not available", "invalid toolchain", "invalid GOTOOLCHAIN"},
		What:  "the Go toolchain that the app asks for is not to be had",
		Next:  "Correct the directives go and toolchain in go.mod or go.work, or set BP_GO_VERSION.",
	},
	{
		Texts: []string{"(running go "},
		What:  "the app asks for a newer Go than it may use",
		Next:  "GOTOOLCHAIN=local or BP_GO_VERSION holds Go back: drop it, or ask for the version that is named above.",
	},
	{
		Texts: []string{"inconsistent vendoring"},
		What:  "vendor/ does not agree with go.mod",
		Next:  "Run go mod vendor (go work vendor in a workspace) and commit vendor/; or remove vendor/, and modules are downloaded.",
	},
	{
		Texts: []string{"no required module provides package", "cannot find module providing package", "missing go.sum entry", "updates to go.mod needed", "updates to go.sum needed", "updates to go.work needed", "is not in std", "is not in GOROOT", "cannot find package"},
		What:  "go.mod and go.sum do not have all that the app imports",
		Next:  "Run go mod tidy and commit go.mod and go.sum, or correct the import's path. With BP_LOCK=update the build runs it each time.",
	},
	{
		Texts: []string{"go: errors parsing go.mod", "go: errors parsing go.work", "invalid go version", "malformed go.work"},
		What:  "cannot read go.mod or go.work",
		Next:  "Correct the line that is named.",
	},
	{
		Texts: []string{"build constraints exclude all Go files"},
		What:  "build tags leave a package without files",
		Next:  "Name the tags that it wants in BP_GO_BUILD_TAGS, or set BP_WHITTLE_CGO=true if its files use cgo.",
	},
	{
		Texts: []string{": no matching files found", "contains no embeddable files"},
		What:  "what the app embeds is not in its folder",
		Next:  "Make the file or folder that is named (a front end's build, generated code), and leave it in what is uploaded: .gitignore may keep it out.",
	},
	{
		Texts: []string{": undefined: "},
		What:  "the app does not compile",
		Next: "Correct the code: go build with the same tags says the same on your machine. Where a tool makes what is undefined (go generate, templ, " +
			"a Makefile), run it and leave what it makes in what is uploaded: the build does not run it.",
		Lines: 12,
	},
	{
		Texts: []string{"flag provided but not defined", "malformed import path \"-"},
		What:  "go does not know a flag that it is given",
		Next:  "Correct BP_GO_BUILD_FLAGS, BP_GO_BUILD_LDFLAGS or GOFLAGS.",
	},
}

// explain makes a problem of what go said before it failed. An error that is not go's own is left to the build phase.
func explain(said string, err error) error {
	return language.Explain(said, err, complaints, language.Complaint{
		What: "the app does not compile", Next: "Correct the code: go build with the same tags says the same on your machine.",
	})
}
