package slicer

// interpPass follows what scripts need: their interpreters, the commands that shell scripts name, and the modules that are
// imported.
type interpPass struct {
	*resolver
	interpreted map[*planned]bool       // scripts whose interpreter and commands were followed
	shell       map[*planned]shellWords // see shellWordsOf
	unmet       map[string]*planned     // interpreters that no dependency brings, and a script that names each
	imports     imports
}

func newInterpPass(r *resolver) *interpPass {
	return &interpPass{
		resolver: r, interpreted: map[*planned]bool{}, shell: map[*planned]shellWords{}, unmet: map[string]*planned{},
		imports: imports{read: map[*planned]bool{}, modules: imported{}},
	}
}
