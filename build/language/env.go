package language

import (
	"maps"
	"slices"
	"strings"
)

// With returns a copy of env with some variables set.
func With(env map[string]string, more map[string]string) map[string]string {
	all := maps.Clone(env)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, more)
	return all
}

// Prepend returns the value of a list variable with directories in front.
func Prepend(env map[string]string, name string, dirs ...string) string {
	list := strings.Join(dirs, ":")
	if old := env[name]; old != "" {
		list += ":" + old
	}
	return list
}

func environ(env map[string]string) []string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		list = append(list, k+"="+env[k])
	}
	return list
}
