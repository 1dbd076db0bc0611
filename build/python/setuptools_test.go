package python

import (
	"context"
	"errors"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

func TestOldImport(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       string
	}{
		{"gunicorn/util.py", "import os\nimport pkg_resources\n", "pkg_resources"},
		{"x/y.py", "from distutils.util import strtobool\n", "distutils"},
		{"x/y.py", "try:\n    import pkg_resources\nexcept ImportError:\n    pass\n", ""},
		{"x/y.py", "\"\"\"\nimport pkg_resources\n\"\"\"\n", ""},
		{"cffi/setuptools_ext.py", "import distutils\n", ""},
		{"numpy/distutils/core.py", "import distutils\n", ""},
		{"setup.py", "import distutils\n", ""},
		{"pip/_internal/x.py", "import pkg_resources\n", ""},
		{"x/y.txt", "import pkg_resources\n", ""},
	} {
		_, got, err := oldImport(languagetest.Files(map[string]string{row.name: row.text}))
		if err != nil || got != row.want {
			t.Errorf("%s %q: %q, %v", row.name, row.text, got, err)
		}
	}
}

// TestBuildsThatWantPkgResources has pip fail once at a package whose setup.py imports pkg_resources: it is run again with setuptools
// that has it, unless the user decides about setuptools.
func TestBuildsThatWantPkgResources(t *testing.T) {
	const lacks = "  Getting requirements to build wheel: finished with status 'error'\n      ModuleNotFoundError: No module named 'pkg_resources'\n"
	for _, row := range []struct {
		name, output string
		env          map[string]string
		dists        []string
		runs         int
	}{
		{name: "it lacks", output: lacks, runs: 2},
		{name: "something else fails", output: "ModuleNotFoundError: No module named 'numpy'\n", runs: 1},
		{name: "the app asks for a setuptools", output: lacks, dists: []string{"setuptools"}, runs: 1},
		{name: "the user constrains versions", output: lacks, env: map[string]string{"PIP_CONSTRAINT": "/x"}, runs: 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			var constraints []string
			p := newPython(t, func(_ context.Context, c language.Command) error {
				constraints = append(constraints, c.Env["PIP_CONSTRAINT"])
				if len(constraints) == 2 {
					return nil
				}
				return &language.ProgramError{Args: c.Args, Err: errors.New("exit status 1"), Output: row.output}
			})
			p.Env, p.plan.Dists = row.env, map[string]dist{}
			for _, name := range row.dists {
				p.plan.Dists[name] = dist{}
			}
			err := p.pip(t.Context(), step{What: "requirements.txt"}, nil)
			if len(constraints) != row.runs || (err == nil) != (row.runs == 2) {
				t.Fatalf("pip ran %d times, %v", len(constraints), err)
			}
			if row.runs == 2 && languagetest.Read(t, constraints[1]) != "setuptools==80.9.0\n" {
				t.Errorf("constraints are %q", languagetest.Read(t, constraints[1]))
			}
		})
	}
}
