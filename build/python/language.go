// Package python builds Python apps: it decides from the app's files alone which interpreter is meant, which packages are
// to be installed and how the app starts, and only then has pip install exactly that into a layer of its own, beside the
// slices of Debian's Python that the app imports.
package python

import (
	"io/fs"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

// Language is Python.
var Language = language.Language{
	Language: detect.Language{
		Name: "python",
		Files: []string{
			"requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "setup.cfg", "poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "manage.py",
		},
		Source: "*.py",
		Guess:  isDocs,
		Programs: []string{
			"python", "python3", "gunicorn", "uvicorn", "flask", "streamlit", "celery", "hypercorn", "daphne", "granian", "waitress-serve", "uwsgi",
			"fastapi", "django-admin", "chainlit", "uv", "poetry", "pipenv", "pdm", "hatch", "rye",
		},
	},
	Compile: compile,
	Named:   func(files fs.FS) []language.Named { return language.NamedPaths(files, ".py") },
	Choices: append(
		language.Truths("BP_PYTHON_BYTECODE", "BP_PYTHON_STRICT", importCheck, "BP_DJANGO_COLLECTSTATIC"),
		language.Lock, language.Choice{Setting: "BP_PYTHON_SOURCE", Words: []string{"debian", "standalone"}},
	),
	Packages:     nativePackages,
	Check:        check,
	Credentials:  []language.Credential{{Types: []string{"pip", "pypi"}, Files: []string{"pip.conf"}, Variable: "PIP_CONFIG_FILE"}},
	Certificates: []string{"PIP_CERT", "REQUESTS_CA_BUNDLE"},
	Absent: map[string]string{
		"poetry": language.InsteadOfRun, "pipenv": language.InsteadOfRun, "uv": language.InsteadOfRun, "pdm": language.InsteadOfRun, "hatch": language.InsteadOfRun,
		"pip": language.InsteadOfSteps, "pip3": language.InsteadOfSteps,
	},
	Bring: bring,
	Tools: []language.Tool{
		{Name: "pip", Index: "PIP_INDEX_URL, or a binding of type pip", Credentials: "pip (with a pip.conf) or netrc", Runtime: "Python", Setting: "BP_PYTHON_VERSION", Fits: fits},
		{Name: "uv", Index: "UV_DEFAULT_INDEX", Relock: "uv lock"},
		{Name: "poetry", Relock: "poetry lock"},
		{Name: "pdm", Relock: "pdm lock"},
		{Name: "pipenv", Relock: "pipenv lock"},
	},
}
