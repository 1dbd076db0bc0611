package terminal

import (
	"errors"
	"strings"
	"testing"
)

// TestNoControlCharacterReachesATerminal has what terminals obey: escape sequences, bells, C1 characters in both spellings,
// carriage returns, and characters that turn the direction round.
func TestNoControlCharacterReachesATerminal(t *testing.T) {
	for _, row := range []struct{ in, text, line string }{
		{"plain ümläut 漢字", "plain ümläut 漢字", "plain ümläut 漢字"},
		{"a\nb\tc", "a\nb\tc", `a\nb\tc`},
		{"\x1b]0;owned\x07", `\u001b]0;owned\u0007`, `\u001b]0;owned\u0007`},
		{"a\rb\x7f\x00", `a\u000db\u007f\u0000`, `a\u000db\u007f\u0000`},
		{"\u009b2J and \x9b2J", `\u009b2J and \x9b2J`, `\u009b2J and \x9b2J`},
		{"\u202egnp.exe\u2066", `\u202egnp.exe\u2066`, `\u202egnp.exe\u2066`},
		{"\ufffd", "\ufffd", "\ufffd"},
		{"", "", ""},
	} {
		if got := Text(row.in); got != row.text {
			t.Errorf("%q: text is %q, want %q", row.in, got, row.text)
		}
		if got := Line(row.in); got != row.line {
			t.Errorf("%q: line is %q, want %q", row.in, got, row.line)
		}
	}
}

// TestWriterEscapesWhatIsWrittenInPieces writes a text byte by byte.
func TestWriterEscapesWhatIsWrittenInPieces(t *testing.T) {
	var out strings.Builder
	w := NewWriter(&out)
	for _, b := range []byte("ü\x1b[2J漢\u009b\n") {
		if n, err := w.Write([]byte{b}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := `ü\u001b[2J漢\u009b` + "\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestValuesAreOneLineEach(t *testing.T) {
	var out strings.Builder
	if _, err := Fprintf(&out, "%s: %v, %d\n", "a\nwhittle: all is well", errors.New("b\nc"), 3); err != nil {
		t.Fatal(err)
	}
	if _, err := Fprintln(&out, "x\ny", 1); err != nil {
		t.Fatal(err)
	}
	if want := `a\nwhittle: all is well: b\nc, 3` + "\n" + `x\ny 1` + "\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestAddressesLoseTheirPasswords(t *testing.T) {
	for in, want := range map[string]string{
		"git+https://bob:T0KEN@host/x.git":  "git+https://…@host/x.git",
		"a https://T0KEN@host b ssh://u@h":  "a https://…@host b ssh://…@h",
		"mail bob@host, https://host/@x":    "mail bob@host, https://host/@x",
		"no address":                        "no address",
		"'https://a:b%40@h' \"http://c@h\"": "'https://…@h' \"http://…@h\"",
	} {
		if got := WithoutPasswords(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
