package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestArgv(t *testing.T) {
	tests := []struct {
		text string
		want []string // nil: it needs the helper
	}{
		{"python app.py", []string{"python", "app.py"}},
		{`gunicorn "app:create()" --name 'my app' a\ b`, []string{"gunicorn", "app:create()", "--name", "my app", "a b"}},
		{`run --pattern *.txt x=1 ""`, []string{"run", "--pattern", "*.txt", "x=1", ""}},
		{"gunicorn -b :$PORT app", nil},
		{"FOO=bar gunicorn app", nil},
		{"cd web && python app.py", nil},
		{"exec python app.py", nil},
	}
	for _, tt := range tests {
		line, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := line.Argv()
		if ok != (tt.want != nil) {
			t.Errorf("%s: plain is %v", tt.text, ok)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.text, diff)
		}
	}
}

func TestExpand(t *testing.T) {
	env := map[string]string{"PORT": "80", "ARGS": " -a  -b ", "EMPTY": ""}
	tests := []struct {
		text string
		want []string
	}{
		{"x :$PORT", []string{"x", ":80"}},
		{"x ${PORT}1 '$PORT' \\$PORT", []string{"x", "801", "$PORT", "$PORT"}},
		{"x ${HOST:-0.0.0.0}:${PORT-1}", []string{"x", "0.0.0.0:80"}},
		{"x $ARGS c", []string{"x", "-a", "-b", "c"}},
		{`x "$ARGS"`, []string{"x", " -a  -b "}},
		{`x $EMPTY "$EMPTY" $NONE`, []string{"x", ""}},
		{"x 5$ \"a\\nb\"", []string{"x", "5$", `a\nb`}},
	}
	for _, tt := range tests {
		line, err := Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, Expand(line[0].Words, func(k string) string { return env[k] })); diff != "" {
			t.Errorf("%s: %s", tt.text, diff)
		}
	}
}

func TestParseReadsListsAndAssignments(t *testing.T) {
	line, err := Parse("cd apps/web && echo starting && A=1 B=$PORT exec gunicorn app")
	if err != nil {
		t.Fatal(err)
	}
	if len(line) != 3 || line.Program() != "gunicorn" || len(line[2].Assign) != 2 || line[2].Assign[1].Name != "B" {
		t.Errorf("got %+v", line)
	}
}

func TestParseRefusesWhatNeedsAShell(t *testing.T) {
	tests := []struct{ text, want string }{
		{"a | b", `'|' at position 3`},
		{"a; b", `';'`},
		{"a & b", `'&'`},
		{"a > f", `'>'`},
		{"a $(b)", "$( is not supported"},
		{"a `b`", "is not supported"},
		{"a || b", `'|'`},
		{"a &&", "a command is missing"},
		{"", "a command is missing"},
		{"A=1", "a command is missing"},
		{"a 'b", "never closed"},
		{`a "b`, "never closed"},
		{"a ${b", "never closed"},
		{"a ${b%x}", "only ${NAME}"},
		{`a \`, `ends in a \`},
	}
	for _, tt := range tests {
		if _, err := Parse(tt.text); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one that has %q", tt.text, err, tt.want)
		}
	}
}
