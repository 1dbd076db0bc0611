package script_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/script"
)

func TestInterpreters(t *testing.T) {
	for head, want := range map[string][]string{
		"#!/bin/sh\n":                              {"/bin/sh"},
		"#! /usr/bin/perl -w\nuse strict;":         {"/usr/bin/perl"},
		"#!/usr/bin/env python3\n":                 {"/usr/bin/env", "/usr/bin/python3"},
		"#!/usr/bin/env -S LANG=C ruby --enable\n": {"/usr/bin/env", "/usr/bin/ruby"},
		"#!/usr/bin/env\n":                         {"/usr/bin/env"},
		"#!perl\n":                                 nil,
		"#!\n":                                     nil,
		"\x7fELF":                                  nil,
	} {
		if diff := cmp.Diff(want, script.Interpreters([]byte(head))); diff != "" {
			t.Errorf("%q, -want +got:\n%s", head, diff)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for _, row := range []struct {
		name, head string
		want       script.Language
	}{
		{"usr/bin/x", "#!/usr/bin/python3.13\n", script.Python},
		{"usr/bin/x", "#!/usr/bin/env perl\n", script.Perl},
		{"usr/bin/x", "#!/bin/bash -e\n", script.Shell},
		{"usr/bin/x", "#!/usr/bin/ruby3.3\n", script.Ruby},
		{"usr/bin/x", "#!/usr/bin/tclsh\n", script.None},
		{"usr/share/perl5/A.pm", "package A;", script.Perl},
		{"usr/bin/x", "text", script.None},
	} {
		if got := script.LanguageOf(row.name, []byte(row.head)); got != row.want {
			t.Errorf("%s with %q is %d, want %d", row.name, row.head, got, row.want)
		}
	}
}

func TestImports(t *testing.T) {
	for _, row := range []struct {
		name string
		of   script.Language
		text string
		want []string
	}{
		{
			"python", script.Python, `
import os, sys as system
import a.b.c
# import commented
from d.e import f as g, h
from . import own
from .own import thing
if True: import late
    import indented
plugin = importlib.import_module("plugin.of")
run("entry.point:main")
load_entry_point('Some-Dist==1.2', 'console_scripts')
prose = "two words"
`,
			[]string{".own", ".own.thing", "a.b.c", "console_scripts", "d.e", "d.e.f", "d.e.h", "dist:console-scripts", "dist:plugin-of", "dist:some-dist", "entry.point", "indented", "late", "os", "plugin.of", "sys"},
		},
		{
			"perl", script.Perl, `
use strict;
use parent 'Exporter';
use Foo::Bar 1.2 qw(x);
  require Old'Style;
eval { require Try::Me };
# use Commented;
my $driver = "DBD::mysql";
require "dir/file.pl";
__END__
use Not::Code;
`,
			[]string{"DBD", "DBD::mysql", "Foo", "Foo::Bar", "Old::Style", "Try", "Try::Me", "dir::file", "parent", "strict"},
		},
		{
			"ruby", script.Ruby, `
require 'a/b'
  require "c.rb"
autoload :D, 'd/e'
gem 'f-g'
require_relative 'own'
s.add_runtime_dependency(%q<rack>.freeze, [">= 1"])
s.add_dependency 'tilt'
`,
			[]string{"a/b", "c", "d/e", "f-g", "rack", "tilt"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, script.Imports(row.of, []byte(row.text))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestAbsolute(t *testing.T) {
	const dir = "usr/lib/python3/dist-packages/"
	for _, row := range []struct{ file, name, want string }{
		{dir + "h5py/__init__.py", "._debian_h5py_serial", "h5py._debian_h5py_serial"},
		{dir + "a/b/c.py", ".d", "a.b.d"},
		{dir + "a/b/c.py", "..d.e", "a.d.e"},
		{dir + "a/b/c.py", "...d", ""},
		{dir + "a/b/c.py", "d.e", "d.e"},
		{dir + "six.py", ".moves", ""},
		{"usr/share/app/main.py", ".own", ""},
		{"usr/share/app/main.py", "own", "own"},
	} {
		if got := script.Absolute(row.file, row.name); got != row.want {
			t.Errorf("%s in %s: got %q, want %q", row.name, row.file, got, row.want)
		}
	}
}

func TestProvided(t *testing.T) {
	got := script.Provided([]string{
		"usr/lib/python3/dist-packages/yaml/__init__.py",
		"usr/lib/python3/dist-packages/yaml/_yaml.cpython-313-x86_64-linux-gnu.so",
		"usr/lib/python3/dist-packages/six.py",
		"usr/lib/python3/dist-packages/Py_YAML-6.0.dist-info/METADATA",
		"usr/lib/python3/dist-packages/old-1.2-py3.13.egg-info",
		"usr/lib/python3/dist-packages/yaml/data.json",
		"usr/share/perl5/Foo/Bar.pm",
		"usr/lib/x86_64-linux-gnu/perl5/5.40/XS.pm",
		"usr/share/perl/5.40.1/Pod/Usage.pm",
		"usr/lib/ruby/vendor_ruby/rack/utils.rb",
		"usr/share/rubygems-integration/all/specifications/rack-test-2.1.0.gemspec",
		"usr/share/rubygems-integration/all/gems/tilt-2/lib/tilt.rb",
		"usr/bin/six.py",
	})
	want := map[script.Language][]string{
		script.Python: {"dist:old", "dist:py-yaml", "six", "yaml", "yaml._yaml"},
		script.Perl:   {"Foo::Bar", "Pod::Usage", "XS"},
		script.Ruby:   {"rack-test", "rack/utils", "tilt"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRequires(t *testing.T) {
	const dir = "usr/lib/python3/dist-packages/x-1.dist-info/"
	got := script.Requires(dir+"METADATA", []byte("Name: x\nRequires-Dist: Foo_Bar>=1\nRequires-Dist: dev; extra == 'test'\nRequires-Dist: old (<2) ; python_version < '4'\n\ntext"))
	if diff := cmp.Diff([]string{"dist:foo-bar", "dist:old"}, got); diff != "" {
		t.Errorf("METADATA, -want +got:\n%s", diff)
	}
	got = script.Requires(dir+"requires.txt", []byte("six>=1\nzope.interface\n\n[test]\npytest\n"))
	if diff := cmp.Diff([]string{"dist:six", "dist:zope-interface"}, got); diff != "" {
		t.Errorf("requires.txt, -want +got:\n%s", diff)
	}
	if got := script.Requires("usr/share/METADATA", []byte("Requires-Dist: x\n")); got != nil {
		t.Errorf("a file elsewhere requires %v", got)
	}
}

func TestCommands(t *testing.T) {
	got := script.Commands([]byte(`#!/bin/sh
# sed is only named here
set -e
dir=$(dirname "$0") && LANG=C sort -u file | uniq
if grep -q x y; then mkdir -p z; else rm -f z; fi
[ -n "$x" ] || echo "no"
for f in a b; do
	/usr/bin/install f
	` + "v=`basename $f`" + `
	exec env -i A=b cat
done
find . | xargs -0 chmod
`))
	want := []string{"basename", "cat", "chmod", "dirname", "env", "find", "for", "grep", "if", "install", "mkdir", "rm", "set", "sort", "uniq"}
	missing := []string{}
	has := map[string]bool{}
	for _, g := range got {
		has[g] = true
	}
	for _, w := range want {
		if !has[w] {
			missing = append(missing, w)
		}
	}
	if len(missing) > 0 {
		t.Errorf("not seen: %v; got %v", missing, got)
	}
	for _, no := range []string{"sed", "echo", "["} {
		if has[no] {
			t.Errorf("%s is a builtin or in a comment", no)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("usr/lib/python3/dist-packages/x.dist-info/METADATA", []byte("import a, b\nRequires-Dist: x\n"))
	f.Add("usr/bin/x", []byte("#!/usr/bin/env -S perl\nuse A::B;\n"))
	f.Add("usr/share/rubygems-integration/all/specifications/a-1.gemspec", []byte("require 'a'\n"))
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		l := script.LanguageOf(name, text)
		for _, got := range script.Imports(l, text) {
			if got == "" {
				t.Error("an import without a name")
			}
		}
		script.Commands(text)
		script.Requires(name, text)
		script.Provided([]string{name})
	})
}

func TestSourced(t *testing.T) {
	got := script.Sourced([]byte(`#!/bin/sh
# . /not/in/a/comment
. /etc/app/app.conf
[ -r /etc/default/app ] && . "/etc/default/app"
if true; then . /usr/lib/app/functions; fi
    source '/usr/lib/app/more.sh' || exit 1
. "$dir/computed"
./program /usr/bin/x
echo . /printed
`))
	want := []string{"/etc/app/app.conf", "/etc/default/app", "/usr/lib/app/functions", "/usr/lib/app/more.sh"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
