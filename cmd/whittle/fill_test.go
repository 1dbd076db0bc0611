package main

import "testing"

func TestFillText(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"a paragraph", "one two\nthree four five", "one two three four\nfive"},
		{"paragraphs", "one\n\ntwo\nthree", "one\n\ntwo three"},
		{"a word that is too long", "a pneumonoultramicroscopic b", "a\npneumonoultramicroscopic\nb"},
		{"characters are counted, and not bytes", "ééé ééé ééé ééé éééé", "ééé ééé ééé ééé éééé"},
		{"a command stays", "text\n  whittle cut --root out --app ./bin:/app", "text\n  whittle cut --root out --app ./bin:/app"},
		{"a short entry stays", "  a  b", "  a  b"},
		{"a narrow column begins below", "  a-long-name   its meaning goes here", "  a-long-name\n      its meaning\n      goes here"},
	} {
		if got := fillText(row.in, 20); got != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
	const want = "  out  writes into this directory,\n       and not elsewhere"
	if got := fillText("  out  writes into this directory, and not elsewhere", 34); got != want {
		t.Errorf("an entry: got\n%s\nwant\n%s", got, want)
	}
}
