package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// A command's help has, beside what cobra knows, its exit codes and what it reads of its surroundings. The man pages are
// made of the same.
const (
	noteExit        = "exit codes"
	noteEnvironment = "environment"
	noteFiles       = "files"
)

// What commands read of their surroundings.
const (
	cacheVariables = `WHITTLE_CACHE, XDG_CACHE_HOME  where the cache is: $WHITTLE_CACHE, or whittle below $XDG_CACHE_HOME, or ~/.cache/whittle
WHITTLE_CACHE_SIZE  what is left of the cache when it is pruned, in bytes, such as 20G; 0 is no bound (default 5G)
http_proxy, https_proxy, no_proxy  the proxies for the archive, also in capitals; apt's own come first`
	triggerVariable = runTriggers + `  1: --run-triggers, wherever that can be done`
	imageVariables  = `DOCKER_HOST, DOCKER_CONFIG  the daemon, and the logins of registries, as docker reads them`
	epochVariable   = `SOURCE_DATE_EPOCH  the time that the document states, in seconds since 1970`

	archiveFiles = `/etc/apt/sources.list.d/*.sources, /etc/apt/sources.list  where the packages come from, unless --sources says otherwise
/etc/apt/auth.conf, /etc/apt/preferences, /etc/apt/apt.conf  logins, pins and proxies, as apt reads them`
	promiseFiles = `promises/ID.ARCH.json  beside a spec: what is promised of the image's ID`
	lockFiles    = `whittle.lock  what is pinned`
	recordFiles  = `/usr/share/whittle/manifest.json.gz  in a root or run image: what is in it, and why
/layers/whittle_whittle/manifest/whittle.manifest.json  in an image of the buildpack: the same of its layers
/var/lib/chisel/manifest.wall  what chisel records`
)

// notes are the exit codes and surroundings of each command, by its words behind "whittle".
var notes = map[string]map[string]string{
	"whittle": {noteExit: "0 done; 1 the answer is no, or there is something to tell; 2 an error", noteEnvironment: cacheVariables + "\n" + imageVariables},
	"cut": {
		noteExit: "0 cut; 2 an error, and nothing was written", noteEnvironment: triggerVariable + "\n" + cacheVariables,
		noteFiles: archiveFiles + "\n" + lockFiles,
	},
	"lock":   {noteExit: "0 locked; 2 an error, and the lock is as it was", noteEnvironment: cacheVariables, noteFiles: archiveFiles + "\n" + lockFiles},
	"bundle": {noteExit: "0 bundled; 2 an error", noteEnvironment: cacheVariables, noteFiles: archiveFiles + "\n" + lockFiles},
	"find":   {noteExit: "0 found; 1 nothing found; 2 an error", noteEnvironment: cacheVariables, noteFiles: archiveFiles},
	"trace": {
		noteExit:        "0 nothing to add, or it is in the lock; 1 there is something to add; 2 an error",
		noteEnvironment: cacheVariables, noteFiles: archiveFiles + "\n/var/lib/dpkg  whose files were opened",
	},
	"explain":           {noteExit: "0 explained; 1 it is not there, and nothing asked for it; 2 an error", noteEnvironment: imageVariables, noteFiles: recordFiles},
	"verify":            {noteExit: "0 complete; 1 something is missing; 2 an error; notes and unused libraries change none", noteEnvironment: imageVariables},
	"rebase-check":      {noteExit: "0 it can be rebased; 1 it cannot, and one line says why; 2 an error", noteEnvironment: imageVariables},
	"definitions check": {noteExit: "0 no faults; 1 faults; 2 an error", noteEnvironment: cacheVariables, noteFiles: archiveFiles},
	"diff":              {noteExit: "0 no difference; 1 there are differences; 2 an error", noteEnvironment: imageVariables, noteFiles: recordFiles},
	"manifest":          {noteExit: "0 printed; 2 an error", noteEnvironment: imageVariables, noteFiles: recordFiles},
	"sbom":              {noteExit: "0 written; 2 an error", noteEnvironment: imageVariables, noteFiles: recordFiles},
	"vex":               {noteExit: "0 written; 2 an error", noteEnvironment: imageVariables + "\n" + epochVariable, noteFiles: recordFiles},
	"image build": {
		noteExit:        "0 built; 2 an error, and what had the name already is as it was",
		noteEnvironment: cacheVariables + "\n" + imageVariables, noteFiles: archiveFiles + "\n" + promiseFiles,
	},
	"image check": {noteExit: "0 it has what is promised; 1 it lacks something; 2 an error", noteEnvironment: imageVariables, noteFiles: promiseFiles},
	"image diff": {
		noteExit:        "0 no difference; 1 there are differences; 2 an error",
		noteEnvironment: cacheVariables + "\n" + imageVariables, noteFiles: recordFiles,
	},
	"image finish": {noteExit: "0 finished; 2 an error, and the image is as it was", noteEnvironment: imageVariables},
}

// Help is set for the terminal, but in no longer lines than are read with ease; for what is no terminal as for one of 80 columns.
const (
	usualWidth = 80
	widest     = 100
)

// helpWidth is how many characters a line of help may have.
func (t *tool) helpWidth() int {
	if t.width == 0 {
		return usualWidth
	}
	return min(t.width, widest)
}

// annotate gives every command its notes, and the usage text a place for them; all of it keeps to a width.
func annotate(root *cobra.Command, width int) {
	root.SetHelpTemplate(setHelp(root.HelpTemplate(), width))
	root.SetUsageTemplate(setHelp(strings.Replace(root.UsageTemplate(), "{{if .HasHelpSubCommands}}", usageNotes+"{{if .HasHelpSubCommands}}", 1), width))
	for _, c := range commands(root) {
		c.Annotations = notes[strings.TrimPrefix(c.CommandPath(), "whittle ")]
	}
}

// setHelp has a template of cobra's keep to a width.
func setHelp(template string, width int) string {
	return strings.NewReplacer(
		"{{. | trimTrailingWhitespaces}}", fmt.Sprintf("{{fill %d . | trimTrailingWhitespaces}}", width),
		"{{.Example}}", fmt.Sprintf("{{fill %d .Example}}", width),
		".FlagUsages |", fmt.Sprintf(".FlagUsagesWrapped %d |", width),
		"Exit codes: {{.}}.", fmt.Sprintf(`{{printf "Exit codes: %%s." . | fill %d}}`, width),
		"{{indent .}}", fmt.Sprintf("{{indent . | fill %d}}", width),
	).Replace(template)
}

// commands lists a command and all below it.
func commands(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, sub := range c.Commands() {
		all = append(all, commands(sub)...)
	}
	return all
}

// usageNotes prints a command's notes behind its flags.
const usageNotes = `{{with index .Annotations "exit codes"}}

Exit codes: {{.}}.{{end}}{{with index .Annotations "environment"}}

Environment:
{{indent .}}{{end}}{{with index .Annotations "files"}}

Files:
{{indent .}}{{end}}`

func init() {
	cobra.AddTemplateFunc("indent", func(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") })
	cobra.AddTemplateFunc("fill", func(width int, s string) string { return fillText(s, width) })
}
