package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/internal/text"
)

const rootHelp = `whittle cuts exactly the needed files out of Debian packages, and proves the result complete.

A NAME is a package (git), which brings its libraries and what it depends on, or a slice of one (git_bins, libssl3t64_libs).
Libraries that ELF files need come along by themselves; documentation, manuals and translations stay out.`

const rootExample = `  whittle cut --root out curl            a root with curl, its libraries and the CA bundle
  whittle find libgmp.so.10              which package has this library?
  whittle why out libssl.so.3            why is it there?
  whittle verify out                     is everything there that its programs need?`

func rootCommand(t *tool) *cobra.Command {
	root := &cobra.Command{
		Use: "whittle", Short: "Cut the needed files out of Debian packages", Long: rootHelp, Example: rootExample,
		SilenceErrors: true, SilenceUsage: true,
	}
	runsCommands(root)
	root.Version = versionText()
	root.SetVersionTemplate(versionLine(root.Version))
	root.SetOut(t.data)
	root.SetErr(t.stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{errors.New("cannot read the command line: " + strconvWords.ReplaceAllString(err.Error(), "")), c, nil}
	})
	root.PersistentPreRunE = func(c *cobra.Command, args []string) error {
		if dash := c.ArgsLenAtDash(); dash >= 0 { // what is behind it is somebody else's command line
			args = args[:dash]
		}
		if slices.Contains(args, "") && !strings.HasPrefix(c.Name(), cobra.ShellCompRequestCmd) { // a shell completes what is still empty
			return usageError{fmt.Errorf("cannot run %s with an argument that is empty, as a variable is that is not set", c.CommandPath()), c, nil}
		}
		return checkArch(c)
	}
	root.PersistentFlags().BoolVar(&t.json, "json", false, "print the result as JSON")
	root.PersistentFlags().BoolVarP(&t.quiet, "quiet", "q", false, "print no progress")
	root.AddCommand(cutCommand(t), findCommand(t), explainCommand(t), verifyCommand(t), rebaseCheckCommand(t), imageCommand(t), versionCommand(t),
		lockCommand(t), bundleCommand(t), diffCommand(t), definitionsCommand(t), newTraceCommand(t),
		manifestCommand(t), sbomCommand(t), vexCommand(t), manCommand(t))
	annotate(root, t.helpWidth())
	if err := completeFlags(root); err != nil {
		panic(err) // a flag that is there and has no completion yet takes one
	}
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
	return root
}

// strconvWords are how strconv names itself in an error.
var strconvWords = regexp.MustCompile(`(strconv|time)\.?\w*: (parsing "[^"]*": )?`)

// runsCommands makes a command one that is nothing without a command of its own.
func runsCommands(c *cobra.Command) {
	c.SuggestionsMinimumDistance = 2
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{fmt.Errorf("cannot run %s: %s has no such command", args[0], c.CommandPath()), c, c.SuggestionsFor(args[0])}
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}

// arguments checks the number of arguments, and says what they should be.
func arguments(least, most int, want string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return usageError{fmt.Errorf("cannot run %s with %s: it wants %s", c.CommandPath(), text.Count(len(args), "argument"), want), c, nil}
		}
		return nil
	}
}

// printJSON writes a result for programs, one indented document.
func (t *tool) printJSON(v any) error { return printJSON(t.data, v) }

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return nil
}
