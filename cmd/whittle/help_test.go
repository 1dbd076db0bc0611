package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHelpFitsTheTerminal reads the help of all commands at the widths of terminals. Command lines and JSON in it are not broken.
func TestHelpFitsTheTerminal(t *testing.T) {
	for _, row := range []struct{ terminal, want int }{{0, 80}, {80, 80}, {200, 100}} {
		for _, c := range commands(documented()) {
			var out bytes.Buffer
			root := rootCommand(&tool{stdout: io.Discard, stderr: io.Discard, data: &out, env: homeOnly, width: row.terminal})
			root.SetArgs(append(strings.Fields(strings.TrimPrefix(c.CommandPath(), "whittle")), "--help"))
			if err := root.Execute(); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				line = strings.TrimRight(line, "\n")
				whole := strings.HasPrefix(line, "  ") && !strings.Contains(strings.TrimLeft(line, " "), "  ")
				if n := utf8.RuneCountInString(line); n > row.want && !whole {
					t.Errorf("%s --help, terminal of %d: a line of %d: %s", c.CommandPath(), row.terminal, n, line)
				}
			}
		}
	}
}

// TestHelpSaysWhatACommandTakesAndReturns: no command is without a sentence about itself, an example and its exit codes.
func TestHelpSaysWhatACommandTakesAndReturns(t *testing.T) {
	for _, c := range commands(documented()) {
		if !c.IsAvailableCommand() || c.HasSubCommands() {
			continue
		}
		var lacks []string
		for what, has := range map[string]bool{"description": c.Long != "", "example": c.Example != "", "exit codes": c.Annotations[noteExit] != ""} {
			if !has {
				lacks = append(lacks, what)
			}
		}
		if len(lacks) > 0 && c.Name() != "version" && c.Name() != "man" && !strings.HasPrefix(c.CommandPath(), "whittle completion") {
			t.Error(fmt.Sprint(c.CommandPath(), " --help lacks: ", lacks))
		}
	}
}
