package python

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
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
		if usual := cmp.Or(env["UV_DEFAULT_INDEX"], env["UV_INDEX_URL"]); usual != "" {
			more["PIP_INDEX_URL"] = usual
		}
	}
	extra := strings.Fields(cmp.Or(env["PIP_EXTRA_INDEX_URL"], env["UV_EXTRA_INDEX_URL"]))
	for _, i := range indexes {
		extra = append(extra, i.address(env))
	}
	if len(extra) > 0 {
		more["PIP_EXTRA_INDEX_URL"] = strings.Join(extra, " ")
	}
	return more
}

// usual is the index that pip asks where nothing names another. Locks name it like any other; were it given to pip as a
// further index, packages would come from it although the user has put another in its place.
type usual struct {
	Made  []string // URLs that pip was made with: of its index, and of the files there
	Asked string   // URL that the user's settings put in its place, or the first of Made
}

// usualScript is run by the pip that installs: it alone knows its index.
//
//go:embed indexes.py
var usualScript string

// usualIndex asks pip for its index.
func (p *python) usualIndex(ctx context.Context) (usual, error) {
	var u usual
	program, err := p.Script("indexes.py", usualScript)
	if err != nil {
		return u, err
	}
	env := language.With(p.Env, indexEnv(p.Env, nil))
	err = language.Ask(ctx, p.Run, language.Command{Args: []string{systemPython, "-I", program}, Dir: p.Temp, Env: env}, &u)
	if err == nil && (len(u.Made) == 0 || slices.ContainsFunc(u.Made, func(made string) bool { return hostOf(made) == "" })) {
		err = errors.New("its answer names none") // which may have the user's credentials
	}
	if err != nil {
		return u, fmt.Errorf("cannot ask pip for its index: %w", err)
	}
	return u, nil
}

// is tells whether an index is the usual one: on the host that pip was made with, or the very index that is asked instead. A
// company's host may have many indexes.
func (u usual) is(i index) bool {
	host := hostOf(i.URL)
	made := slices.ContainsFunc(u.Made, func(one string) bool { return hostOf(one) == host })
	return made || u.Asked != "" && bare(u.Asked) == bare(i.URL)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// bare is a URL without credentials and a slash at its end.
func bare(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.User, u.Host = nil, strings.ToLower(u.Host)
	return strings.TrimRight(u.String(), "/")
}

// leaveOutUsual takes the usual index from the further ones of each step. Pip is asked only where a step names any.
func (p *plan) leaveOutUsual(ctx context.Context, ask func(context.Context) (usual, error)) error {
	if !slices.ContainsFunc(p.Steps, func(s step) bool { return len(s.Indexes) > 0 }) {
		return nil
	}
	u, err := ask(ctx)
	if err != nil {
		return err
	}
	for n, s := range p.Steps {
		p.Steps[n].Indexes = nil
		for _, i := range s.Indexes {
			if !u.is(i) {
				p.Steps[n].Indexes = append(p.Steps[n].Indexes, i)
			}
		}
	}
	return nil
}

// indexOf is an index by its URL, with the name that the manifest gives it.
func (p *plan) indexOf(url string) index {
	if p.Manifest != nil {
		for _, name := range keys(p.Manifest.Indexes) {
			if strings.TrimRight(p.Manifest.Indexes[name], "/") == strings.TrimRight(url, "/") {
				return index{name, url}
			}
		}
	}
	return index{URL: url}
}

// remote are the indexes that are asked by HTTP: folders of wheels are no further indexes.
func remote(all []index) []index {
	return slices.DeleteFunc(slices.Clone(all), func(i index) bool { return !strings.HasPrefix(i.URL, "http") })
}
