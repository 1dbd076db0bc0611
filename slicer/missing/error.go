package missing

import (
	"fmt"
)

// Error says that a closure cannot be completed: something that files need is nowhere. It has at least one finding.
type Error struct{ Findings []Finding }

// Error has the first finding, and how many there are besides.
func (e *Error) Error() string {
	if len(e.Findings) == 1 {
		return "cannot complete the closure: " + e.Findings[0].String()
	}
	return fmt.Sprintf("cannot complete the closure: %s, and %d more", e.Findings[0], len(e.Findings)-1)
}
