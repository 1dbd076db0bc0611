package python

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	people "whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// reachScript is run by the build image's Python behind syntaxScript. It prints a reach as JSON.
//
//go:embed reach.py
var reachScript string

// strictHook tells what to do where a module of the standard library is missing. Python runs it at its start, by the .pth file.
//
//go:embed hook.py
var strictHook string

// reach is what imports reach of the standard library.
type reach struct {
	Reached map[string]string // modules, to what imports each
	Left    []string          // files below the standard library's folder that nothing reaches
}

// checkStrict reads BP_PYTHON_STRICT and BP_PYTHON_STRICT_MODULES, and refuses what the build would only find out when all is
// installed.
func (p *python) checkStrict(context.Context) error {
	var err error
	if p.strict, err = p.Truth("BP_PYTHON_STRICT", false); err != nil || !p.strict {
		return err
	}
	if p.Setting("BP_PYTHON_SOURCE") == "standalone" {
		return &language.Problem{
			What: "BP_PYTHON_STRICT cuts Debian's Python, and BP_PYTHON_SOURCE=standalone takes another one", Next: "Leave one of the two out.",
		}
	}
	for _, m := range p.strictModules() {
		if !moduleName.MatchString(m) {
			return &language.Problem{What: fmt.Sprintf("cannot read BP_PYTHON_STRICT_MODULES: %q is no module", m), Next: "Write names such as sqlite3 and xml.sax, separated by blanks or commas."}
		}
	}
	return nil
}

var moduleName = regexp.MustCompile(`^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$`)

// strictModules are the modules that the user adds.
func (p *python) strictModules() []string {
	return language.SplitList(p.Setting("BP_PYTHON_STRICT_MODULES"))
}

// reach follows imports from the app, its packages, its commands and what the user adds. The same leads to the same, so
// that it is remembered beside pip's cache.
func (p *python) reach(ctx context.Context, scan importScan) (reach, error) {
	asked, err := json.Marshal(map[string]any{
		"names": scan.Standard, "run": p.runModules(), "add": p.strictModules(), "charsets": scan.Charsets != "", "optional": interesting(),
	})
	if err != nil {
		return reach{}, fmt.Errorf("cannot write what the app imports: %w", err)
	}
	k := language.NewKey()
	k.Add(p.version, p.interpreter, syntaxScript, reachScript, string(asked))
	r, err := language.Remembered(p.cache, "reach.json", k.String(), func() (reach, error) { return p.follow(ctx, asked) })
	if err != nil {
		return r, fmt.Errorf("cannot follow what the app imports: %w", err)
	}
	for _, m := range p.strictModules() {
		if _, ok := r.Reached[m]; !ok && m != "tkinter" { // that one is in a package of its own
			return r, &language.Problem{
				What: fmt.Sprintf("cannot add %s: the standard library of Python %s has no such module", m, minor(p.version)),
				Next: "Correct BP_PYTHON_STRICT_MODULES. Modules of packages are all in the image; they need not be named.",
			}
		}
	}
	return r, nil
}

// follow has the interpreter follow imports from what was asked.
func (p *python) follow(ctx context.Context, asked []byte) (r reach, err error) {
	program, err := p.Script("reach.py", syntaxScript+reachScript)
	if err != nil {
		return r, err
	}
	file := filepath.Join(p.Temp, "reach.json")
	if err := os.WriteFile(file, asked, 0o600); err != nil {
		return r, err
	}
	err = language.Ask(ctx, p.Run, language.Command{Args: []string{p.interpreter, "-I", program, file}, What: "following imports", Dir: p.Temp, Env: p.Env}, &r)
	return r, err
}

// counted is a scan without modules for windows that nobody wants, and with the backends of dbm where it is imported.
func (p *python) counted(scan importScan, wanted map[string]string) importScan {
	names := map[string]string{}
	for name, file := range scan.Standard {
		top, _, _ := strings.Cut(name, ".")
		if wanted["tkinter"] != "" || !slices.Contains([]string{"tkinter", "turtle", "_tkinter"}, top) {
			names[name] = file
		}
	}
	for _, module := range keys(wanted) {
		names[module] = wanted[module]
	}
	if by := wanted["dbm"]; by != "" {
		names["dbm.ndbm"], names["dbm.gnu"] = by, by
	}
	scan.Standard = names
	return scan
}

// reachedOptional adds to the optional modules that the app and its packages import those that the user and other modules
// bring.
func reachedOptional(r reach, wanted map[string]string, added []string) map[string]string {
	all := language.With(wanted, nil)
	if slices.Contains(added, "tkinter") {
		all["tkinter"] = "BP_PYTHON_STRICT_MODULES"
	}
	for _, o := range optionalModules {
		name := o.Module
		if name == "dbm" { // the package works without its backends in C
			name = "dbm.ndbm"
		}
		if by, ok := r.Reached[name]; ok && all[o.Module] == "" {
			all[o.Module] = by
		}
	}
	return all
}

var runModule = regexp.MustCompile(`(?:^|\s)-m\s*([A-Za-z_][\w.]*)`)

// runModules are the modules that the app's commands run by -m.
func (p *python) runModules() []string {
	all := []string{}
	for _, process := range append(p.processes(), p.Processes...) {
		for _, m := range runModule.FindAllStringSubmatch(process.Line+" "+strings.Join(process.Command, " "), -1) {
			all = append(all, m[1])
		}
	}
	return all
}

// checkTests refuses an app that imports a folder of tests of a package, which is not in the image.
func (p *python) checkTests(scan importScan) error {
	for _, module := range keys(scan.Wants) {
		at := strings.ReplaceAll(module, ".", "/")
		top, _, _ := strings.Cut(at, "/")
		if file := filepath.Join(p.sitePackages(), at); language.Exists(filepath.Join(p.sitePackages(), top)) && !language.Exists(file) && !language.Exists(file+".py") {
			return &language.Problem{
				What: fmt.Sprintf("cannot leave out the tests of %s: the app imports %s", top, module), Evidence: []string{p.short(scan.Wants[module])},
				Next: "Leave BP_PYTHON_STRICT out, or remove the import.",
			}
		}
	}
	return nil
}

// leftOut are the files of the standard library that strict mode leaves out, a group a module.
func (p *python) leftOut(r reach) []slicer.Omit {
	folder := "usr/lib/python" + minor(p.version)
	groups := map[string][]string{}
	for _, file := range r.Left {
		top, _, _ := strings.Cut(file, "/")
		if top == "lib-dynload" {
			top = file
		}
		groups[top] = append(groups[top], path.Join(folder, file))
	}
	var all []slicer.Omit
	for _, top := range keys(groups) {
		all = append(all, slicer.Omit{
			Omission: record.Omission{Name: "/" + folder + "/" + top, Reason: "no import reaches it (BP_PYTHON_STRICT)", By: "app"}, Paths: groups[top],
		})
	}
	return all
}

// tellReach says what is in the image.
func (p *python) tellReach(r reach) {
	p.Log.Line("strict: imports reach %s of the standard library; %s are left out", people.Count(len(r.Reached), "module"), people.Count(len(r.Left), "file"))
}

// writeHook writes what tells of a missing module at run time.
func (p *python) writeHook(context.Context) error {
	for name, content := range map[string]string{"_whittle_strict.pth": "import _whittle_strict\n", "_whittle_strict.py": strictHook} {
		if err := os.WriteFile(filepath.Join(p.sitePackages(), name), []byte(content), 0o644); err != nil {
			return fmt.Errorf("cannot write %s: %w", name, err)
		}
	}
	return nil
}

// leaveOutTests prepares the packages for strict mode.
func (p *python) leaveOutTests(ctx context.Context) error {
	if !p.strict {
		return nil
	}
	return language.Do(ctx, p.findTests, p.writeHook)
}

// findTests looks for folders of tests that the packages can do without.
func (p *python) findTests(ctx context.Context) error {
	scan, err := p.scanPackages(ctx, nil)
	for _, dir := range scan.Tests {
		if strings.HasPrefix(dir, p.sitePackages()+"/") {
			p.tests = append(p.tests, dir)
		}
	}
	return err
}

// isTest tells whether a file is in a folder of tests that is left out.
func (p *python) isTest(file string) bool {
	return slices.ContainsFunc(p.tests, func(dir string) bool { return strings.HasPrefix(file, dir+"/") })
}
