package language

import (
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLineWriter puts lines together that come in parts, and sees one without an end when there is no more.
func TestLineWriter(t *testing.T) {
	var got []string
	w := NewLineWriter(func(line string) { got = append(got, line) })
	for _, part := range []string{"a", "b\n\nc\r\n", "d", "e"} {
		if n, err := io.WriteString(w, part); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if diff := cmp.Diff([]string{"ab", "", "c\r"}, got); diff != "" {
		t.Error(diff)
	}
	w.End()
	w.End()
	if diff := cmp.Diff([]string{"ab", "", "c\r", "de"}, got); diff != "" {
		t.Error(diff)
	}
}
