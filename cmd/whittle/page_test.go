package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write docs/tool.md")

// documented is the tool as its documentation shows it: the same on every machine.
func documented() *cobra.Command {
	return rootCommand(&tool{stdout: io.Discard, stderr: io.Discard, env: homeOnly})
}

// homeOnly is an environment that has a home, and nothing else.
func homeOnly(name string) string {
	if name == "HOME" {
		return "~"
	}
	return ""
}

// TestToolPage holds docs/tool.md against the commands themselves; -update writes it.
func TestToolPage(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`# The tool

Every command of ` + "`whittle`" + `, as ` + "`whittle COMMAND --help`" + ` says it; what several of them say is here once. This page is written by a
test (` + "`go test ./cmd/whittle -run TestToolPage -update`" + `).

## What commands share

Flags that all commands have: ` + "`--json` prints the result, or the error, as JSON; `-q` prints no progress." + `

` + imageRefs + `

Flags of all commands that read an archive of packages:

` + "```\n" + flags(archiveFlags()) + "```\n")
	describeNotes(&b, func(e entry) bool { return sayers(e) > 1 }, everyNote())
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
	for p := range strings.SplitSeq(strings.TrimSpace(longOrShort(c)), "\n\n") {
		if p == imageRefs {
			continue
		}
		if strings.HasPrefix(p, "  ") {
			p = "```\n" + p + "\n```"
		}
		b.WriteString(p + "\n\n")
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(b, "```\n%s COMMAND\n```\n", c.CommandPath())
	} else {
		fmt.Fprintf(b, "```\n%s\n%s```\n", c.UseLine(), flagsOfItsOwn(c))
	}
	if c.Example != "" {
		fmt.Fprintf(b, "\n```\n%s\n```\n", c.Example)
	}
	if codes := c.Annotations[noteExit]; codes != "" {
		fmt.Fprintf(b, "\nExit codes: %s.\n", codes)
	}
	describeNotes(b, func(e entry) bool { return sayers(e) == 1 }, c.Annotations)
}

// longOrShort is what a command's help says of it.
func longOrShort(c *cobra.Command) string {
	if c.Long == "" {
		return c.Short + "."
	}
	return c.Long
}

// describeNotes lists those of a command's surroundings that are wanted.
func describeNotes(b *bytes.Buffer, wanted func(entry) bool, notes map[string]string) {
	for _, note := range []struct{ title, text string }{{"Environment", notes[noteEnvironment]}, {"Files", notes[noteFiles]}} {
		title := "\n" + note.title + ":\n\n"
		for _, e := range pairsOf(note.text) {
			if wanted(e) {
				fmt.Fprintf(b, "%s- `%s`: %s\n", title, strings.ReplaceAll(e.name, ", ", "`, `"), e.text)
				title = ""
			}
		}
	}
}

// sayers is how many commands name something of their surroundings, the tool itself aside.
func sayers(e entry) int {
	n := 0
	for name, of := range notes {
		if said := append(pairsOf(of[noteEnvironment]), pairsOf(of[noteFiles])...); name != "whittle" && slices.Contains(said, e) {
			n++
		}
	}
	return n
}

// everyNote is what all commands together read of their surroundings.
func everyNote() map[string]string {
	all := map[string]string{}
	for _, kind := range []string{noteEnvironment, noteFiles} {
		var said []string
		for _, name := range slices.Sorted(maps.Keys(notes)) {
			for line := range strings.Lines(notes[name][kind]) {
				if line = strings.TrimSpace(line); !slices.Contains(said, line) {
					said = append(said, line)
				}
			}
		}
		all[kind] = strings.Join(said, "\n")
	}
	return all
}

// archiveFlags has the flags that every command has which reads an archive.
func archiveFlags() *pflag.FlagSet {
	c := &cobra.Command{}
	new(origin).flags(c, &tool{env: homeOnly})
	return c.Flags()
}

// flagsOfItsOwn are a command's flags, less those that the page shows once.
func flagsOfItsOwn(c *cobra.Command) string {
	shared, own := archiveFlags(), pflag.NewFlagSet("", pflag.ContinueOnError)
	readsArchive := false
	c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if s := shared.Lookup(f.Name); s != nil && s.Usage == f.Usage {
			readsArchive = true
			return
		}
		own.AddFlag(f)
	})
	text := flags(own)
	if readsArchive {
		text += "      and those of all commands that read an archive\n"
	}
	if text != "" {
		text = "\n" + text
	}
	return text
}

// flags is what --help says of flags, without what depends on the machine.
func flags(set *pflag.FlagSet) string {
	text := set.FlagUsages()
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
