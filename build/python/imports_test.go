package python

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestImportsOfFiles has this machine's python3 read an app's files, as the build image's does.
func TestImportsOfFiles(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		want  string // the modules that count, sorted, and find_library
	}{
		{"a plain import", map[string]string{"a.py": "import sqlite3"}, "sqlite3"},
		{"in a function", map[string]string{"a.py": "def f():\n from lzma import open"}, "lzma"},
		{"with a fallback", map[string]string{"a.py": "try:\n import bz2\nexcept ImportError:\n bz2 = None"}, "bz2"},
		{"by name", map[string]string{"a.py": "import importlib\nimportlib.import_module('sqlite3')"}, "sqlite3"},
		{"relative to a package", map[string]string{"a.py": "from .sqlite3 import x"}, ""},
		{"in a string", map[string]string{"a.py": "text = 'import sqlite3'  # import sqlite3"}, ""},
		{"another platform's branch", map[string]string{"a.py": "import sys\nif sys.platform == 'win32':\n import ctypes\nelse:\n import curses"}, "curses"},
		{"another platform's branch by a name", map[string]string{"a.py": "import os\nWIN = os.name == 'nt'\nif WIN:\n import ctypes"}, ""},
		{"another system by platform", map[string]string{"a.py": "import platform\nif platform.system() != 'Linux':\n import ctypes"}, ""},
		{"after a raise on this platform", map[string]string{"a.py": "import platform\nif platform.system() != 'Darwin':\n raise ImportError\nimport ctypes"}, ""},
		{"after a raise on another platform", map[string]string{"a.py": "import sys\nif sys.platform != 'linux':\n raise ImportError\nimport ctypes"}, "ctypes"},
		{"after a return on this platform", map[string]string{"a.py": "import sys\ndef f():\n if sys.platform == 'linux':\n  return 1\n import ctypes\nimport lzma"}, "lzma"},
		{"for type checkers", map[string]string{"a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import tkinter"}, ""},
		{"of a module that another platform imports", map[string]string{
			"a.py": "import sys\nif sys.platform == 'win32':\n import windows", "windows.py": "import ctypes",
		}, ""},
		{"of a module that any platform imports", map[string]string{
			"a.py": "import sys, windows\nif sys.platform == 'win32':\n import windows", "windows.py": "import ctypes",
		}, "ctypes"},
		{"shared memory", map[string]string{"a.py": "from multiprocessing import Value"}, "ctypes multiprocessing"},
		{"windows", map[string]string{"a.py": "import tkinter as tk"}, "tkinter"},
		{"tests", map[string]string{"tests/a.py": "import tkinter"}, ""},
		{"another Python's file, or a template", map[string]string{"a.py": "import {{ name }}\nimport tkinter", "b.py": "import dbm"}, "dbm"},

		{"find_library", map[string]string{"a.py": "import ctypes.util\nctypes.util.find_library('c')"}, "ctypes find_library"},
		{"find_library by an alias, of a variable", map[string]string{"a.py": "import ctypes.util as u\nu.find_library(name)"}, "ctypes find_library"},
		{"find_library alone, with a fallback", map[string]string{"a.py": "from ctypes.util import find_library\ntry:\n x = find_library('x')\nexcept OSError:\n x = None"}, "ctypes find_library"},
		{"util of ctypes", map[string]string{"a.py": "from ctypes import util\nutil.find_library('x')"}, "ctypes find_library"},
		{"find_library that nobody calls", map[string]string{"a.py": "import ctypes.util"}, "ctypes"},
		{"another find_library", map[string]string{"a.py": "from compilers import find_library\nfind_library('x')"}, ""},
		{"find_library for another platform", map[string]string{"a.py": "import sys, ctypes.util\nif sys.platform == 'darwin':\n ctypes.util.find_library('x')"}, "ctypes"},
		{"find_library after a raise on this platform", map[string]string{"a.py": "import platform\nif platform.system() != 'Darwin':\n raise ImportError\nfrom ctypes.util import find_library\nfind_library('Security')"}, ""},
	} {
		for _, whose := range []string{"app", "packages"} {
			run := thisPython(os.Stderr)
			p := newPython(t, func(ctx context.Context, c language.Command) error {
				if !slices.Contains(c.Args, whose) { // there is none
					_, err := io.WriteString(c.Stdout, "{}")
					return err
				}
				return run(ctx, c)
			})
			languagetest.Write(t, map[string]string{"app": p.Dir, "packages": p.sitePackages()}[whose], row.files)
			scan, err := p.scanImports(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got := slices.DeleteFunc(keys(scan.Modules), func(m string) bool { return strings.HasPrefix(m, "multiprocessing.") })
			if scan.Finds != "" {
				got = append(got, "find_library")
			}
			if diff := cmp.Diff(row.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("%s, in the folder of the %s: %s", row.name, whose, diff)
			}
		}
	}
}

// thisPython runs scripts by this machine's python3, and tells warnings of Python to a writer.
func thisPython(warnings io.Writer) language.Runner {
	return func(ctx context.Context, c language.Command) error {
		cmd := exec.CommandContext(ctx, "python3", append([]string{"-Walways"}, c.Args[1:]...)...)
		cmd.Stdout, cmd.Stderr = c.Stdout, warnings
		return cmd.Run()
	}
}

// TestOnlyFilesOfInterestAreParsed has Python warn of an escape that is none in each file that it parses: of packages, of which
// there may be thousands of files, it parses those that have a word of interest.
func TestOnlyFilesOfInterestAreParsed(t *testing.T) {
	const escape = "\ntext = '\\d'\n"
	for _, row := range []struct {
		text   string
		parsed bool
	}{
		{"import json", false},
		{"import ctypesgen, not_lzma", false},
		{"import lzma", true},
		{"import importlib\nimportlib.import_module('sqlite3')", true},
		{"from loader import PyDLL as x\nPyDLL('libx.so')", true},
		{"ffi._dlopen('libx.so')", true},
	} {
		var warnings strings.Builder
		p := newPython(t, thisPython(&warnings))
		languagetest.Write(t, p.sitePackages(), map[string]string{"a.py": row.text + escape})
		scan, err := p.scanPackages(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(warnings.String(), "invalid escape"); got != row.parsed {
			t.Errorf("%q: parsed is %v, want %v: %s", row.text, got, row.parsed, &warnings)
		}
		if opens := strings.Contains(row.text, "libx"); opens != (len(scan.Opens) == 1) {
			t.Errorf("%q: opens %v", row.text, scan.Opens)
		}
	}
}

// TestImportsOfDottedModules looks for a module that no line need have whole.
func TestImportsOfDottedModules(t *testing.T) {
	program := filepath.Join(t.TempDir(), "imports.py")
	if err := os.WriteFile(program, []byte(syntaxScript+importScript), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"import xml.sax", "from xml import dom, sax", "from xml.sax import parse"} {
		site := t.TempDir()
		languagetest.Write(t, site, map[string]string{"a.py": text})
		out, err := exec.CommandContext(t.Context(), "python3", "-I", program, "lzma,xml.sax", "", "packages", "", site).Output()
		var scan importScan
		if err == nil {
			err = json.Unmarshal(out, &scan)
		}
		if diff := cmp.Diff(map[string]string{"xml.sax": filepath.Join(site, "a.py")}, scan.Modules); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

// TestPartsThatOnlyANameLoads has packages with GeoDjango, which looks for libraries and is in every Django: it counts where the app's
// settings name it, or another package does.
func TestPartsThatOnlyANameLoads(t *testing.T) {
	packages := map[string]string{
		"django/contrib/gis/libgdal.py":   "import lzma\nfrom ctypes.util import find_library\nfind_library('gdal')",
		"django/contrib/admin/checks.py":  "GIS = 'django.contrib.gis'",
		"dj_database_url/__init__.py":     "SCHEMES = {'postgis': 'django.contrib.gis.db.backends.postgis'}",
		"django_other/contrib/gis/gis.py": "import bz2",
	}
	for _, row := range []struct {
		name  string
		files map[string]string // of the app, and of the packages where the name begins with "site/"
		want  string
	}{
		{"nobody names it", map[string]string{"shop/settings.py": "INSTALLED_APPS = ['django.contrib.admin']\nlogistics = 1"}, "bz2"},
		{"an installed app", map[string]string{"shop/settings.py": `INSTALLED_APPS = ["django.contrib.gis"]`}, "bz2 ctypes lzma find_library"},
		{"a field", map[string]string{"shop/models.py": "from django.contrib.gis.db import models"}, "bz2 ctypes lzma find_library"},
		{"an import", map[string]string{"shop/models.py": "from django.contrib import gis"}, "bz2 ctypes lzma find_library"},
		{"another package", map[string]string{"site/maps/settings.py": "APPS = ['django.contrib.gis']"}, "bz2 ctypes lzma find_library"},
	} {
		p := newPython(t, thisPython(io.Discard))
		languagetest.Write(t, p.sitePackages(), packages)
		for name, text := range row.files {
			dir := p.Dir
			if rest, ok := strings.CutPrefix(name, "site/"); ok {
				dir, name = p.sitePackages(), rest
			}
			languagetest.Write(t, dir, map[string]string{name: text})
		}
		scan, err := p.scanImports(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := keys(scan.Modules)
		if scan.Finds != "" {
			got = append(got, "find_library")
		}
		if diff := cmp.Diff(row.want, strings.Join(got, " ")); diff != "" || (len(scan.Opens) == 1) != (scan.Finds != "") {
			t.Errorf("%s: %s, opens %v", row.name, diff, scan.Opens)
		}
	}
}
