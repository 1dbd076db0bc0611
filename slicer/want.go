package slicer

// Want says what a tree must contain.
type Want struct {
	Arch    string   // Debian's name: amd64, arm64
	Names   []Named  // slices and packages by name
	Objects []Object // ELF files of the app and of layers that whittle did not cut
	Scripts []Object // scripts of the app: the libraries that they open by name are looked for, and are no error when missing
	Floor   *Floor   // what the run image has
	Sonames []Named  // libraries that the app loads at run time and the user listed
	Release *Release // slice definitions; nil for none
	Sources []Source // in order: the first that has a package wins
	// ClosureLayer is the layer that libraries of the closure land in; LayerLibs if empty.
	ClosureLayer string
	Progress     func(msg string) // nil for none
}

// Named is a slice ("git_bins"), a package ("git") or a soname, and who named it.
type Named struct {
	Name  string
	By    string     // "project.toml", "BP_WHITTLE_SLICES", "python"; of Traced, who opened what
	Kind  ReasonKind // Asked, Runtime or Traced
	Layer string     // the layer it lands in where no door says otherwise; LayerSlices if empty
}

// Object is a file of the app, at its path in the image. Files that are not ELF are allowed and ignored.
type Object struct {
	Path string // absolute
	Open func() (ReaderAtCloser, error)
}
