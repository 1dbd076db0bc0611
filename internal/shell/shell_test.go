package shell

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// installed is what a script finds when its package is configured for the first time in a small root.
func installed(paths ...string) Surroundings {
	return Surroundings{
		Arguments: []string{"configure", ""},
		Variables: map[string]string{"DPKG_ROOT": ""},
		Exists: func(p string) (bool, bool) {
			for _, have := range paths {
				if p == have {
					return true, true
				}
			}
			return false, !strings.HasPrefix(p, "/unknown/")
		},
	}
}

func TestRead(t *testing.T) {
	for _, row := range []struct {
		name, script string
		want         []string // "?" before a command that may not be run, "$" before one that is computed
	}{
		{"plain", "#!/bin/sh\nset -e\nadduser --system 'a b' \"$DPKG_ROOT/c\"\n", []string{"adduser --system 'a b' /c"}},
		{"only what configure does", "case \"$1\" in\nconfigure) a;;\nabort-*|upgrade) b;;\n*) c;;\nesac\nif [ \"$1\" = triggered ]; then d; exit 0; fi\ne", []string{"a", "e"}},
		{"not upgrades", "if [ -n \"$2\" ]; then a; fi\nif dpkg --compare-versions \"$2\" lt-nl 1.0; then b; fi\nif [ \"$1\" = configure ] && [ -z \"$2\" ]; then c; fi", []string{"c"}},
		{"loops over words", "V=x\nfor p in a b; do install /usr/$p-$V; done", []string{"install /usr/a-x", "install /usr/b-x"}},
		{"loops over what is computed", "for p in $(ls); do rm /x/$p; done", []string{"?$rm /x/$p"}},
		{"what a loop assigns is not known in it", "n=1\nwhile read l; do a $n $l; n=2; done\nb $n", []string{"?$a $n $l", "$b $n"}},
		{"functions and their arguments", "f() { local x=\"$1\"; a $x \"$@\"; return 0; b; }\nf 1 2\nc", []string{"a 1 1 2", "c"}},
		{"conditions that cannot be judged", "if grep -q x /etc/y; then a; V=1; else b; V=2; fi\nc $V", []string{"grep -q x /etc/y", "?a", "?b", "$c $V"}},
		{"a way that may end the script", "test -e /unknown/x || exit 0\na", []string{"?a"}},
		{"files that are there and that are not", "[ -d /etc/x ] || mkdir /etc/x\n[ -d /etc/y ] || mkdir -p /etc/y\n[ -e /unknown/z ] || touch /unknown/z", []string{"mkdir -p /etc/y", "?touch /unknown/z"}},
		{"programs by name", "if which prog >/dev/null 2>&1; then prog; fi\nif command -v other >/dev/null; then other; fi\ncommand -p third", []string{"prog", "command -p third"}},
		{"what is written", "echo x > /etc/conf\ncat <<E >>/etc/more\nfoo\nE\n{ a; b >/dev/null; } >/etc/both\nc 2>/dev/null >&2", []string{"echo x > /etc/conf", "cat > /etc/more", "a > /etc/both", "b > /etc/both", "c"}},
		{"failure does not matter", "a || true\nb || :\n! c", []string{"a", "b", "c"}},
		{"both sides of a pipe", "echo y | a -b", []string{"echo y", "a -b"}},
		{"new arguments", "set -- one two\na $2 $#\nread line\nset -- $line\nb $1", []string{"a two 2", "$b $1"}},
		{"defaults", "a=\nb ${a:-other} ${c:-x} ${a:+y}", []string{"$b other ${c:-x}"}},
		{"computed words stay as written", "a $(b c) `d` /usr/*/x $e", []string{"$a $(b c) $(d) /usr/*/x $e"}},
		{"patterns", "case deb-8.1-x in deb-[0-9].*) a;; *) b;; esac", []string{"a"}},
		{"several words in a variable", "all='x y'\nfor w in $all; do a $w; done\nb \"$all\" $all", []string{"a x", "a y", "b 'x y' x y"}},
		{"a subshell keeps its variables", "v=1\n(v=2; a $v)\nb $v", []string{"a 2", "b 1"}},
		{"what a substitution prints", "p=a.conf:50-a.conf\nln -s /x/$(echo $p | cut -d: -f1) /y/$(echo $p | cut -d : -f 2)\na $(basename /x/y.sh .sh) $(dirname /x/y) `echo a.b | tr . _`\nb $(echo a | sort)", []string{"ln -s /x/a.conf /y/50-a.conf", "a y /x a_b", "$b $(echo a | sort)"}},
		{"what a function returns", "f() { if [ -z \"$2\" ]; then return 0; fi; return 1; }\ng() { [ \"$1\" = x ]; }\nh() { grep -q x /etc/y && return 0; return 1; }\nif f a; then a; else b; fi\ng x && c\ng y && d\nif h; then e; fi", []string{"a", "c", "grep -q x /etc/y", "?e"}},
		{"here documents of debhelper", "(\nwhile read line; do set -- $line; mkdir \"$1\"; done\n) << DATA\n/usr/local/x default\nDATA", []string{"?$mkdir $1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Read(row.script, installed("/etc/x", "/usr/bin/prog"))
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, c := range got {
				line := c.String()
				if c.Computed {
					line = "$" + line
				}
				if c.Maybe {
					line = "?" + line
				}
				lines = append(lines, line)
			}
			if diff := cmp.Diff(row.want, lines); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestOtherLanguagesAreNamed(t *testing.T) {
	_, err := Read("#!/usr/bin/perl -w\nprint 1;\n", Surroundings{})
	var l *LanguageError
	if !errors.As(err, &l) || l.Interpreter != "perl" {
		t.Errorf("got %v", err)
	}
}

func TestBrokenScriptIsAnError(t *testing.T) {
	if _, err := Read("#!/bin/sh\nif true; then\n", Surroundings{}); err == nil || !strings.HasPrefix(err.Error(), "cannot read the script: ") {
		t.Errorf("got %v", err)
	}
}

// TestBombsAreBounded reads scripts that would run forever, or fill memory.
func TestBombsAreBounded(t *testing.T) {
	for name, text := range map[string]string{
		"calls": "f() { f; f; a; }\nf", "doubling": "x=aaaaaaaa\n" + strings.Repeat("x=$x$x\n", 200) + "b $x",
		"nested loops": strings.Repeat("for i in 1 2 3 4 5 6 7 8 9 10; do ", 8) + "a;" + strings.Repeat("done;", 8),
		"long lines":   "x=" + strings.Repeat("a", maxValue) + "\nfor i in " + strings.Repeat("1 ", 9000) + "; do a $x; done",
	} {
		got, err := Read(text, Surroundings{})
		if err == nil && len(got) > maxCommands {
			t.Errorf("%s: %d commands", name, len(got))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("#!/bin/sh\ncase \"$1\" in configure) for i in a b; do update-alternatives --install $i; done;; esac")
	f.Add("f() { [ -d \"$1\" ] || mkdir -p \"$1\"; }\nf ${x:-/var/lib} > /etc/x && exit 1")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read(text, installed("/x"))
		if err != nil {
			return
		}
		for _, c := range got {
			if len(c.Words) == 0 || c.Name() == "" {
				t.Errorf("%q: %q", text, c)
			}
			_ = c.String()
		}
	})
}
