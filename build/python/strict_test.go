package python

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// onThisPython is a strict build whose scripts run on this machine's Python.
func onThisPython(t *testing.T) *python {
	t.Helper()
	p := newPython(t, func(ctx context.Context, c language.Command) error {
		cmd := exec.CommandContext(ctx, "python3", c.Args[1:]...)
		cmd.Stdout, cmd.Stderr = c.Stdout, os.Stderr
		return cmd.Run()
	})
	p.strict, p.cache, p.Env = true, t.TempDir(), map[string]string{}
	if err := os.MkdirAll(p.sitePackages(), 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestStrictFollowsImports has this machine's Python follow the imports of an app and its packages.
func TestStrictFollowsImports(t *testing.T) {
	for _, row := range []struct {
		name     string
		app      map[string]string
		packages map[string]string
		add      string
		line     string
		with     string // modules that are reached
		without  string // modules that are not
	}{
		{name: "nothing but the interpreter", app: map[string]string{"a.py": ""}, with: "os site encodings traceback linecache", without: "json decimal sqlite3 pydoc doctest unittest http email typing"},
		{name: "in functions of a module that only another imports", app: map[string]string{"a.py": "import tempfile"}, with: "shutil random", without: "tarfile zipfile"},
		{name: "a module that is only tried brings no library", app: map[string]string{"a.py": "import shutil"}, with: "shutil tarfile zipfile", without: "lzma"},
		{name: "what names of hosts are encoded by", app: map[string]string{"a.py": "import socket"}, with: "encodings.idna stringprep"},
		{name: "a command by -m, and what the user adds", line: "python3 -m http.server 8080", add: "xml.sax, wave", with: "http.server argparse xml.sax.expatreader wave"},
		{
			name: "each way to name a module",
			app: map[string]string{
				"a.py": "import json, datetime, concurrent.futures\ndef f():\n  from xml.dom import minidom\nimport importlib\nimportlib.import_module('wave')\n",
				"b.py": "LOG = {'class': 'logging.handlers.RotatingFileHandler'}\nTYPE_CHECKING = False\nif TYPE_CHECKING:\n import pdb\nimport sys\nif sys.platform == 'win32':\n import trace\n",
			},
			packages: map[string]string{
				"x/__init__.py": "from . import y", "x/y.py": "import configparser", "alone.py": "import csv\nfrom six.moves import http_client",
				"c.so":    "\x7fELF\x00uuid\x00graphlib\x00 import numbers, importlib.metadata as m\x00decimal.Decimal\x00",
				"rust.so": "\x7fELFpyo3ipaddressenumxx", "x/tests/test_x.py": "import tabnanny", "z/__init__.py": "from z.tests import base", "z/tests/base.py": "import colorsys",
			},
			with: "json.decoder _strptime concurrent.futures.process multiprocessing.popen_fork xml.dom.minidom xml.dom.domreg wave logging.handlers configparser csv http.client " +
				"uuid graphlib numbers importlib.metadata ipaddress enum colorsys",
			without: "pdb trace decimal tabnanny doctest pydoc xmlrpc sqlite3 curses",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := onThisPython(t)
			p.Env["BP_PYTHON_STRICT_MODULES"] = row.add
			p.Processes = []language.Process{{Line: row.line}}
			languagetest.Write(t, p.Dir, row.app)
			languagetest.Write(t, p.sitePackages(), row.packages)
			scan, err := p.scanImports(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			r, err := p.reach(t.Context(), p.counted(scan, p.optional(scan)))
			if err != nil {
				t.Fatal(err)
			}
			left := "\n" + strings.Join(r.Left, "\n") + "\n"
			for _, m := range strings.Fields(row.with) {
				if file := strings.ReplaceAll(m, ".", "/"); r.Reached[m] == "" || strings.Contains(left, "\n"+file+".py\n") && m != "site" {
					t.Errorf("%s is not in the image", m)
				}
			}
			for _, m := range strings.Fields(row.without) {
				if by := r.Reached[m]; by != "" {
					t.Errorf("%s is in the image because of %s", m, by)
				}
			}
		})
	}
}

// TestStrictCharsets keeps all encodings, and the large codecs of East Asia where something speaks of them.
func TestStrictCharsets(t *testing.T) {
	for text, want := range map[string]bool{"x.decode('utf-8')": false, "x.decode('utf-8')\nx.decode('shift_jis')": true, "from email.mime.text import MIMEText": true} {
		p := onThisPython(t)
		languagetest.Write(t, p.Dir, map[string]string{"a.py": text})
		scan, err := p.scanImports(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.reach(t.Context(), scan)
		if err != nil {
			t.Fatal(err)
		}
		codec := slices.ContainsFunc(r.Left, func(f string) bool { return strings.HasPrefix(f, "lib-dynload/_codecs_jp") })
		if codec == want || slices.ContainsFunc(r.Left, func(f string) bool { return strings.HasPrefix(f, "encodings/") }) {
			t.Errorf("%q: codecs in C are left out: %v; left out are %v", text, codec, r.Left)
		}
	}
}

// TestStrictHookTells imports modules that are not there, as an app in an image would.
func TestStrictHookTells(t *testing.T) {
	hook := filepath.Join(t.TempDir(), "hook.py")
	if err := os.WriteFile(hook, []byte(strictHook), 0o644); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]string{
		"import cut":           "No module named 'cut': the image was built with BP_PYTHON_STRICT, and the build saw no import of it. Add cut to BP_PYTHON_STRICT_MODULES, or build without BP_PYTHON_STRICT.",
		"import json.cut":      "No module named 'json.cut': the image",
		"import json.cut.more": "No module named 'json.cut': the image",
		"import winreg":        "No module named 'winreg'\n",
		"import nobodys":       "No module named 'nobodys'\n",
		"try:\n  import cut\nexcept ImportError:\n  raise SystemExit('a fallback')":                  "a fallback",
		"import importlib.util\nraise SystemExit('it is ' + str(importlib.util.find_spec('cut')))":   "it is None",
		"import json, encodings.koi8_r\nb'x'.decode('koi8-r')\nraise SystemExit(json.dumps('fine'))": `"fine"`,
		"b'x'.decode('nonsense')":                                    "unknown encoding: nonsense\n",
		"sys.modules['_codecs_jp'] = None\nb'x'.decode('shift-jis')": "unknown encoding: shift_jis: the image was built with BP_PYTHON_STRICT, and the build saw no import of _codecs_jp, which that encoding needs. Add _codecs_jp to BP_PYTHON_STRICT_MODULES",
	} {
		program := "import sys\nsys.stdlib_module_names |= {'cut'}\nexec(open(" + `"` + hook + `"` + ").read())\n" + code
		out, _ := exec.CommandContext(t.Context(), "python3", "-I", "-c", program).CombinedOutput() // each ends with a failure
		if !strings.Contains(string(out), want) {
			t.Errorf("%s\nsays %s\nwant %s", code, out, want)
		}
	}
}

// TestStrictSettings reads settings that are wrong, or contradict each other.
func TestStrictSettings(t *testing.T) {
	for _, row := range []struct {
		env string // "NAME=value", separated by ";"
		err string
	}{
		{"BP_PYTHON_STRICT=true", ""},
		{"BP_PYTHON_STRICT=false", ""},
		{"BP_PYTHON_STRICT=yes", `cannot use BP_PYTHON_STRICT="yes": it is neither true nor false`},
		{"BP_PYTHON_STRICT=true;BP_PYTHON_SOURCE=standalone", "takes another one"},
		{"BP_PYTHON_STRICT=true;BP_PYTHON_STRICT_MODULES=xml.sax wave,sqlite3", ""},
		{"BP_PYTHON_STRICT=true;BP_PYTHON_STRICT_MODULES=../x", `"../x" is no module`},
	} {
		p := newPython(t, nil)
		p.Env = map[string]string{}
		for one := range strings.SplitSeq(row.env, ";") {
			name, value, _ := strings.Cut(one, "=")
			p.Env[name] = value
		}
		languagetest.Has(t, p.checkStrict(t.Context()), row.err)
		if want := row.err == "" && strings.HasPrefix(row.env, "BP_PYTHON_STRICT=true"); row.err == "" && p.strict != want {
			t.Errorf("%s: strict is %v", row.env, p.strict)
		}
	}
}

// TestStrictOmits turns what the scripts print into slices and files to leave out.
func TestStrictOmits(t *testing.T) {
	printed := map[string]any{}
	p := newPython(t, func(_ context.Context, c language.Command) error {
		text, err := json.Marshal(printed[filepath.Base(c.Args[2])])
		if err != nil {
			return err
		}
		_, err = c.Stdout.Write(text)
		return err
	})
	p.strict, p.cache, p.Env = true, t.TempDir(), map[string]string{"BP_PYTHON_STRICT_MODULES": "wave"}
	file := p.Dir + "/app.py"
	printed["imports.py"] = map[string]any{"modules": map[string]string{"ctypes": file}, "standard": map[string]string{"ctypes": file}}
	printed["reach.py"] = map[string]any{
		"reached": map[string]string{"os": "the interpreter", "ctypes": file, "lzma": "zipfile", "dbm": "shelve", "wave": "BP_PYTHON_STRICT_MODULES"},
		"left":    []string{"pdb.py", "unittest/case.py", "unittest/__init__.py", "lib-dynload/_x.so"},
	}
	n, err := p.runtime(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range n.Slices {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "libpython3.13-stdlib_ctypes libpython3.13-stdlib_lzma python3.13_standard" {
		t.Errorf("slices: %s", got)
	}
	got := map[string]string{}
	for _, o := range n.Omit {
		got[o.Name] = strings.Join(o.Paths, " ")
	}
	const lib = "/usr/lib/python3.13/"
	want := map[string]string{
		lib + "pdb.py": lib[1:] + "pdb.py", lib + "unittest": lib[1:] + "unittest/case.py " + lib[1:] + "unittest/__init__.py", lib + "lib-dynload/_x.so": lib[1:] + "lib-dynload/_x.so",
	}
	if !maps.Equal(got, want) {
		t.Errorf("left out: %v", got)
	}
	p.Env["BP_PYTHON_STRICT_MODULES"] = "yaml"
	_, err = p.runtime(t.Context())
	languagetest.Has(t, err, "cannot add yaml: the standard library of Python 3.13 has no such module")
}

// TestStrictLeavesTestsOut trims a package whose tests nobody imports, and one whose tests another package imports.
func TestStrictLeavesTestsOut(t *testing.T) {
	p := onThisPython(t)
	const record = "%/__init__.py,,\n%/tests/__init__.py,,\n%/tests/deep/data.txt,,\n%-1.dist-info/RECORD,,\n"
	for _, name := range []string{"one", "two"} {
		languagetest.Write(t, p.sitePackages(), map[string]string{
			name + "/__init__.py": "from two.tests import x", name + "/tests/__init__.py": "", name + "/tests/deep/data.txt": "x",
			name + "-1.dist-info/RECORD": strings.ReplaceAll(record, "%", name),
		})
	}
	if err := p.findTests(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.trim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if language.Exists(p.sitePackages()+"/one/tests") || !language.Exists(p.sitePackages()+"/two/tests/deep/data.txt") {
		t.Errorf("there are %v", languagetest.Names(t, p.sitePackages()))
	}
	if text := languagetest.Read(t, p.sitePackages()+"/one-1.dist-info/RECORD"); text != "one/__init__.py,,\none-1.dist-info/RECORD,,\n" {
		t.Errorf("RECORD is %s", text)
	}
	languagetest.Write(t, p.Dir, map[string]string{"app.py": "import one.tests.base"})
	_, err := p.runtime(t.Context())
	languagetest.Has(t, err, "cannot leave out the tests of one: the app imports one.tests.base\n  app.py\n")
}

// TestStrictIsInTheKey changes the mode: packages are another layer.
func TestStrictIsInTheKey(t *testing.T) {
	p := newPython(t, func(context.Context, language.Command) error { return io.EOF })
	p.Files = os.DirFS(p.Dir)
	usual, err := p.key()
	if err != nil {
		t.Fatal(err)
	}
	p.strict = true
	if strict, err := p.key(); err != nil || strict == usual {
		t.Errorf("the same key, %v", err)
	}
}
