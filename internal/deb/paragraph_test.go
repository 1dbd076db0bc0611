package deb_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/internal/deb"
)

func readAll(text string) ([]deb.Paragraph, error) {
	r := deb.NewParagraphReader(strings.NewReader(text))
	var all []deb.Paragraph
	for {
		p, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, p)
	}
}

func TestParagraphReaderReads(t *testing.T) {
	one := []deb.Paragraph{{{Name: "A", Value: "1"}}}
	for name, c := range map[string]struct {
		text string
		want []deb.Paragraph
	}{
		"nothing":                {"", nil},
		"blank lines":            {"\n \n\t\n", nil},
		"one field":              {"A: 1\n", one},
		"no final newline":       {"A: 1", one},
		"no blank behind colon":  {"A:1\n", one},
		"blanks around a value":  {"A: \t1 \t\n", one},
		"carriage returns":       {"A: 1\r\n\r\n", one},
		"comments":               {"# x\nA: 1\n#y\n", one},
		"comment paragraph":      {"# x\n\n# y\n\nA: 1\n", one},
		"leading blank lines":    {"\n\nA: 1\n", one},
		"line of blanks":         {"A: 1\n  \nB: 2\n", []deb.Paragraph{one[0], {{Name: "B", Value: "2"}}}},
		"colons in a value":      {"A: b:c\n", []deb.Paragraph{{{Name: "A", Value: "b:c"}}}},
		"empty value":            {"A:\n", []deb.Paragraph{{{Name: "A", Value: ""}}}},
		"folded":                 {"A: 1\n 2\n   3 \n .\n 4\n", []deb.Paragraph{{{Name: "A", Value: "1\n2\n  3\n.\n4"}}}},
		"folded from the second": {"A:\n /etc/x 1\n\t/etc/y 2\nB: 1\n", []deb.Paragraph{{{Name: "A", Value: "\n/etc/x 1\n/etc/y 2"}, {Name: "B", Value: "1"}}}},
		"comment within folded":  {"A: 1\n# no\n 2\n", []deb.Paragraph{{{Name: "A", Value: "1\n2"}}}},
	} {
		got, err := readAll(c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		first, err := deb.ParseParagraph([]byte(c.text))
		if len(got) == 0 && err != io.EOF || len(got) > 0 && (err != nil || !cmp.Equal(got[0], first)) {
			t.Errorf("%s: the first paragraph alone is %v, %v", name, first, err)
		}
	}
}

func TestParagraphReaderNamesTheBadLine(t *testing.T) {
	many := strings.Builder{}
	for i := range 2000 {
		fmt.Fprintf(&many, "F%d: 1\n", i)
	}
	for name, c := range map[string]struct{ text, want string }{
		"no colon":          {"A: 1\nB\n", `line 2: no colon in "B"`},
		"no name":           {"A: 1\n: 2\n", "line 2: empty field name"},
		"continuation":      {"\n x\n", `line 2: continuation line without a field: " x"`},
		"after a separator": {"A: 1\n\n x\n", "line 3: continuation line without a field"},
		"twice":             {"Aa: 1\nB: 2\naA: 3\n", "line 3: field aA occurs twice"},
		"blank in name":     {"A b: 1\n", `line 1: field name "A b" has a character that is not allowed`},
		"signature":         {"-----BEGIN PGP: x\n", `line 1: field name "-----BEGIN PGP" begins with '-'`},
		"NUL":               {"A: 1\x002\n", "line 1: NUL byte"},
		"long line":         {"A: 1\nB: " + strings.Repeat("x", 2<<20), "line 2: line is longer than 1048576 bytes"},
		"long paragraph":    {"A: 1\n" + strings.Repeat(" "+strings.Repeat("x", 1<<19)+"\n", 100), "line 65: paragraph is longer than 33554432 bytes"},
		"many fields":       {many.String(), "line 1025: paragraph has more than 1024 fields"},
	} {
		_, err := readAll(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("%s: got error %v, want %q", name, err, c.want)
		}
		if _, alone := deb.ParseParagraph([]byte(c.text)); name != "after a separator" && fmt.Sprint(alone) != fmt.Sprint(err) {
			t.Errorf("%s: the first paragraph alone has error %v, not %v", name, alone, err)
		}
	}
}

func TestParagraphReaderRepeatsItsError(t *testing.T) {
	r := deb.NewParagraphReader(strings.NewReader("bad\n\nA: 1\n"))
	_, first := r.Next()
	_, second := r.Next()
	if first == nil || !errors.Is(second, first) {
		t.Errorf("got %v, then %v", first, second)
	}
}

func TestParagraphReaderReadsLinesLongerThanItsBuffer(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	got, err := readAll("A: " + long + "\nB: 2\n")
	want := []deb.Paragraph{{{Name: "A", Value: long}, {Name: "B", Value: "2"}}}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("the long line came out wrong: %v", err)
	}
}

func TestParagraphGetIgnoresCase(t *testing.T) {
	p := deb.Paragraph{{Name: "Multi-Arch", Value: "same"}}
	if got := p.Get("multi-arch"); got != "same" {
		t.Errorf("got %q", got)
	}
	if got := p.Get("Multi"); got != "" {
		t.Errorf("got %q for a field that is not there", got)
	}
}

func TestEncodeRestoresWhatWasRead(t *testing.T) {
	const text = "Package: x\nEmpty:\nDescription: short\n long\n .\n   verbatim\nConffiles:\n /etc/x 1\n"
	got, err := readAll(text)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := got[0].Encode(&out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEncodeKeepsEmptyLinesInsideTheParagraph(t *testing.T) {
	var out bytes.Buffer
	p := deb.Paragraph{{Name: "A", Value: "1\n\n  \nB: injected\n"}}
	if err := p.Encode(&out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("A: 1\n .\n .\n B: injected\n .\n", out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEncodeRefusesWhatDeb822CannotSay(t *testing.T) {
	for name, p := range map[string]deb.Paragraph{
		"empty name":      {{Name: "", Value: "1"}},
		"name with colon": {{Name: "a:b", Value: "1"}},
		"comment":         {{Name: "#a", Value: "1"}},
		"newline in name": {{Name: "a\nb", Value: "1"}},
		"twice":           {{Name: "a", Value: "1"}, {Name: "A", Value: "1"}},
		"carriage return": {{Name: "a", Value: "1\r2"}},
		"NUL":             {{Name: "a", Value: "\x00"}},
	} {
		var out bytes.Buffer
		if err := p.Encode(&out); err == nil || out.Len() > 0 {
			t.Errorf("%s: wrote %q, error %v", name, out.String(), err)
		}
	}
}

func TestScanParagraphsFindsTheSameParagraphs(t *testing.T) {
	const text = "\nPackage: a\nDepends: b,\n c\nX-Package: no\n\n \t\n\nPackage:b\nEmpty:\n\npackage: c"
	want := []string{"a|b,\n c|", "b||", "c||"}
	var got []string
	err := deb.ScanParagraphs([]byte(text), func(start, end int, p []byte) error {
		if text[start:end] != string(p) {
			t.Errorf("p is %q, but the text there is %q", p, text[start:end])
		}
		got = append(got, fmt.Sprintf("%s|%s|%s", deb.FieldOf(p, "Package"), deb.FieldOf(p, "Depends"), deb.FieldOf(p, "Empty")))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFieldOfTellsEmptyFromAbsent(t *testing.T) {
	p := []byte("A:\nB: 1")
	if v := deb.FieldOf(p, "A"); v == nil || len(v) != 0 {
		t.Errorf("empty field: got %#v", v)
	}
	if v := deb.FieldOf(p, "C"); v != nil {
		t.Errorf("absent field: got %#v", v)
	}
}

func TestScanParagraphsReturnsTheErrorOfItsFunction(t *testing.T) {
	stop := errors.New("stop")
	calls := 0
	err := deb.ScanParagraphs([]byte("A: 1\n\nB: 2\n"), func(int, int, []byte) error {
		calls++
		return stop
	})
	if err != stop || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func TestScanParagraphsRefusesEndlessParagraphs(t *testing.T) {
	data := append([]byte("A: 1\n\n"), bytes.Repeat([]byte("B: 2\n"), 7<<20)...)
	err := deb.ScanParagraphs(data, func(int, int, []byte) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "line 3: paragraph is longer") {
		t.Errorf("got %v", err)
	}
}
