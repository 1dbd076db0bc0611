package node

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// frontEnds finds the front ends that stand in folders of an app in another language: the one that BP_NODE_PROJECT_PATH names, else
// those that make what the app's sources name and what is not there, unless the user says that no script builds one. One in
// the app's own folder is found without it.
func frontEnds(files fs.FS, env map[string]string, named []language.Named) ([]language.FrontEnd, error) {
	scripts, chosen := env[runScripts]
	if said := env[projectPath]; said != "" {
		folder, err := frontEnd(files, said)
		f, _ := makes(files, folder, named)
		if chosen {
			f.Env = nil
		}
		return []language.FrontEnd{{Folder: folder, Why: projectPath, Env: f.Env}}, err
	}
	if chosen && strings.TrimSpace(scripts) == "" || language.IsFile(files, "package.json") || len(named) == 0 {
		return nil, nil
	}
	search := language.NewSearch(files)
	var all []language.FrontEnd
	for _, pattern := range []string{"*/package.json", "*/*/package.json", "*/*/*/package.json"} {
		found, err := search.Find(pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range found {
			folder := path.Dir(name)
			if language.IsMinor(folder) || strings.Contains("/"+folder, "/.") || strings.Contains("/"+folder+"/", "/node_modules/") {
				continue
			}
			if f, ok := makes(files, folder, named); ok {
				if chosen {
					f.Env = nil
				}
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// outputFolders are the usual names of what front ends are built to.
var outputFolders = []string{"dist", "build", "out", "public", "_site", "www"}

// makes tells whether the front end in a folder makes one of the files or folders that an app's sources name: what is missing below
// it, or what a script or the configuration of its bundler has as its output.
func makes(files fs.FS, folder string, named []language.Named) (language.FrontEnd, bool) {
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return language.FrontEnd{}, false
	}
	m, err := readManifest(sub)
	if err != nil || len(m.Scripts) == 0 {
		return language.FrontEnd{}, false // told where it is the app's
	}
	for _, n := range named {
		why := n.By + " names " + n.Path
		if at, ok := strings.CutPrefix(n.Path, folder+"/"); ok && m.Scripts["build"] != "" && filesIn(files, n.Path) == 0 {
			first, _, _ := strings.Cut(at, "/")
			if n.Embedded || slices.Contains(outputFolders, first) {
				return language.FrontEnd{Folder: folder, Why: why}, true
			}
		}
		if script := writesTo(sub, m, folder, n.Path); script != "" && filesIn(files, n.Path) < 2 { // a page may stand in for it
			return language.FrontEnd{Folder: folder, Why: why, Env: map[string]string{runScripts: script}}, true
		}
	}
	return language.FrontEnd{}, false
}

// outOfScript and outOfConfig are where bundlers are told what folder to write to.
var (
	outOfScript = regexp.MustCompile(`--(?:outDir|out-dir|dist-dir|dest|output-path|outputPath|output)[= ]["']?([\w./-]+)`)
	outOfConfig = regexp.MustCompile(`(?:outDir|outputDir)\s*:\s*["']([\w./-]+)["']`)
)

// writesTo is the script of a front end that writes to a folder of the app; empty for none.
func writesTo(sub fs.FS, m manifest, folder, output string) string {
	is := func(found []string) bool { return found != nil && path.Join(folder, found[1]) == output }
	for _, name := range slices.Sorted(maps.Keys(map[string]string(m.Scripts))) {
		if is(outOfScript.FindStringSubmatch(m.Scripts[name])) {
			return name
		}
	}
	for _, pattern := range []string{"vite.config.*", "vue.config.*"} {
		found, err := fs.Glob(sub, pattern)
		if err != nil || m.Scripts["build"] == "" {
			continue
		}
		for _, name := range found {
			if text, _, err := language.ReadText(sub, name); err == nil && is(outOfConfig.FindStringSubmatch(text)) {
				return "build"
			}
		}
	}
	return ""
}

// filesIn counts the files at or below a path, less hidden ones, which only keep a folder in version control.
func filesIn(files fs.FS, name string) int {
	n := 0
	_ = fs.WalkDir(files, name, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && e.Name()[0] != '.' {
			n++
		}
		return nil
	})
	return n
}
