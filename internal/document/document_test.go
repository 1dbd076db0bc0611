package document

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// endless repeats a text.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.text[(e.at+i)%len(e.text)]
	}
	e.at += len(p)
	return len(p), nil
}

// TestTextsOfNothingButBracketsEndEarly decodes texts that are little and make much.
func TestTextsOfNothingButBracketsEndEarly(t *testing.T) {
	for _, row := range []struct{ begin, repeat, err string }{
		{`{"files":[`, `{},`, "more objects and values"},
		{`{"files":[`, `[],`, "more objects and values"},
		{`{"names":[`, `"",`, "more objects and values"},
		{`{"names":[`, `0,`, "more objects and values"},
		{``, `[`, "more objects and values"},
		{`{"name":"`, `x`, "more than 16 MB"},
	} {
		var v struct {
			Files []any
			Names []any
			Name  string
		}
		err := NewDecoder(io.MultiReader(strings.NewReader(row.begin), &endless{text: row.repeat}), 16<<20).Decode(&v)
		if err == nil || !strings.Contains(err.Error(), row.err) {
			t.Errorf("%s%s…: got error %v, want %q", row.begin, row.repeat, err, row.err)
		}
	}
}

func TestTextsOfFilesPass(t *testing.T) {
	var text strings.Builder
	text.WriteString(`{"files":[`)
	for i := range 100_000 {
		fmt.Fprintf(&text, `{"path":"usr/share/%d","mode":"0644","size":1,"why":[{"kind":"asked"}]},`, i)
	}
	text.WriteString(`{}]}`)
	var v struct{ Files []struct{ Path string } }
	if err := NewDecoder(strings.NewReader(text.String()), 64<<20).Decode(&v); err != nil || len(v.Files) != 100_001 {
		t.Errorf("got %d files, %v", len(v.Files), err)
	}
}
