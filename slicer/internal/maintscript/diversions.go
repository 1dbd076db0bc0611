package maintscript

import (
	"path"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/shell"
	"whittle.dev/whittle/slicer/packages"
)

// aliased ends the names that packages divert to by a path above /usr, such as /sbin/dhclient, beside the one below it:
// both are the same file on a merged /usr, and the second diversion is for roots that were not merged yet (DEP 17).
const aliased = ".usr-is-merged"

// Diversions are the paths that a package diverts with dpkg-divert(1) for others, and where their files go instead. They
// are read from the scripts that run before and after unpacking, as text, which are never run. Paths are clean and relative.
func Diversions(c *packages.Contents) map[string]string {
	found := map[string]string{}
	for _, i := range installing {
		if !strings.Contains(c.Scripts[i.name], "dpkg-divert") {
			continue
		}
		commands, err := shell.Read(c.Scripts[i.name], shell.Surroundings{Arguments: i.arguments})
		if err != nil {
			continue // it is listed as not done
		}
		for _, command := range commands {
			if command.Name() != "dpkg-divert" {
				continue
			}
			from, to := diverted(command.Words[1:])
			if from == "" || found[from] != "" && strings.HasSuffix(to, aliased) {
				continue
			}
			found[from] = to
		}
	}
	return found
}

// diverted reads the words of one call; from is empty where it adds no diversion or computes its names.
func diverted(words []string) (from, to string) {
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch option, value, given := strings.Cut(w, "="); {
		case option == "--remove" || option == "--list" || option == "--truename" || option == "--listpackage":
			return "", ""
		case option == "--divert" || option == "--package" || option == "--instdir" || option == "--admindir":
			if !given && i+1 < len(words) {
				i++
				value = words[i]
			}
			if option == "--divert" {
				to = value
			}
		case strings.HasPrefix(w, "/"):
			from = w
		}
	}
	if to == "" && from != "" {
		to = from + ".distrib"
	}
	if strings.ContainsAny(from+to, "$`") || !path.IsAbs(from) || !path.IsAbs(to) {
		return "", ""
	}
	return debian.InRoot(from), debian.InRoot(to)
}
