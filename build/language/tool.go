package language

// Tool is a program that gets or locks an app's packages, as far as advice about its failures depends on it. What is empty has
// no better advice than that for any tool.
type Tool struct {
	Name        string // by which it is called: "pip"
	Index       string // how it is given another index: "PIP_INDEX_URL, or a binding of type pip"
	Without     string // how it does without what it downloads: "Meson take Debian's package of it", after "or have"
	Credentials string // how it is given credentials: "npmrc (with a .npmrc)", after "in a service binding of type"
	Relock      string // the command that renews its lock: "npm install"
	Runtime     string // what its packages are for: "Node.js"
	Setting     string // by which a build gets another version of that: "BP_NODE_VERSION"
	// Fits tells whether a version of the runtime ("3.11") is one that a package is for, in words as the tool has them ("<3.13,>=3.9"). Nil
	// where the version does not come from the builder.
	Fits func(version, wanted string) bool
	// PackageOf is the package that has a program which scripts of the app run, and AddTo the place where an app lists it:
	// "devDependencies in package.json". Nil where the tool runs no scripts.
	PackageOf func(program string) string
	AddTo     string
}

// ToolOf is the tool of a name; of one that no language knows there is nothing but the name.
func ToolOf(languages []Language, name string) Tool {
	for _, l := range languages {
		for _, t := range l.Tools {
			if t.Name == name {
				return t
			}
		}
	}
	return Tool{Name: name}
}
