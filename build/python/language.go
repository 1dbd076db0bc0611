// Package python builds Python apps.
package python

import (
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

// Language is Python.
var Language = language.Language{
	Language: detect.Language{
		Name:     "python",
		Files:    []string{"requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "poetry.lock", "uv.lock"},
		Source:   "*.py",
		Programs: []string{"python", "python3", "gunicorn", "uvicorn", "flask", "streamlit", "celery", "hypercorn", "daphne"},
	},
	Compile: compile,
}
