package command

import "testing"

// TestAtOnce joins commands that run at once, and takes them apart again.
func TestAtOnce(t *testing.T) {
	for _, row := range []struct {
		commands []string
		want     string // empty: one of them is more than a command
	}{
		{[]string{"node a.js", "node b.js --x"}, "together node a.js -- node b.js --x"},
		{[]string{`A=$B C="d e" node a.js`, "exec env F=1 node b.js $PORT"}, `together -e A="$B" -e C='d e' node a.js -- -e F='1' node b.js $PORT`},
		{[]string{"node a.js", "node b.js >log"}, ""},
		{[]string{"node a.js", "cd b"}, ""},
		{[]string{"node a.js", "env -i node b.js"}, ""},
		{[]string{"node a.js -- b"}, ""},
		{[]string{"-e a"}, ""},
		{[]string{"node a.js", "together node b.js -- node c.js"}, ""},
	} {
		var all []Simple
		for _, text := range row.commands {
			line, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, line[0])
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
