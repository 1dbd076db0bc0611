package language

import (
	"io"
	"strings"
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

// TestLineWriterKeepsNoEndlessLine sees a line of which nobody knows whether it ends in parts.
func TestLineWriterKeepsNoEndlessLine(t *testing.T) {
	var got []int
	w := NewLineWriter(func(line string) { got = append(got, len(line)) })
	for range 5 {
		if _, err := io.WriteString(w, strings.Repeat("x", longLine/2)); err != nil {
			t.Fatal(err)
		}
	}
	w.End()
	if diff := cmp.Diff([]int{3 * longLine / 2, longLine}, got); diff != "" {
		t.Error(diff)
	}
}
