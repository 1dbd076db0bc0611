package node

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// workerFiles say how Cloudflare's Workers are run, by its own tool and its own runtime.
var workerFiles = []string{"wrangler.toml", "wrangler.json", "wrangler.jsonc"}

// checkWorker tells of an app that is made for Cloudflare's Workers alone: its file exports what answers requests, and Node.js, which
// runs it, ends at once; Bun serves it. file is empty where there is none.
func (a *app) checkWorker(file string) error {
	config := language.FirstFile(a.own.files, workerFiles...)
	if config == "" && file != "" && a.own.manifest.needs("wrangler") {
		config = "wrangler in " + a.own.manifest.File
	}
	if config == "" || file != "" && a.prefersBun() {
		return nil
	}
	evidence := []string{config}
	if file != "" {
		source, _, err := language.ReadText(a.own.files, file)
		if err != nil || listens.MatchString(source) || !strings.Contains(source, "export default") {
			return nil
		}
		evidence = append(evidence, file+" exports what answers requests, and nothing listens for them")
	}
	return &language.Problem{
		What:     "the app is a Worker of Cloudflare's, which is no server by itself",
		Evidence: evidence,
		Next:     "Add a program that serves it on Node.js, such as serve() of @hono/node-server does, and a script start that runs it.",
	}
}

var (
	// exportsApp matches what hands an app to whoever imports the file.
	exportsApp = regexp.MustCompile(`(?m)^\s*(?:export default\b|export \{[^}]*\bas default\b|module\.exports\s*=)`)
	// makesApp matches what makes an app that listens only when it is told to; the first group is of those that Bun serves by themselves.
	makesApp = regexp.MustCompile(`\bnew (Hono|OpenAPIHono|Elysia|H3)\b|\bnew Koa\b|\bexpress\(\)|\b[fF]astify\(`)
	// goesOn matches calls that may listen, whatever they are called.
	goesOn = regexp.MustCompile(`(?i)\b(?:listen|start|serve|run|boot|launch)\w*\s*\(`)
	// ownFile matches how files name each other.
	ownFile = regexp.MustCompile(`["'](\.\.?/[^"'\n]+)["']`)
)

// checkServed tells of an app whose file exports what answers requests, as platforms want it that call it themselves: run by Node.js, it
// ends at once. Only where no file that it names calls anything that may listen, and a framework's app is certain.
func (a *app) checkServed(file string) error {
	if err := a.checkIdle(file); err != nil {
		return err
	}
	source, _, err := language.ReadText(a.own.files, file)
	if err != nil || !exportsApp.MatchString(source) {
		return nil
	}
	var made, where string
	files := []string{path.Join(a.own.rel, file)}
	for i := 0; i < len(files) && i < maxImports; i++ {
		text, _, err := language.ReadText(a.project, files[i])
		if err != nil {
			continue
		}
		if listens.MatchString(text) || goesOn.MatchString(text) {
			return nil
		}
		if m := makesApp.FindStringSubmatch(text); m != nil && made == "" {
			if made, where = m[0], files[i]; m[1] != "" && a.prefersBun() {
				return nil
			}
		}
		for _, m := range ownFile.FindAllStringSubmatch(text, -1) {
			if f := a.fileOf(path.Join(path.Dir(files[i]), m[1])); f != "" && !slices.Contains(files, f) {
				files = append(files, f)
			}
		}
	}
	if made == "" {
		return nil
	}
	serves := "app.listen(process.env.PORT)"
	if strings.HasSuffix(made, "Hono") || strings.HasSuffix(made, "H3") {
		serves = "serve() of @hono/node-server"
	}
	return &language.Problem{
		What:     "the app would end as soon as it is started: " + language.Clip(file) + " exports what answers requests, and nothing listens for them",
		Evidence: []string{language.Clip(where) + ": " + made + "; nothing there, or in what " + language.Clip(file) + " names, calls what may listen"},
		Next:     "Add a file that serves it, by " + serves + ", and a script start that runs that file.",
	}
}
