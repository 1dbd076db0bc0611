package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const manHelp = `man writes a manual page for each command into a directory: whittle.1, whittle-cut.1 and so on. They say what --help says.`

const manExample = `  whittle man ~/.local/share/man/man1
  man whittle-cut`

func manCommand(t *tool) *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Short: "Write manual pages", Long: manHelp, Example: manExample, Args: arguments(1, 1, "a directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return about(givenOutput, fmt.Errorf("cannot write manual pages: %w", err))
			}
			pages := commands(cmd.Root())
			for _, c := range pages {
				name := filepath.Join(args[0], pageName(c)+".1")
				if err := writeFile(name, func(w io.Writer) error {
					_, err := io.WriteString(w, page(c))
					return err
				}); err != nil {
					return err
				}
			}
			_, err := fmt.Fprintf(t.stdout, "%d pages in %s\n", len(pages), args[0])
			return err
		},
	}
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// page is a command's manual page, in the macros of man(7). Its date is left out: it would be that of the build.
func page(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"whittle %s\" \"whittle\"\n", strings.ToUpper(pageName(c)), versionText())
	section(&b, "NAME", pageName(c)+" \\- "+roff(c.Short))
	section(&b, "SYNOPSIS", ".B "+roff(c.UseLine()))
	section(&b, "DESCRIPTION", paragraphs(c.Long))
	section(&b, "COMMANDS", list(subcommands(c)))
	section(&b, "OPTIONS", list(options(c.NonInheritedFlags())))
	section(&b, "GLOBAL OPTIONS", list(options(c.InheritedFlags())))
	if c.Example != "" {
		section(&b, "EXAMPLES", ".nf\n"+roff(c.Example)+"\n.fi")
	}
	section(&b, "EXIT STATUS", roff(c.Annotations[noteExit]))
	section(&b, "ENVIRONMENT", list(pairsOf(c.Annotations[noteEnvironment])))
	section(&b, "FILES", list(pairsOf(c.Annotations[noteFiles])))
	if c.HasParent() {
		section(&b, "SEE ALSO", ".BR "+pageName(c.Root())+" (1)")
	}
	return b.String()
}

func section(b *strings.Builder, title, body string) {
	if strings.TrimSpace(body) != "" {
		fmt.Fprintf(b, ".SH %s\n%s\n", title, strings.TrimRight(body, "\n"))
	}
}

// paragraphs sets text; lines that are indented stand as they are.
func paragraphs(text string) string {
	var b strings.Builder
	for i, p := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		if strings.HasPrefix(p, "  ") {
			p = ".nf\n" + roff(p) + "\n.fi"
		} else {
			p = roff(p)
		}
		b.WriteString(p + "\n")
	}
	return b.String()
}

// entry is a name and what it means.
type entry struct{ name, text string }

func list(entries []entry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(e.name), roff(e.text))
	}
	return b.String()
}

func subcommands(c *cobra.Command) []entry {
	var all []entry
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			all = append(all, entry{pageName(sub) + "(1)", sub.Short})
		}
	}
	return all
}

func options(set *pflag.FlagSet) []entry {
	var all []entry
	set.VisitAll(func(f *pflag.Flag) {
		kind, text := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if kind != "" {
			name += " " + strings.ToUpper(kind)
		}
		if !f.Hidden {
			all = append(all, entry{name, text})
		}
	})
	return all
}

// pairsOf reads lines of a name, two blanks and what it means.
func pairsOf(text string) []entry {
	var all []entry
	for line := range strings.Lines(text) {
		name, meaning, _ := strings.Cut(strings.TrimSpace(line), "  ")
		all = append(all, entry{name, meaning})
	}
	return all
}

// roff makes text safe: a backslash is an escape, a hyphen that is typed must stay one, and a dot or an apostrophe at the start of a line
// would be a request.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
