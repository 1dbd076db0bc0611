package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/terminal"
)

const findHelp = `find looks through the definitions of slices and the archive. What it looks for follows from how the words look:

  curl            slices and packages of that name, and names with it in them; else a program of that name
  libgmp.so.10    the package that has this library
  gmp.h, gmp.pc   the package that has this header or pkg-config file
  GLIBC_2.38      the package that has a library with this symbol version, and since when; 'libpq.so.5 RHPG_9.6' names the library
  /usr/bin/git    the package that has this file; with a slash at its end, what is below the directory
  'libav*'        names of slices and packages, and of libraries and programs, by pattern
  image resize    packages with all of these words in their name or description

Files are looked up in the archive's list of files, which is downloaded when it is first needed (some 50 MB for Debian) and
kept in the cache. The best match comes first; the last line says how to cut it.`

const findExample = `  whittle find gmp.h                    what has gmp.h?
  whittle find libgmp.so.10             which package has this library?
  whittle find openssl                  slices and packages of that name
  whittle find --json libssl.so.3 | jq -r '.[0].package'`

type find struct {
	*tool
	origin
	arch  string
	files bool
	all   bool
}

func findCommand(t *tool) *cobra.Command {
	f := &find{tool: t}
	cmd := &cobra.Command{
		Use: "find WORD…", Short: "Look for packages, slices, files, libraries and headers", Long: findHelp, Example: findExample,
		Args: arguments(1, -1, "a word or several"), ValidArgsFunction: f.completeNames(t),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args) },
	}
	f.origin.flags(cmd, t)
	cmd.Flags().StringVar(&f.arch, "arch", machineArch(), "Debian's `name` of the architecture")
	cmd.Flags().BoolVar(&f.files, "files", false, "look for a file of that name even if a package has it")
	cmd.Flags().BoolVar(&f.all, "all", false, "print all that was found, not only the best")
	return cmd
}

func (f *find) run(ctx context.Context, words []string) error {
	release, err := f.definitions()
	if err != nil {
		return err
	}
	p := f.progress()
	archive, err := f.archive(ctx, f.arch, p)
	if err != nil {
		return err
	}
	s := &search{release: release, archive: archive, files: f.files, triplet: debian.Triplet(f.arch), say: p.say}
	err = s.look(ctx, words)
	p.done()
	if err := closeAll(err, archive); err != nil {
		return err
	}
	return f.report(s, strings.Join(words, " "))
}

// report prints what was found. Files that could not be looked at are no reason to hide the rest; but nothing found
// without having looked is an error, not an answer.
func (f *find) report(s *search, asked string) error {
	hits := s.ranked()
	var err error
	switch {
	case len(hits) == 0 && s.blind != nil:
		return &blindError{asked, s.none, s.blind}
	case f.json:
		err = f.printJSON(hits)
	default:
		err = f.print(hits)
	}
	switch {
	case err != nil:
		return err
	case len(hits) == 0 && s.none != nil:
		terminal.Fprintln(f.stderr, "whittle:", withoutKind(s.none))
		return verdict(exitFindings)
	case len(hits) == 0:
		terminal.Fprintf(f.stderr, "whittle: cannot find %s: no package, slice or file has that name\n", asked)
		return verdict(exitFindings)
	case s.blind != nil && !f.quiet:
		terminal.Fprintln(f.stderr, "whittle: the archive's list of files cannot be read, so this may not be all")
	}
	return nil
}

// blindError is about something that was not found, but may be there: not everything could be looked at.
type blindError struct {
	asked string
	none  error // there is no package of that name; nil if none was asked for
	why   error
}

func (e *blindError) Error() string {
	return fmt.Sprintf("cannot find %s: the archive's list of files cannot be read: %v", e.asked, e.why)
}

func (e *blindError) Unwrap() error { return e.why }
