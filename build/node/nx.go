package node

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// nxProject is what the build asks of a project.json, by which Nx builds one of several apps in one folder of packages.
type nxProject struct {
	Name        string `json:"name"`
	ProjectType string `json:"projectType"`
	Targets     map[string]struct {
		Options struct {
			OutputPath nxPath `json:"outputPath"`
		} `json:"options"`
	} `json:"targets"`

	folder string // below the app's, slash-separated
}

// nxPath is a path, or an object with the path "base", as Angular has it.
type nxPath string

func (p *nxPath) UnmarshalJSON(data []byte) error {
	var plain text
	if err := plain.UnmarshalJSON(data); err != nil {
		return err
	}
	var object texts
	if err := object.UnmarshalJSON(data); err != nil {
		return err
	}
	if *p = nxPath(plain); plain == "" {
		*p = nxPath(object["base"])
	}
	return nil
}

// output is the folder where a project's build leaves its files.
func (p nxProject) output() string {
	out := strings.NewReplacer("{workspaceRoot}/", "", "{projectRoot}", p.folder, "{projectName}", p.Name).Replace(string(p.Targets["build"].Options.OutputPath))
	if out == "" || !filepath.IsLocal(out) {
		return path.Join("dist", p.folder)
	}
	return path.Clean(out)
}

// ofNx matches what builds or shows one project.
var ofNx = regexp.MustCompile(`\bnx (?:(?:build|serve|dev|start) (\w[\w.@/-]*)|run (\w[\w.@/-]*):\w)`)

// nxProjects are the applications that the build may mean: the one that a script names, or nx.json calls the default one, or else all.
func (a *app) nxProjects() []nxProject {
	text, ok, err := language.ReadText(a.own.files, "nx.json")
	if err != nil || !ok {
		return nil
	}
	var config struct {
		DefaultProject string `json:"defaultProject"`
	}
	if err := decode("nx.jsonc", []byte(text), &config); err != nil {
		return nil // Nx itself tells what is wrong with it
	}
	meant := config.DefaultProject
	scripts := a.buildScripts()
	if len(scripts) == 0 {
		scripts = []string{"start"}
	}
	for _, name := range scripts {
		if m := ofNx.FindStringSubmatch(a.own.manifest.Scripts[name]); m != nil {
			meant = m[1] + m[2]
		}
	}
	all := a.nxApplications()
	if meant != "" {
		all = slices.DeleteFunc(all, func(p nxProject) bool { return p.Name != meant })
	}
	return all
}

// checkNx tells of several applications of which nothing says which one is the app, before anything is downloaded.
func (a *app) checkNx() error {
	all := a.nxProjects()
	other := func(name string) bool { return !strings.Contains(a.own.manifest.Scripts[name], "nx ") }
	if len(all) < 2 || slices.ContainsFunc(a.buildScripts(), other) {
		return nil
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Name+" ("+p.folder+")")
	}
	return &language.Problem{
		What:     "Nx builds several applications here, and nothing says which one is the app",
		Evidence: []string{"nx.json, and the applications " + language.List(names)},
		Next:     `Name one in nx.json, such as "defaultProject": "` + all[0].Name + `".`,
	}
}

// nx is the framework of an app that Nx builds, where one project is meant.
func (a *app) nx() (framework, bool) {
	all := a.nxProjects()
	if len(all) != 1 {
		return framework{}, false
	}
	out := all[0].output()
	return framework{
		name: "Nx", build: "nx build " + all[0].Name, folders: []string{out + "/browser", out},
		server: func(a *app) (string, string) {
			if a.has(path.Join(out, ".next/BUILD_ID")) {
				return "next start " + out, "Next.js, by Nx"
			}
			return fileServer(out+"/main.js", out+"/main.cjs", out+"/server/server.mjs", out+"/server/main.js")(a)
		},
	}, true
}

// nxApplications are the projects of the app's folder that Nx builds as applications, by folder.
func (a *app) nxApplications() []nxProject {
	var all []nxProject
	for _, pattern := range []string{"project.json", "*/project.json", "*/*/project.json"} {
		found, err := fs.Glob(a.own.files, pattern)
		if err != nil {
			continue // the patterns are right
		}
		for _, file := range found {
			text, _, err := language.ReadText(a.own.files, file)
			p := nxProject{folder: path.Dir(file)}
			if err != nil || strings.HasPrefix(file, "node_modules/") || decode("project.jsonc", []byte(text), &p) != nil {
				continue
			}
			if p.Name == "" {
				p.Name = path.Base(p.folder)
			}
			_, built := p.Targets["build"]
			if p.ProjectType == "application" && built && !strings.HasSuffix(p.Name, "-e2e") {
				all = append(all, p)
			}
		}
	}
	return all
}
