package python

import (
	"os"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

func TestVersion(t *testing.T) {
	const requires = "[project]\nname = \"x\"\nrequires-python = \"%\"\n"
	const poetry = "[tool.poetry]\nname = \"x\"\n[tool.poetry.dependencies]\npython = \"%\"\n"
	for _, row := range []struct {
		name, setting, file, text string
		file2, text2              string
		why, err                  string
	}{
		{name: "nothing", why: "the one of Debian 13"},
		{name: "minor version", file: ".python-version", text: "3.13\n", why: ".python-version line 1: 3.13"},
		{name: "another patch", file: ".python-version", text: "3.13.1"},
		{name: "comment, mark, prefix", file: ".python-version", text: "\uFEFF# ours\npython-3.13.5 # now\n", why: ".python-version line 2: 3.13.5"},
		{name: "specifiers in the version file", file: ".python-version", text: ">=3.12,<3.14\n"},
		{name: "runtime.txt", file: "runtime.txt", text: "python-3.13.2\n"},
		{name: "runtime.txt, any patch", file: "runtime.txt", text: "python-3.13.x\n", why: "runtime.txt line 1: 3.13"},
		{name: "runtime.txt with comments", file: "runtime.txt", text: "# ours\n  # python-2.7\n\n  python-3.13  \n # of the old days\n", why: "runtime.txt line 4: 3.13"},
		{name: "the setting, any patch", setting: "3.13.*", why: "BP_PYTHON_VERSION: 3.13"},
		{name: "the version file, any patch", file: ".python-version", text: "3.13.x", why: ".python-version line 1: 3.13"},
		{name: "the version file, the newest", file: ".python-version", text: "latest\n", why: ".python-version line 1: >=3"},
		{name: "the version file, whatever is there", file: ".python-version", text: "system\n"},
		{name: "asdf", file: ".tool-versions", text: "nodejs 20\npython 3.13.2 3.12.0\n", why: ".tool-versions line 2: 3.13.2"},
		{name: "asdf without python", file: ".tool-versions", text: "nodejs 20\n"},
		{name: "mise", file: "mise.toml", text: "[tools]\npython = \"3.13\"\n", why: "mise.toml: 3.13"},
		{name: "mise, a list", file: ".mise.toml", text: "[tools]\npython = [\"3.13\", \"3.12\"]\n"},
		{name: "mise, the newest", file: "mise.toml", text: "[tools]\npython = \"latest\"\n"},
		{name: "Pipfile", file: "Pipfile", text: "[requires]\npython_version = \"3.13\"\n"},
		{name: "Pipfile, any patch", file: "Pipfile", text: "[requires]\npython_full_version = \"3.13.*\"\n", why: "Pipfile ([requires]): 3.13"},
		{name: "Pipfile beside another lock", file: "Pipfile", text: "[requires]\npython_version = \"3.10\"\n", file2: "uv.lock", text2: "version = 1\nrequires-python = \">=3.12\"\n", why: "uv.lock: >=3.12"},
		{name: "Pipfile beside requirements.txt", file: "Pipfile", text: "[requires]\npython_version = \"3.10\"\n", file2: "requirements.txt", text2: "flask\n", why: "the one of Debian 13"},
		{name: "Pipfile, a minimum", file: "Pipfile", text: "[requires]\npython_version = \">=3.9\"\n", why: "Pipfile ([requires]): >=3.9"},
		{name: "major version", setting: "3"},
		{name: "specifiers in the setting", setting: ">=3.11,<3.14"},
		{name: "requires", file: "pyproject.toml", text: strings.Replace(requires, "%", ">=3.11, !=3.12.*, <4", 1)},
		{name: "a minimum is no pin", file: "pyproject.toml", text: strings.Replace(requires, "%", ">=3.6", 1)},
		{name: "compatible", file: "pyproject.toml", text: strings.Replace(requires, "%", "~=3.13", 1)},
		{name: "wildcard", file: "pyproject.toml", text: strings.Replace(requires, "%", "==3.13.*", 1)},
		{name: "a single patch is a pin", file: "pyproject.toml", text: strings.Replace(requires, "%", "==3.13.2", 1), why: "pyproject.toml (requires-python): 3.13.2"},
		{name: "Poetry's single patch", file: "pyproject.toml", text: strings.Replace(poetry, "%", "3.13.2", 1), why: "pyproject.toml ([tool.poetry.dependencies] python): 3.13.2"},
		{name: "a lock's single patch", file: "uv.lock", text: "version = 1\nrequires-python = \"==3.13.2\"\n", file2: "pyproject.toml", text2: "[project]\nname = \"x\"\n", why: "uv.lock: 3.13.2"},
		{name: "Poetry's single patch that another release has", file: "pyproject.toml", text: strings.Replace(poetry, "%", "3.11.7", 1), err: "build with whittle/builder:debian-12"},
		{name: "Poetry's caret", file: "pyproject.toml", text: strings.Replace(poetry, "%", "^3.9", 1)},
		{name: "Poetry's alternatives", file: "pyproject.toml", text: strings.Replace(poetry, "%", "~3.9 || ~3.13", 1)},
		{name: "a lock's Python", file: "uv.lock", text: "version = 1\nrequires-python = \">=3.12\"\n", file2: "pyproject.toml", text2: "[project]\nname = \"x\"\n", why: "uv.lock: >=3.12"},

		{name: "another minor version", file: ".python-version", text: "3.12", err: "Python 3.12, which .python-version line 1 asks for, is not to be had here"},
		{name: "what can be had is listed", file: ".python-version", text: "3.12", err: "available: Python 3.13.5 of Debian 13, which this builder is made of\n  elsewhere: Python 3.11 with whittle/builder:debian-12\n  elsewhere: other versions as builds of CPython made to be relocated, with BP_PYTHON_SOURCE=standalone\nNext: Ask for 3.13, or set BP_PYTHON_SOURCE=standalone."},
		{name: "any patch of another minor version", file: "runtime.txt", text: "python-3.10.x", err: "Python 3.10, which runtime.txt line 1 asks for, is not to be had here"},
		{name: "another release has it", file: ".python-version", text: "3.11.4", err: "build with whittle/builder:debian-12"},
		{name: "end of life", file: "runtime.txt", text: "python-3.7.1", err: "Python 3.7 has had no fixes since 2023"},
		{name: "version 2", file: "runtime.txt", text: "python-2.7.18", err: "Python 2 has had no fixes since 2020\n"},
		{name: "no such minor version", file: ".python-version", text: "3.99", err: "there is no Python 3.99\n  elsewhere: Python 3.11 with whittle/builder:debian-12\nNext: Ask for 3.13."},
		{name: "no such major version", file: ".python-version", text: "4.1", err: "there is no Python 4.1"},
		{name: "too new", file: "pyproject.toml", text: strings.Replace(requires, "%", ">=3.14", 1), err: "requires-python"},
		{name: "too old", file: "pyproject.toml", text: strings.Replace(requires, "%", "<3.13", 1), err: "build with whittle/builder:debian-12"},
		{name: "Poetry's caret, too old", file: "pyproject.toml", text: strings.Replace(poetry, "%", "~3.11", 1), err: "([tool.poetry.dependencies] python)"},
		{name: "not compatible", file: "pyproject.toml", text: strings.Replace(requires, "%", "~=3.12.1", 1), err: "is not to be had"},
		{name: "Pipfile, another", file: "Pipfile", text: "[requires]\npython_version = \"3.8\"\n", err: "Python 3.8, which Pipfile ([requires]) asks for"},
		{name: "Pipfile, Poetry's notation", file: "Pipfile", text: "[requires]\npython_version = \"^3.12\"\n", err: `"^3.12" is no version of CPython`},
		{name: "a lock's Python, another", file: "uv.lock", text: "version = 1\nrequires-python = \">=3.14\"\n", file2: "pyproject.toml", text2: "[project]\nname = \"x\"\n", err: "Python >=3.14, which uv.lock asks for"},
		{name: "files disagree", file: ".python-version", text: "3.13", file2: "pyproject.toml", text2: strings.Replace(requires, "%", ">=3.14", 1), err: ".python-version line 1 and pyproject.toml (requires-python) disagree"},
		{name: "files disagree, and the weaker one can be had", file: ".python-version", text: "3.9", file2: "runtime.txt", text2: "python-3.13", err: ".python-version line 1 and runtime.txt line 1 disagree"},
		{name: "the setting disagrees", setting: "3.13", file: "pyproject.toml", text: strings.Replace(requires, "%", "<3.13", 1), err: "BP_PYTHON_VERSION asks for a Python that"},
		{name: "several versions", file: ".python-version", text: "3.13\n3.12\n", err: ".python-version names several: 3.13, 3.12"},
		{name: "no version", file: ".python-version", text: "# none\n", err: "it names no version"},
		{name: "another implementation", file: ".python-version", text: "pypy3.10", err: `"pypy3.10" is no version of CPython`},
		{name: "invalid characters", file: ".python-version", text: "# x\n3.\u200b13\n", err: "in .python-version line 2\n  it has an invisible or foreign character at byte 3"},
		{name: "not UTF-8", file: ".python-version", text: "\xff\xfe3\x00", err: "it is not UTF-8 text, but UTF-16"},
		{name: "null bytes", file: "runtime.txt", text: "python-3.13\n\x00\x00", err: "it is no text: byte 13 is null"},
		{name: "UTF-16 without a mark", file: ".python-version", text: "3\x00.\x001\x003\x00", err: "it is not UTF-8 text, but UTF-16"},
		{name: "runtime.txt without python", file: "runtime.txt", text: "3.13.5", err: "not of the form python-3.13.5"},
		{name: "runtime.txt, several", file: "runtime.txt", text: "python-3.13\npython-3.12\n", err: "runtime.txt names several: 3.13, 3.12"},
		{name: "runtime.txt, no version", file: "runtime.txt", text: "\n", err: "it names no version"},
		{name: "runtime.txt, a template", file: "runtime.txt", text: "python-<%= version %>", err: "cannot read the version of Python in runtime.txt line 1"},
		{name: "runtime.txt, invalid characters", file: "runtime.txt", text: "\u200bpython-3.13\n", err: "it has an invisible or foreign character at byte 1"},
		{name: "nonsense in the setting", setting: "3.13.5.1", err: "cannot read the version of Python in BP_PYTHON_VERSION"},
		{name: "nonsense in the manifest", file: "pyproject.toml", text: strings.Replace(requires, "%", "latest", 1), err: `"latest" is no version of CPython`},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := map[string]string{}
			if row.file != "" {
				files[row.file] = row.text
			}
			if row.file2 != "" {
				files[row.file2] = row.text2
			}
			dir := languagetest.Files(files)
			m, err := readManifest(dir, ".")
			if err != nil {
				t.Fatal(err)
			}
			l, _, err := readLocks(dir, m)
			if err != nil {
				t.Fatal(err)
			}
			all, err := wishes(dir, map[string]string{"BP_PYTHON_VERSION": row.setting}, nil, m, l)
			why := ""
			if err == nil {
				why, err = choose(all, language.Interpreter{Name: "Python", Version: "3.13.5", Where: "Debian 13"}, []language.Other{{Version: "3.11", Builder: "whittle/builder:debian-12"}})
			}
			if languagetest.Has(t, err, row.err); row.err == "" && row.why != "" && why != row.why {
				t.Errorf("because of %q", why)
			}
		})
	}
}

// TestVersionOfTheProject has the version file of a monorepo at its top.
func TestVersionOfTheProject(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		why   string
		err   string
	}{
		{"at the top", map[string]string{".python-version": "3.13\n"}, "the project's .python-version line 1: 3.13", ""},
		{"between", map[string]string{"apps/.tool-versions": "python 3.13.2\n", ".python-version": "3.11\n"}, "the project's apps/.tool-versions line 1: 3.13.2", ""},
		{"the app's own", map[string]string{"apps/web/.python-version": "3.13\n", ".python-version": "3.11\n"}, ".python-version line 1: 3.13", ""},
		{"another one", map[string]string{".python-version": "3.12\n"}, "", "Python 3.12, which the project's .python-version line 1 asks for, is not to be had here"},
		{"nobody cares", nil, "the one of Debian 13", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPython(t, nil)
			p.Root = t.TempDir()
			p.Dir = p.Root + "/apps/web"
			languagetest.Write(t, p.Root, map[string]string{"apps/web/app.py": ""})
			languagetest.Write(t, p.Root, row.files)
			p.Files = os.DirFS(p.Dir)
			all, err := p.wishes()
			why := ""
			if err == nil {
				why, err = choose(all, language.Interpreter{Name: "Python", Version: "3.13.5", Where: "Debian 13"}, nil)
			}
			if languagetest.Has(t, err, row.err); why != row.why {
				t.Errorf("because of %q", why)
			}
		})
	}
}

// TestGooglesSettingSaysTheVersion follows the setting of Google's buildpacks where our own says nothing.
func TestGooglesSettingSaysTheVersion(t *testing.T) {
	for own, want := range map[string]language.Wish{"": {Spec: "3.12", From: "GOOGLE_RUNTIME_VERSION", Pin: true}, "3.13": {Spec: "3.13", From: "BP_PYTHON_VERSION", Pin: true}} {
		all, err := wishes(languagetest.Files(nil), map[string]string{"GOOGLE_RUNTIME_VERSION": "3.12", "BP_PYTHON_VERSION": own}, nil, nil, nil)
		if err != nil || len(all) != 1 || all[0] != want {
			t.Errorf("got %v, %v; want %v", all, err, want)
		}
	}
}
