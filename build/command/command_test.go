package command

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// table is variables for tests.
type table map[string]string

func (t table) Lookup(name string) (string, bool) { v, ok := t[name]; return v, ok }
func (t table) Set(name, value string) error      { t[name] = value; return nil }

func parse(t *testing.T, text string) Line {
	t.Helper()
	line, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestArgv(t *testing.T) {
	for _, row := range []struct {
		text string
		want []string // nil: it needs the program start
	}{
		{"python app.py", []string{"python", "app.py"}},
		{`gunicorn "app:create()" --name 'my app' a\ b`, []string{"gunicorn", "app:create()", "--name", "my app", "a b"}},
		{`run x=1 "" '*'  # says what`, []string{"run", "x=1", "", "*"}},
		{"python \\\n  app.py", []string{"python", "app.py"}},
		{"exec python app.py;", []string{"python", "app.py"}},
		{"env", nil},
		{"java -jar target/*.jar", nil},
		{"gunicorn -b :$PORT app", nil},
		{"FOO=bar gunicorn app", nil},
		{"cd web && python app.py", nil},
		{"node ~/app.js", nil},
		{"node app.js 2>&1", nil},
	} {
		got, ok := parse(t, row.text).Argv()
		if ok != (row.want != nil) {
			t.Errorf("%s: plain is %v", row.text, ok)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s: %s", row.text, diff)
		}
	}
}

func TestWords(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.jar", "b.jar", ".c.jar", "d e"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, row := range []struct {
		text string
		want []string
	}{
		{"x :$PORT", []string{"x", ":80"}},
		{"x ${PORT}1 '$PORT' \\$PORT", []string{"x", "801", "$PORT", "$PORT"}},
		{"x ${HOST:-0.0.0.0}:${PORT-1}", []string{"x", "0.0.0.0:80"}},
		{"x ${EMPTY-a}${EMPTY:-b}${NONE-c} ${EMPTY+d} ${EMPTY:+e} ${PORT:+f}", []string{"x", "bc", "d", "f"}},
		{"x ${NEW:=n m} $NEW", []string{"x", "n", "m", "n", "m"}},
		{`x "${HOST:-a "b" $PORT}" ${HOST:-'a b' c}`, []string{"x", "a b 80", "a b", "c"}},
		{"x ${A:-${B:-${PORT}}}", []string{"x", "80"}},
		{"x $ARGS c", []string{"x", "-a", "-b", "c"}},
		{`x "$ARGS"`, []string{"x", " -a  -b "}},
		{`x $EMPTY "$EMPTY" $NONE`, []string{"x", ""}},
		{"x 5$ \"a\\nb\" a#b", []string{"x", "5$", `a\nb`, "a#b"}},
		{"x ~ ~/a ~b a~", []string{"x", "/home/u", "/home/u/a", "~b", "a~"}},
		{"x *.jar '*.jar' *.war $STAR [!a].jar .*jar *e", []string{"x", "a.jar", "b.jar", "*.jar", "*.war", "*", "b.jar", ".c.jar", "d e"}},
	} {
		vars := table{"PORT": "80", "ARGS": " -a  -b ", "EMPTY": "", "STAR": "*", "HOME": "/home/u"}
		got, err := Expander{Variables: vars}.Words(parse(t, row.text)[0].Words)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s: %s", row.text, diff)
		}
	}
}

func TestWordsThatMustBeSet(t *testing.T) {
	for _, row := range []struct {
		text   string
		strict bool
		want   string
	}{
		{"x ${DB:?set it to $WHAT}", false, "DB: set it to a URL"},
		{"x ${DB?}", false, "DB: it is not set"},
		{"x ${EMPTY:?no}", false, "EMPTY: no"},
		{"x ${EMPTY?no}", false, ""},
		{"x $DB", true, "DB is not set"},
		{"x ${DB-}", true, ""},
	} {
		_, err := Expander{Variables: table{"WHAT": "a URL", "EMPTY": ""}, Strict: row.strict}.Words(parse(t, row.text)[0].Words)
		if got := errorText(err); got != row.want {
			t.Errorf("%s: error is %q, want %q", row.text, got, row.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestParse reads lists, assignments and redirections, and writes them again.
func TestParse(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"cd apps/web && echo starting && A=1 B=$PORT exec gunicorn app", "cd apps/web && echo starting && A=1 B=$PORT exec gunicorn app"},
		{"a||b;c\nd &&\n e ;", "a || b; c; d && e"},
		{`a "b $C ${D}x" e\ f ''`, `a "b $C ${D}x" e' 'f ''`},
		{`a "it's" '"'`, `a "it's" '"'`},
		{`a "${X:-y}"'\'`, `a "${X:-y}\\"`},
		{`a ${X:-"}"'}'} "${X:-\}}"`, `a ${X:-'}}'} "${X:-\}}"`},
		{"A= B='' c", "A= B='' c"},
		{"A=1; b", "A=1; b"},
		{"a >/dev/null 2>&1 <in 2>>err", "a >/dev/null 2>&1 <in 2>>err"},
		{"a &>log b", "a b >log 2>&1"},
		{"> log a", "a >log"},
		{"a=b", "a=b"},
		{"env A=1 b", "env A=1 b"},
		{"a\r\n", "a"},
		{"~/bin/a", `"$HOME"/bin/a`},
	} {
		if got := parse(t, row.text).String(); got != row.want {
			t.Errorf("%q: got %s, want %s", row.text, got, row.want)
		}
	}
}

func TestParseRefusesWhatNeedsAShell(t *testing.T) {
	for _, row := range []struct{ text, want, instead string }{
		{"a | b", "a pipe (|) at position 3 needs a shell, and there is none in the image", "the platform collects"},
		{"a |& b", "a pipe (|)", ""},
		{"a & b", "a program in the background (&) at position 3", "process type"},
		{"a &", "in the background", "Procfile"},
		{"(a; b)", "a subshell ( ) at position 1", "parentheses"},
		{"f() { a; }", "a subshell", ""},
		{"a $(b)", "the output of a command ($(…)) at position 3", "environment variable"},
		{"a `b`", "the output of a command (`…`)", "environment variable"},
		{`a "$(b)"`, "the output of a command", ""},
		{"a $((1+2))", "arithmetic", ""},
		{"a $1", "an argument of a script ($1)", "appended"},
		{`a "$@"`, "the arguments of a script ($@)", "appended"},
		{"a; b $?", "a shell's own variable ($?)", ""},
		{"a ${b%x}", "this ${…}", "${NAME:-text}"},
		{"a ${#b}", "this ${…}", ""},
		{"a ${b", "a ${ is never closed", ""},
		{"a $'b'", "a text in $'…'", ""},
		{"a <<EOF", "a here-document", ""},
		{"a <(b)", "a process substitution", ""},
		{"a 3>f", "another file than 0, 1 and 2", ""},
		{"a 2>&3", "another file than 0, 1 and 2", ""},
		{"a 2>&$X", "another file than 0, 1 and 2", ""},
		{"exec >log; a", "exec >", ""},
		{"if true; then a; fi", `"if" at position 1`, "#! line"},
		{"a && while true; do b; done", `"while" at position 6`, ""},
		{"for i in a b; do c; done", `"for"`, ""},
		{"case $A in b) c;; esac", `"case"`, ""},
		{"{ a; }", `"{"`, ""},
		{"! a", `"!"`, ""},
		{"[[ -f a ]] && b", `"[["`, ""},
		{"[ -f a ] && b", `"["`, ""},
		{". .env && a", "a script that a shell reads (.)", "platform"},
		{"source venv/bin/activate && a", "(source)", "A=1"},
		{"ulimit -n 65536; a", "a limit (ulimit)", "platform"},
		{"trap 'x' TERM; a", `"trap"`, ""},
		{"a &&", "a command is missing", ""},
		{"&& a", "a command is missing", ""},
		{"a;;b", "a command is missing", ""},
		{"", "a command is missing", ""},
		{" # b", "a command is missing", ""},
		{">f", "a command is missing", ""},
		{"a >", "names no file", ""},
		{"a 'b", "a ' is never closed", ""},
		{`a "b`, `a " is never closed`, ""},
		{`a \`, `ends in a \`, ""},
		{"a \x00", "zero byte", ""},
		{strings.Repeat("a", maxLength), "128 KiB", ""},
		{"a " + strings.Repeat("${A:-", 30), "too deep", ""},
	} {
		_, err := Parse(row.text)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%.60s: error is %v, want one that has %q", row.text, err, row.want)
		}
		var u *Unsupported
		if row.instead != "" && (!errors.As(err, &u) || !strings.Contains(u.Instead, row.instead)) {
			t.Errorf("%s: says to write instead: %+v, want %q", row.text, u, row.instead)
		}
	}
}

func TestUnwrap(t *testing.T) {
	for _, row := range []struct{ text, want, err string }{
		{`sh -c 'exec gunicorn -b :$PORT app'`, "exec gunicorn -b :$PORT app", ""},
		{`bash -c "gunicorn -b :$PORT app"`, "gunicorn -b :$PORT app", ""},
		{`/bin/sh -ec 'a; b'`, "set -e && a; b", ""},
		{`bash -euxo pipefail -c a`, `set -u && a`, ""},
		{`bash -eu -c 'a && b'`, "set -u && a && b", ""},
		{`sh -c 'sh -c "a && b"'`, "a && b", ""},
		{`cd x && sh -c 'a && b'`, "cd x && a && b", ""},
		{`A=1 sh -c 'echo $A && b'`, `export A='1' && echo $A && b`, ""},
		{`A="$B c" exec sh -c 'echo $A; b'`, `export A="$B c" && echo $A; b`, ""},
		{`sh -c 'a; b' && c`, "a; b && c", ""},
		{`A=1 sh -c a && b`, "A=1 a && b", ""},
		{`sh run.sh`, "sh run.sh", ""},
		{`sh -c a b`, "a", ""},
		{`x && sh -c 'a; b'`, "", "a group of commands joined by ; after &&"},
		{`x || sh -c 'a && b'`, "", "a group of commands joined by && after ||"},
		{`sh -c 'cd x && a' && b`, "", "changes the directory or variables for itself alone (cd x)"},
		{`A=1 sh -c 'a $A' && b`, "", "variables in front of several commands"},
		{`sh -c 'a && b' >log`, "", "a redirection of several commands"},
		{`sh -c 'a | b'`, "", "a pipe (|)"},
		{`sh -c ''`, "", "a command is missing"},
	} {
		got, err := parse(t, row.text).Unwrap()
		if (row.err == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), row.err)) {
			t.Errorf("%s: error is %v, want %q", row.text, err, row.err)
		}
		if got.String() != row.want {
			t.Errorf("%s: got %s, want %s", row.text, got, row.want)
		}
	}
}

// TestReplace is what a package manager's script needs: "npm start" gives way to the script's own line.
func TestReplace(t *testing.T) {
	line := parse(t, "cd web && NODE_ENV=production npm start")
	for i, s := range line {
		if words := Plain(s.Call().Words); len(words) != 2 || words[0] != "npm" {
			continue
		}
		script := parse(t, "node --max-old-space-size=$MB server.js")
		script[0].Words = append(script[0].Words, Text("--name=it's"))
		got, err := line.Replace(i, script)
		if err != nil {
			t.Fatal(err)
		}
		const want = `cd web && export NODE_ENV='production' && node --max-old-space-size=$MB server.js "--name=it's"`
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if diff := cmp.Diff(got, parse(t, got.String())); diff != "" {
			t.Error(diff)
		}
	}
	if len(line) != 2 || line.String() != "cd web && NODE_ENV=production npm start" {
		t.Errorf("the old line is changed: %s", line)
	}
}

func TestCall(t *testing.T) {
	for _, row := range []struct {
		text, words, assign string
	}{
		{"a b", "a b", ""},
		{"exec env -i A=1 B=$C command a b", "a b", "A=1 B=$C"},
		{"X=1 env Y= a", "a", "X=1 Y="},
		{"env -S 'a b'", "env -S 'a b'", ""},
		{"env A=1", "", "A=1"},
		{"cd a", "", ""},
		{"mkdir -p a", "", ""},
		{"mkdir -m 700 a", "mkdir -m 700 a", ""},
		{"exec -a x b", "exec -a x b", ""},
		{"sleep 5s", "", ""},
		{"A=1", "", "A=1"},
	} {
		c := parse(t, row.text)[0].Call()
		if got := (Simple{Words: c.Words}).String(); got != row.words {
			t.Errorf("%s: runs %q, want %q", row.text, got, row.words)
		}
		if got := (Simple{Assign: c.Assign}).String(); got != row.assign {
			t.Errorf("%s: sets %q, want %q", row.text, got, row.assign)
		}
	}
}

// TestText holds any text as one word, also in front of a command.
func TestText(t *testing.T) {
	for _, text := range []string{"", "a", "a b", "it's", `"`, `\`, "$A", "~", "#", "*", "A=1", "if", "a\nb", "}", "é", "a\r", "`"} {
		line := Line{{Join: Then, Words: []Word{Text(text), Text(text)}}}
		back, err := Parse(line.String())
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got, ok := back[0].Literal()
		if !ok || len(got) != 2 || got[0] != text || got[1] != text {
			t.Errorf("%q: written as %s, read as %q", text, line, got)
		}
	}
}

// FuzzParse holds that what is read can be written and read again, and that unwrapping does not change that.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"cd a && A=1 B=$PORT exec x ${C:-d e} ~/f *.g 2>&1", `a "b $C ${D:+"e"}f" 'g' \h ""`, "a || b; c\nd # e", `sh -c "a $B && c"`,
		"a &>b", "A= b", `a "${X:-\}}"`, "${A:=b}", "a ${B:?'}'}", `bash -euc 'a; b'`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		line, err := Parse(text)
		if err != nil {
			return
		}
		for range 2 {
			back, err := Parse(line.String())
			if err != nil {
				t.Fatalf("%q is written as %q: %v", text, line, err)
			}
			if diff := cmp.Diff(line, back); diff != "" {
				t.Fatalf("%q is written as %q: %s", text, line, diff)
			}
			for _, s := range line {
				s.Call()
			}
			if line, err = line.Unwrap(); err != nil {
				return
			}
		}
	})
}

func TestWordsOfArguments(t *testing.T) {
	for _, row := range []struct {
		arguments string
		want      []string
		ok        bool
	}{
		{"", nil, true},
		{" \n", nil, true},
		{`-DNAME="a b" NAME=value -x`, []string{"-DNAME=a b", "NAME=value", "-x"}, true},
		{"-tags=$TAGS", nil, false},
		{"*.c", nil, false},
		{"-x; rm file", nil, false},
		{"-x >file", nil, false},
		{`"-x`, nil, false},
	} {
		got, ok := Words(row.arguments)
		if diff := cmp.Diff(row.want, got); diff != "" || ok != row.ok {
			t.Errorf("%q: %t, want %t: -want +got:\n%s", row.arguments, ok, row.ok, diff)
		}
	}
}

// TestLongWordsAreReadAtOnce reads lines of words of 100 kB, a byte of which may be a piece of its own: a Procfile has 1000.
func TestLongWordsAreReadAtOnce(t *testing.T) {
	for _, text := range []string{
		"x " + strings.Repeat("a", 100_000), "x " + strings.Repeat(`\a`, 50_000), "x " + strings.Repeat(`"a"b`, 25_000), `x "` + strings.Repeat("a", 100_000) + `"`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		line, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if argv, ok := line.Argv(); !ok || len(argv) != 2 || len(argv[1]) < 50_000 {
			t.Fatalf("%.20s…: got %d words", text, len(argv))
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > 100<<20 {
			t.Errorf("%.20s…: it takes %d MB", text, took>>20)
		}
	}
}
