package slicer

import (
	"fmt"
)

// maxRounds bounds how often a completion brings something that brings more; Debian's deepest chains take six.
const maxRounds = 64

// complete adds what the files of the plan need, until nothing new comes: interpreters and commands of scripts, modules
// that are imported, names that update-alternatives would make, the closure of every ELF file, and what belongs to the
// libraries of the closure. Then the offered packages are judged of which no use was seen.
func (p *selecting) complete() error {
	for range maxRounds {
		before := p.changes
		for _, step := range []func() error{
			p.scripts.addInterpreters,
			p.scripts.addModules,
			p.maint.addAlternatives,
			p.libraries.addClosure,
			p.libraries.addBeside,
		} {
			if err := step(); err != nil {
				return err
			}
		}
		if p.changes != before {
			continue
		}
		if err := p.libraries.judgeOffers(); err != nil {
			return err
		}
		if p.changes == before {
			p.scripts.judgeInterpreters()
			return nil
		}
	}
	return fmt.Errorf("cannot complete the cut: after %d rounds files still ask for others", maxRounds)
}
