package command

import (
	"strings"
	"testing"
)

// TestAtOnce joins commands that run at once, and takes them apart again.
func TestAtOnce(t *testing.T) {
	for _, row := range []struct {
		commands []string
		want     string // empty: one of them is more than a command
	}{
		{[]string{"node a.js", "node b.js --x"}, "together node a.js -- node b.js --x"},
		{[]string{`A=$B C="d e" node a.js`, "exec env F=1 node b.js $PORT"}, `together -e A="$B" -e C='d e' node a.js -- -e F='1' node b.js $PORT`},
		{[]string{"in web node a.js", "A=1 node b.js"}, "together -C web node a.js -- -e A='1' node b.js"},
		{[]string{"node a.js", "node b.js >log"}, ""},
		{[]string{"node a.js", "cd b"}, ""},
		{[]string{"node a.js", "env -i node b.js"}, ""},
		{[]string{"node a.js -- b"}, ""},
		{[]string{"-e a"}, ""},
		{[]string{"node a.js", "together node b.js -- node c.js"}, ""},
	} {
		var all []Part
		for _, text := range row.commands {
			text, dir := text, ""
			if rest, ok := strings.CutPrefix(text, "in web "); ok {
				text, dir = rest, "web"
			}
			line, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, Part{line[0], dir})
		}
		line, ok := AtOnce(all)
		if !ok || row.want == "" {
			if ok != (row.want != "") {
				t.Errorf("%q: got %s, %v", row.commands, line, ok)
			}
			continue
		}
		if line.String() != row.want {
			t.Errorf("got %s, want %s", line, row.want)
		}
		again, ok := AtOnce(line[0].Call().Members())
		if !ok || again.String() != row.want {
			t.Errorf("taken apart and joined again: %s, want %s", again, row.want)
		}
		if n := len(line[0].Call().Programs()); n != len(row.commands) {
			t.Errorf("%s has %d programs", line, n)
		}
	}
}
