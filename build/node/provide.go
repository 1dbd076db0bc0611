package node

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// provide puts Node.js and package managers on the PATH of an app's own build tool, which runs them: Maven's plugins call npm
// and yarn. Versions are those that the front end's folder asks for.
func provide(ctx context.Context, s language.Site, programs []string) (map[string]string, error) {
	s.Log.Step("Node.js for the build")
	folder, err := frontEnd(s.Files, s.Setting(projectPath))
	if err != nil {
		return nil, err
	}
	if s.Files, err = fs.Sub(s.Files, folder); err != nil {
		return nil, err
	}
	s.Dir = path.Join(s.Dir, folder)
	a, err := look(s)
	if err != nil {
		return nil, err
	}
	a.called = programs
	defer a.endFetching()
	node, err := a.addEngine(ctx, engineNode)
	if err != nil {
		return nil, err
	}
	if slices.Contains(programs, "bun") || slices.Contains(programs, "bunx") {
		if _, err := a.addEngine(ctx, engineBun); err != nil {
			return nil, err
		}
	}
	if err := a.addManagers(ctx, node.release); err != nil {
		return nil, err
	}
	if err := a.prepare(); err != nil {
		return nil, err
	}
	a.inImage(nil)
	s.Log.Done()
	return a.env, nil
}

// projectPath is the setting that names the folder of an app's front end.
const projectPath = "BP_NODE_PROJECT_PATH"

// frontEnd is the folder of the app that has its front end: the one that the user names, or the nearest with a package.json, or the
// app's own.
func frontEnd(files fs.FS, said string) (string, error) {
	if said != "" {
		folder := path.Clean(said)
		if _, err := fs.Stat(files, path.Join(folder, "package.json")); err != nil || !fs.ValidPath(folder) {
			return "", &language.Problem{What: projectPath + "=" + language.Clip(said) + " names no folder with a package.json", Next: "Name the folder of the front end by its path below the app's."}
		}
		return folder, nil
	}
	for _, pattern := range []string{"package.json", "*/package.json", "src/*/package.json", "src/main/*/package.json", "*/*/package.json"} {
		found, err := language.NewSearch(files).Find(pattern)
		if err != nil {
			return "", err
		}
		for _, name := range found {
			if dir := path.Dir(name); !strings.Contains("/"+dir+"/", "/node_modules/") && !strings.Contains("/"+dir+"/", "/target/") {
				return dir, nil
			}
		}
	}
	return ".", nil
}
