package python

import (
	"errors"
	"fmt"

	"whittle.dev/whittle/build/language"
)

// explain makes problems of the errors that a plan may have.
func explain(err error) error {
	var stale *staleError
	var foreign *unreadable
	switch {
	case errors.As(err, &stale):
		return &language.Problem{
			What: stale.Lock.File + " is out of date", Evidence: stale.Findings,
			Next: fmt.Sprintf("Run `%s` and commit %s; or set BP_LOCK=update to have each build lock anew.", stale.Lock.Mend, stale.Lock.File), Err: err,
		}
	case errors.As(err, &foreign):
		return &language.Problem{
			What: foreign.Error(), Evidence: []string{"looked for: pylock.toml, uv.lock, poetry.lock, pdm.lock, Pipfile.lock, requirements.txt, Pipfile, pyproject.toml, setup.py"},
			Next: "List the packages by their names on PyPI in requirements.txt.", Err: err,
		}
	case errors.Is(err, errNoLock):
		return &language.Problem{
			What: err.Error(), Next: "Write the lock anew with the tool that it belongs to, or remove it where another file has the app's packages.", Err: err,
		}
	}
	return err
}
