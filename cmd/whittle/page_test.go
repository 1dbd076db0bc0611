package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write docs/tool.md")

// documented is the tool as its documentation shows it: the same on every machine.
func documented() *cobra.Command {
	return rootCommand(&tool{stdout: io.Discard, stderr: io.Discard, env: func(name string) string {
		if name == "HOME" {
			return "~"
		}
		return ""
	}})
}

// TestToolPage holds docs/tool.md against the commands themselves; -update writes it.
func TestToolPage(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`# The tool

Every command of ` + "`whittle`" + `, as ` + "`whittle COMMAND --help`" + ` says it. This page is written by a test
(` + "`go test ./cmd/whittle -run TestToolPage -update`" + `).

Flags that all commands have: ` + "`--json` prints the result, or the error, as JSON; `-q` prints no progress." + `
`)
	for _, c := range commands(documented()) {
		if c.IsAvailableCommand() || !c.HasParent() {
			describeCommand(&b, c)
		}
	}
	const page = "../../docs/tool.md"
	if *update {
		if err := os.WriteFile(page, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("docs/tool.md is not what the commands say (-update writes it):\n%s", diff)
	}
}

func describeCommand(b *bytes.Buffer, c *cobra.Command) {
	fmt.Fprintf(b, "\n## %s\n\n", c.CommandPath())
	for _, p := range strings.Split(strings.TrimSpace(c.Long), "\n\n") {
		if strings.HasPrefix(p, "  ") {
			p = "```\n" + p + "\n```"
		}
		b.WriteString(p + "\n\n")
	}
	if c.Long == "" {
		b.WriteString(c.Short + ".\n\n")
	}
	fmt.Fprintf(b, "```\n%s\n\n%s```\n", c.UseLine(), flags(c))
	if c.Example != "" {
		fmt.Fprintf(b, "\n```\n%s\n```\n", c.Example)
	}
	if codes := c.Annotations[noteExit]; codes != "" {
		fmt.Fprintf(b, "\nExit codes: %s.\n", codes)
	}
	for _, note := range []struct{ title, text string }{{"Environment", c.Annotations[noteEnvironment]}, {"Files", c.Annotations[noteFiles]}} {
		if note.text != "" {
			fmt.Fprintf(b, "\n%s:\n\n", note.title)
			for _, e := range pairsOf(note.text) {
				fmt.Fprintf(b, "- `%s`: %s\n", strings.ReplaceAll(e.name, ", ", "`, `"), e.text)
			}
		}
	}
}

// flags is what --help says of a command's own flags, without what depends on the machine.
func flags(c *cobra.Command) string {
	text := c.NonInheritedFlags().FlagUsages()
	return regexp.MustCompile(` \(default \[?"?`+machineArch()+`"?\]?\)`).ReplaceAllString(text, " (default: this machine's)")
}

// shown are the command lines of a page: those behind "$ whittle" or "RUN whittle", and in the examples of indented blocks.
var shown = regexp.MustCompile(`(?:[&$] |RUN |\x60)(?:bin/)?whittle ([a-z-]+)((?: [^\n|;&\x60#)]*)?)`)

// examples are lines of indented blocks.
var examples = regexp.MustCompile(`(?m)^ +(?:bin/)?whittle `)

// TestDocumentedCommandsExist reads every command line that the documentation and the help texts show, and holds its command and
// flags against the tool.
func TestDocumentedCommandsExist(t *testing.T) {
	texts := map[string]string{}
	for _, c := range commands(documented()) {
		texts[c.CommandPath()+" --help"] = c.Long + "\n" + c.Example
	}
	for _, dir := range []string{"../../docs", "../.."} {
		pages, err := fs.Glob(os.DirFS(dir), "*.md")
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			text, err := os.ReadFile(filepath.Join(dir, page))
			if err != nil {
				t.Fatal(err)
			}
			texts[page] = string(text)
		}
	}
	lines := 0
	for name, text := range texts {
		for _, m := range shown.FindAllStringSubmatch(examples.ReplaceAllString(text, "$ whittle "), -1) {
			lines++
			if err := understood(m[1], strings.Fields(m[2])); err != nil {
				t.Errorf("%s: whittle %s%s: %v", name, m[1], m[2], err)
			}
		}
	}
	if lines < 40 {
		t.Errorf("%d command lines were found: this test does not see them", lines)
	}
}

// understood parses the flags of a command line as the tool would.
func understood(name string, args []string) error {
	root := documented()
	c, rest, err := root.Find(append([]string{name}, args...))
	if err != nil {
		return err
	}
	if c == root {
		return fmt.Errorf("there is no such command")
	}
	for _, arg := range rest {
		flag, _, _ := strings.Cut(arg, "=")
		flag = strings.Trim(flag, "(),.:\"'")
		if arg == "--" {
			break
		}
		known := flag == "--help" || flag == "-" ||
			c.Flags().Lookup(strings.TrimPrefix(flag, "--")) != nil || c.InheritedFlags().Lookup(strings.TrimPrefix(flag, "--")) != nil
		if strings.HasPrefix(flag, "--") && !known {
			return fmt.Errorf("it has no flag %s", flag)
		}
	}
	return nil
}
