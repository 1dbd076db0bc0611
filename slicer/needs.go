package slicer

import "fmt"

// maxRounds bounds how often needed files bring further needs; Debian's deepest chains take six.
const maxRounds = 64

// addNeeds adds what the files of the plan need, until nothing new comes: interpreters and commands of scripts, modules
// that are imported, names that update-alternatives would make, the closure of every ELF file, and what belongs to the
// libraries of the closure. Then the offered packages are judged of which no use was seen.
func (p *selecting) addNeeds() error {
	for range maxRounds {
		before := p.Changes
		for _, step := range []func() error{
			p.scripts.AddInterpreters,
			p.scripts.AddModules,
			p.maint.AddAlternatives,
			p.libraries.AddClosure,
			p.libraries.AddBeside,
		} {
			if err := step(); err != nil {
				return err
			}
		}
		if p.Changes != before {
			continue
		}
		if err := p.libraries.JudgeOffers(); err != nil {
			return err
		}
		if p.Changes == before {
			p.scripts.JudgeInterpreters()
			return nil
		}
	}
	return fmt.Errorf("cannot complete the cut: after %d rounds files still ask for others", maxRounds)
}
