package python

import (
	"net/url"
	"os"
	"regexp"
	"strings"
)

// index is an index of distributions that a manifest or lock names beside the usual one.
type index struct {
	Name string // that the manifest gives it; empty where it has none
	URL  string
}

var notVariable = regexp.MustCompile(`[^A-Z0-9]`)

// address is the index's URL with the credentials that the environment holds for it, in the ways of uv, Poetry and
// Pipenv. It goes to pip by the environment and is written nowhere.
func (i index) address(env map[string]string) string {
	text := os.Expand(i.URL, func(name string) string { return env[name] })
	u, err := url.Parse(text)
	if err != nil || u.User != nil || i.Name == "" {
		return text
	}
	name := notVariable.ReplaceAllString(strings.ToUpper(i.Name), "_")
	for _, prefix := range []string{"UV_INDEX_" + name, "POETRY_HTTP_BASIC_" + name} {
		user, password := env[prefix+"_USERNAME"], env[prefix+"_PASSWORD"]
		if user != "" || password != "" {
			u.User = url.UserPassword(user, password)
			return u.String()
		}
	}
	return text
}

// indexEnv tells pip of the indexes: those of a step, and those that the user named for uv.
func indexEnv(env map[string]string, indexes []index) map[string]string {
	more := map[string]string{}
	if env["PIP_INDEX_URL"] == "" {
		if usual := first(env["UV_DEFAULT_INDEX"], env["UV_INDEX_URL"]); usual != "" {
			more["PIP_INDEX_URL"] = usual
		}
	}
	extra := strings.Fields(first(env["PIP_EXTRA_INDEX_URL"], env["UV_EXTRA_INDEX_URL"]))
	for _, i := range indexes {
		extra = append(extra, i.address(env))
	}
	if len(extra) > 0 {
		more["PIP_EXTRA_INDEX_URL"] = strings.Join(extra, " ")
	}
	return more
}

// others are the indexes that are not the public one, in whose place the user may have put a mirror.
func others(all []index) []index {
	var left []index
	for _, i := range all {
		if !strings.Contains(i.URL, "//pypi.org/") && !strings.Contains(i.URL, "//files.pythonhosted.org/") && strings.HasPrefix(i.URL, "http") {
			left = append(left, i)
		}
	}
	return left
}
