package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// noFiles keeps the shell from offering files. What is offered instead must be there at once, without the network.
const noFiles = cobra.ShellCompDirectiveNoFileComp

// completeNames offers slices, and the archive's packages if the cache has its index.
func (o *origin) completeNames(t *tool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		var names []string
		if release, err := o.definitions(); err == nil && release != nil {
			for _, name := range release.Names() {
				for _, s := range release.Package(name).Slices {
					names = append(names, s.String())
				}
			}
		}
		t.quiet, o.offline = true, true
		if archive, err := o.archive(cmd.Context(), completedArch(cmd), t.progress()); err == nil {
			defer archive.Close()
			for name := range archive.Names() {
				names = append(names, name)
			}
		}
		names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, typed) })
		slices.Sort(names)
		return names, noFiles
	}
}

// completedArch is the architecture that the command line names so far, or the machine's.
func completedArch(cmd *cobra.Command) string {
	f := cmd.Flags().Lookup("arch")
	if f == nil || !f.Changed {
		return machineArch()
	}
	first, _, _ := strings.Cut(strings.Trim(f.Value.String(), "[]"), ",")
	return first
}

// completeRecorded offers what a root has, behind the root.
func (t *tool) completeRecorded(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) != 1 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	if _, err := os.Stat(args[0]); err != nil {
		return nil, noFiles // a daemon or a registry would be asked for it
	}
	r, err := t.record(cmd.Context(), machineArch(), args[0])
	if err != nil {
		return nil, noFiles
	}
	defer r.Close()
	var names []string
	for _, m := range r.manifests {
		for _, p := range m.Packages {
			names = append(names, p.Name)
		}
		for _, o := range m.Omitted {
			names = append(names, o.Name)
		}
		for _, f := range m.Files {
			names = append(names, m.Place(f), filepath.Base(f.Path))
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, typed) || strings.Contains(n, " ") })
	slices.Sort(names)
	return slices.Compact(names), noFiles
}

// completeFlags offers the values of flags that have few.
func completeFlags(root *cobra.Command) error {
	for _, c := range commands(root) {
		for name, values := range map[string][]string{
			"arch": {"amd64", "arm64"}, "release": append(embedded(), "none"), "suite": knownSuites,
		} {
			if c.Flags().Lookup(name) == nil {
				continue
			}
			directive := noFiles
			if name == "release" {
				directive = cobra.ShellCompDirectiveDefault // a directory will do, too
			}
			if err := c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, directive)); err != nil {
				return err
			}
		}
	}
	return nil
}
