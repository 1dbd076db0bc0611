package node

import (
	"io/fs"
	"path"
	"path/filepath"
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

// nx is the framework of an app that Nx builds: the project that nx.json calls the default one, or else the only application.
func (a *app) nx() (framework, bool) {
	text, ok, err := language.ReadText(a.own.files, "nx.json")
	if err != nil || !ok {
		return framework{}, false
	}
	var config struct {
		DefaultProject string `json:"defaultProject"`
	}
	if err := decode("nx.jsonc", []byte(text), &config); err != nil {
		return framework{}, false // Nx itself tells what is wrong with it
	}
	all := a.nxApplications()
	if config.DefaultProject != "" {
		all = slices.DeleteFunc(all, func(p nxProject) bool { return p.Name != config.DefaultProject })
	}
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
