package python

import (
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/build/language/languagetest"
)

func TestPythonVersion(t *testing.T) {
	for _, row := range []struct {
		name, setting          string
		version, runtime, toml string // .python-version, runtime.txt, requires-python
		err                    string
	}{
		{name: "nothing"},
		{name: "minor version", version: "3.13\n"},
		{name: "another patch", version: "3.13.1"},
		{name: "comment, mark, prefix", version: "\uFEFF# ours\npython-3.13.5 # now\n"},
		{name: "runtime.txt", runtime: "python-3.13.2\n"},
		{name: "major version", setting: "3"},
		{name: "specifiers in the setting", setting: ">=3.11,<3.14"},
		{name: "requires", toml: ">=3.11, !=3.12.*, <4"},
		{name: "compatible", toml: "~=3.13"},
		{name: "compatible patch", toml: "~=3.13.0"},
		{name: "caret", toml: "^3.9"},
		{name: "wildcard", toml: "==3.13.*"},
		{name: "another minor version", version: "3.12", err: "Python 3.12, which .python-version asks for, is not to be had here"},
		{name: "major version 2", runtime: "python-2.7.18", err: "runtime.txt asks for"},
		{name: "too new", toml: ">=3.14", err: "requires-python"},
		{name: "too old", toml: "<3.13", err: "available: 3.13.5"},
		{name: "not compatible", toml: "~=3.12.1", err: "is not to be had"},
		{name: "exactly", toml: "==3.13", err: "is not to be had"},
		{name: "excluded", toml: "!=3.13.*", err: "is not to be had"},
		{name: "files disagree", version: "3.13", toml: ">=3.14", err: ".python-version and pyproject.toml (requires-python) disagree"},
		{name: "several versions", version: "3.13\n3.12\n", err: "it names several versions: 3.13, 3.12"},
		{name: "no version", version: "# none\n", err: "it names no version"},
		{name: "another implementation", version: "pypy3.10", err: `"pypy3.10" is no Python version`},
		{name: "not UTF-8", version: "\xff\xfe3\x00", err: "it is not UTF-8 text"},
		{name: "runtime.txt without python", runtime: "3.13.5", err: "not of the form python-3.13.5"},
		{name: "too many numbers", setting: "3.13.5.1", err: "BP_PYTHON_VERSION"},
		{name: "no specifier", toml: "latest", err: `"latest" is no Python version`},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := fstest.MapFS{}
			for name, text := range map[string]string{".python-version": row.version, "runtime.txt": row.runtime} {
				if text != "" {
					dir[name] = &fstest.MapFile{Data: []byte(text)}
				}
			}
			if row.toml != "" {
				dir["pyproject.toml"] = &fstest.MapFile{Data: []byte("[project]\nname = \"x\"\nrequires-python = \"" + row.toml + "\"\n")}
			}
			wishes, err := readWishes(dir, row.setting)
			got := ""
			if err == nil {
				got, err = choose(wishes, "3.13.5")
			}
			if languagetest.Has(t, err, row.err); err == nil && got != "3.13.5" {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestPythonWishesGoStrongestFirst(t *testing.T) {
	wishes, err := readWishes(fstest.MapFS{
		".python-version": {Data: []byte("3.13")}, "runtime.txt": {Data: []byte("python-3.13")}, "pyproject.toml": {Data: []byte("[project]\nrequires-python = \">=3\"")},
	}, "3.13.1")
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, w := range wishes {
		got += w.From + "=" + w.Spec + " "
	}
	if want := "BP_PYTHON_VERSION=3.13.1 .python-version=3.13 runtime.txt=3.13 pyproject.toml (requires-python)=>=3 "; got != want {
		t.Errorf("got %s", got)
	}
}
