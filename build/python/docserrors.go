package python

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// What generators say of what they lack: the name of a theme or plugin of theirs, or a module.
var (
	lackedTheme   = regexp.MustCompile(`Unrecognised theme name: '([\w.-]+)'|[Nn]o theme named '([\w.-]+)' found`)
	lackedPlugin  = regexp.MustCompile(`The "([\w./-]+)" plugin is not installed`)
	lackedModule  = regexp.MustCompile(`No module named '([\w.]+)'`)
	lackedLibrary = regexp.MustCompile(`no library called "(?:lib)?([\w.+]+?)(?:-\d+)?" was found`)
)

// cannotMake is the problem of a generator that failed.
func (p *python) cannotMake(d *docs, err error) error {
	var program *language.ProgramError
	if !errors.As(err, &program) {
		return err
	}
	what := fmt.Sprintf("%s cannot make the pages", d.Name)
	known := append(p.lackedBy(d, program.Output),
		language.Complaint{Texts: []string{"in strict mode"}, What: what + ": a warning counts as an error", Next: "Correct what the warnings name, or leave `strict` out of " + d.Config + "."},
		language.Complaint{Texts: []string{"treated as error"}, What: what + ": a warning counts as an error", Next: "Correct what the warnings name, or leave `fail_on_warning` out of .readthedocs.yaml."},
		language.Complaint{Texts: []string{"Unable to find a git directory", "not a git repository"}, Next: "The build sees no .git folder: upload it with the app, or leave out of " + d.Config + " what asks for the history."},
		language.Complaint{Texts: []string{"needs at least Sphinx v"}, Next: "Ask in " + p.listed() + " for a newer Sphinx, or for older extensions."},
	)
	for i := range known {
		known[i].What = cmp.Or(known[i].What, what)
	}
	return language.Explain(program.Output, err, known, language.Complaint{What: what, Next: "Correct what its last lines name; `" + d.Program + "` says the same on your machine."})
}

// lackedBy are complaints about what a generator says that it lacks, with the package that has it.
func (p *python) lackedBy(d *docs, said string) []language.Complaint {
	var all []language.Complaint
	add := func(pattern *regexp.Regexp, next func(name string) string) {
		if found := pattern.FindStringSubmatch(said); found != nil {
			all = append(all, language.Complaint{Texts: found[:1], Next: next(strings.Join(found[1:], ""))})
		}
	}
	has := func(kind string, requirement func(string) string) func(string) string {
		return func(name string) string {
			if requirement(name) == "" {
				return fmt.Sprintf("Ask in %s for a newer %s, which has the %s %s.", p.listed(), d.Dists[0], kind, name)
			}
			return fmt.Sprintf("Add %s, which has the %s %s, to %s.", requirement(name), kind, name, p.listed())
		}
	}
	add(lackedPlugin, has("plugin", pluginRequirement))
	add(lackedTheme, has("theme", d.themeRequirement))
	add(lackedModule, func(name string) string {
		hint, wasThere := gone[name]
		if !wasThere {
			return has("module", moduleRequirement)(name)
		}
		next := fmt.Sprintf("The packages of %s are for an older Python, which had %s: ask there for newer versions", p.listed(), name)
		if hint != "" {
			next += fmt.Sprintf(", or add %s, which has it", hint)
		}
		return next + "."
	})
	add(lackedLibrary, func(name string) string {
		return fmt.Sprintf("Give the build Debian's package of the library (`whittle find lib%s` tells which): [dev.whittle.build] packages in project.toml.", name)
	})
	return all
}

// unlistedDocs is the problem of a site that no list of packages brings the generator of.
func (p *python) unlistedDocs(d docs) error {
	names := strings.Join(p.requirementsOf(d), ", ")
	evidence := fmt.Sprintf("%s is %s's, which is one of Python's packages", d.Config, d.Name)
	if p.plan.By != "" {
		return &language.Problem{
			What: language.NoStart, Evidence: []string{evidence, "packages are those of " + p.plan.By},
			Next: fmt.Sprintf("Add %s to %s to serve its pages, or write a Procfile with the start command.", names, p.listed()),
		}
	}
	return &language.Problem{
		What: "nothing lists the app's packages", Evidence: []string{evidence, "looked for: requirements.txt, pyproject.toml, Pipfile, setup.py, locks, docs/requirements.txt and .readthedocs.yaml"},
		Next: "Write requirements.txt with a line for each package that makes the pages: " + names + ".",
	}
}

// requirementsOf are the packages that a site needs, as far as its configuration names them.
func (p *python) requirementsOf(d docs) []string {
	all := []string{d.Dists[0]}
	text, _, err := language.ReadText(p.Files, d.Config)
	if err != nil || d.Program != "mkdocs" {
		return all
	}
	var config struct {
		Theme   yaml.Node   `yaml:"theme"`
		Plugins []yaml.Node `yaml:"plugins"`
	}
	if document.YAML(text, &config) != nil {
		return all
	}
	if name := nameIn(config.Theme, "name"); name != "" {
		all = append(all, d.themeRequirement(name))
	}
	for _, plugin := range config.Plugins {
		if name := nameIn(plugin, ""); name != "" {
			all = append(all, pluginRequirement(name))
		}
	}
	all = slices.DeleteFunc(all, func(name string) bool { return name == "" })
	slices.Sort(all)
	return slices.Compact(all)
}

// nameIn is a name that YAML has as a word or as a table: under a key, or as the first key.
func nameIn(n yaml.Node, key string) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		if key == "" {
			return n.Content[i].Value
		}
		if n.Content[i].Value == key {
			return n.Content[i+1].Value
		}
	}
	return ""
}
