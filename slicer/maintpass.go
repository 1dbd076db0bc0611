package slicer

// maintPass does what maintainer scripts and triggers would do, as far as it is known, and lists what else they would do.
type maintPass struct {
	*resolver
	read         map[string][]reading      // scripts by package
	exists       func(string) (bool, bool) // what the scripts find, when that is known
	alternatives map[string][]*alternative // what packages offer update-alternatives
	made         map[*planned]*alternative // the links of offers that were made
	undone       []Undone
}

func newMaintPass(r *resolver) *maintPass {
	return &maintPass{
		resolver: r, read: map[string][]reading{}, alternatives: map[string][]*alternative{}, made: map[*planned]*alternative{},
	}
}
