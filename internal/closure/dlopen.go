package closure

import (
	"path"
)

// The known dlopen calls: notes in the object, and rules about it. What the
// user lists comes in as Request.Extra.

// note follows one dlopen note. Any one of its sonames will do.
func (s *solver) note(v visit, note DlopenNote) error {
	n := need{kind: KindDlopenNote, rule: note.Feature}
	follow := priority(note.Priority) <= priority(s.request.Notes)
	ok, err := s.any(v, n, note.Sonames, follow)
	if ok || err != nil {
		return err
	}
	if follow && note.Priority == "required" {
		n.soname = note.Sonames[0]
		s.miss(v, n, Missing{Reason: NotFound})
		return nil
	}
	s.result.Hints = append(s.result.Hints, Hint{
		Importer: s.importer(v, n), Sonames: note.Sonames,
		Kind: n.kind, Rule: note.Feature, Why: note.Description,
	})
	return nil
}

// literal follows the name that a script opens.
func (s *solver) literal(v visit, l Literal) error {
	n := need{kind: KindLiteral, from: l.Script}
	ok, err := s.any(v, n, []string{l.Name}, l.Follow)
	if ok || err != nil {
		return err
	}
	s.result.Hints = append(s.result.Hints, Hint{
		Importer: l.Script, Sonames: []string{l.Name}, Kind: n.kind, Why: "it is opened by this name",
	})
	return nil
}

// priority orders the priorities of notes. Empty means recommended, and so does
// a word that the specification does not know.
func priority(word string) int {
	switch word {
	case "none":
		return -1
	case "required":
		return 0
	case "suggested":
		return 2
	}
	return 1
}

// any meets a need by the first of several sonames that is present, or, when it
// is to be followed, that packages have.
func (s *solver) any(v visit, n need, sonames []string, follow bool) (bool, error) {
	for _, soname := range sonames {
		n.soname = soname
		if all, _ := s.present(v, n); len(all) > 0 {
			return true, s.take(v, n, all)
		}
	}
	if !follow {
		return false, nil
	}
	for _, soname := range sonames {
		n.soname = soname
		all, _, err := s.meet(v, n)
		if err != nil {
			return false, err
		}
		if len(all) > 0 {
			return true, s.take(v, n, all)
		}
	}
	return false, nil
}

// rules applies the rules to a library, once. For one of the floor, v is an
// object that needs it: the search is made for that object's machine.
func (s *solver) rules(v visit, at node) error {
	if s.ruled[at] {
		return nil
	}
	s.ruled[at] = true
	name := s.tree.name(at)
	soname := path.Base(name)
	if at.onFloor() {
		soname = s.tree.floor[^at].Soname
	} else if own := s.tree.libs[at].Object.Soname; own != "" {
		soname = own
	}
	for _, rule := range s.request.Rules {
		if !rule.matches(soname, path.Base(name)) {
			continue
		}
		if err := s.rule(v, rule, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *solver) rule(v visit, rule DlopenRule, library string) error {
	for _, soname := range rule.Sonames {
		n := need{soname: soname, kind: KindDlopenRule, from: library, rule: rule.Name}
		ok, err := s.any(v, n, []string{soname}, !rule.Suggested)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		if !rule.Suggested {
			s.miss(v, n, Missing{Reason: NotFound})
			continue
		}
		s.result.Hints = append(s.result.Hints, Hint{
			Importer: library, Sonames: []string{soname},
			Kind: n.kind, Rule: rule.Name, Why: rule.Why,
		})
	}
	machine := s.tree.libs[v.node].Object.Machine
	module := Module{Library: library, Rule: rule.Name, Always: rule.Always, Why: rule.Why}
	for _, module.Glob = range rule.globs(machine) {
		for _, module.Package = range append([]string{""}, rule.Packages...) {
			s.result.Modules = append(s.result.Modules, module)
		}
	}
	if rule.Whole != "" {
		module.Glob, module.Package, module.Whole = onMachine(rule.Whole, machine), "", true
		s.result.Modules = append(s.result.Modules, module)
	}
	for _, pkg := range rule.Hints {
		s.result.Hints = append(s.result.Hints, Hint{
			Importer: library, Package: pkg, Kind: KindDlopenRule, Rule: rule.Name, Why: rule.Why,
		})
	}
	return nil
}
