package missing

import (
	"fmt"
)

// Error says that a closure cannot be completed.
type Error struct{ Findings []Finding }

func (e *Error) Error() string {
	if len(e.Findings) == 1 {
		return "cannot complete the closure: " + e.Findings[0].String()
	}
	return fmt.Sprintf("cannot complete the closure: %s, and %d more", e.Findings[0], len(e.Findings)-1)
}
