package python

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/pages"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	record "whittle.dev/whittle/slicer/manifest"
)

// optionalModules are the modules of the standard library that are slices of their own, because they bring libraries of
// their own or are in another Debian package. They come along where the app or one of its packages imports them.
// VERSION stands for the version.
var optionalModules = []struct{ Module, Slice string }{
	{"bz2", "libpythonVERSION-stdlib_bz2"},
	{"ctypes", "libpythonVERSION-stdlib_ctypes"},
	{"curses", "libpythonVERSION-stdlib_curses"},
	{"dbm", "libpythonVERSION-stdlib_dbm"},
	{"lzma", "libpythonVERSION-stdlib_lzma"},
	{"readline", "libpythonVERSION-stdlib_readline"},
	{"sqlite3", "libpythonVERSION-stdlib_sqlite3"},
	{"tkinter", "python3-tk_tkinter"},
}

// gone are modules that this Python has no more, or that Debian's has not, and what brings them. They are told where the app
// itself imports them.
var gone = map[string]string{
	"distutils": "setuptools", "cgi": "legacy-cgi", "cgitb": "legacy-cgi", "asyncore": "pyasyncore", "asynchat": "pyasynchat", "imp": "", "telnetlib": "standard-telnetlib",
	"imghdr": "standard-imghdr", "sndhdr": "standard-sndhdr", "audioop": "audioop-lts", "aifc": "standard-aifc", "chunk": "standard-chunk", "crypt": "legacy-crypt", "pipes": "standard-pipes",
	"nntplib": "standard-nntplib", "xdrlib": "standard-xdrlib", "uu": "standard-uu", "mailcap": "standard-mailcap", "smtpd": "aiosmtpd", "lib2to3": "", "pkg_resources": "setuptools<81",
}

// syntaxScript reads a Python file; importScript is run behind it by the build image's Python, because only Python parses
// Python. It prints an importScan as JSON.
//
//go:embed syntax.py
var syntaxScript string

//go:embed imports.py
var importScript string

// importScan is what the app's and its packages' files import.
type importScan struct {
	Modules map[string]string   // of the optional modules, to the first file that imports each
	App     map[string]string   // what the app itself imports, to the first file
	First   map[string][]string // of each file of the app, what it imports before anything is called, and the app and the standard library lack
	Opens   []opened            // libraries that are opened by name
	Finds   string              // the first file that calls ctypes.util.find_library
	Speaks  []string            // parts of packages that a text of the files names, and that only a name loads: django/contrib/gis

	// In strict mode: the modules of the standard library that are named, to the first file; the first file that speaks of
	// character sets of East Asia; folders of tests that nothing imports; modules of tests that the app imports, to the first
	// file.
	Standard map[string]string
	Charsets string
	Tests    []string
	Wants    map[string]string
}

// scanImports looks at the packages and at the app. What the packages import is kept beside pip's cache: it is the same as
// long as they are.
func (p *python) scanImports(ctx context.Context) (importScan, error) {
	scan, err := p.scan(ctx, "app", nil, append([]string{p.Dir}, p.members()...)...)
	if err != nil {
		return scan, err
	}
	ofPackages, err := p.scanPackages(ctx, scan.Speaks)
	if err != nil {
		return scan, err
	}
	// The app is told of before its packages.
	scan.Modules, scan.Standard = language.With(ofPackages.Modules, scan.Modules), language.With(ofPackages.Standard, scan.Standard)
	scan.Opens = append(scan.Opens, ofPackages.Opens...)
	scan.Finds, scan.Charsets = cmp.Or(scan.Finds, ofPackages.Finds), cmp.Or(scan.Charsets, ofPackages.Charsets)
	if file, ok := scan.Modules["multiprocessing.sharedctypes"]; ok && scan.Modules["ctypes"] == "" {
		scan.Modules["ctypes"] = file
	}
	if file, ok := scan.Modules["turtle"]; ok && scan.Modules["tkinter"] == "" {
		scan.Modules["tkinter"] = file
	}
	return scan, nil
}

// scanPackages looks at the packages, of whose parts that only a name loads the app names some.
func (p *python) scanPackages(ctx context.Context, parts []string) (importScan, error) {
	k := language.NewKey()
	k.Add(p.packagesKey, syntaxScript, importScript, interesting(), parts)
	return language.Remembered(p.cache, "imports.json", k.String(), func() (importScan, error) { return p.scan(ctx, "packages", parts, p.sitePackages()) })
}

// interesting are the modules that the scan looks for.
func interesting() []string {
	all := []string{"multiprocessing", "turtle"}
	for _, o := range optionalModules {
		all = append(all, o.Module)
	}
	return all
}

// scan has the interpreter look at the imports of the files in some folders.
func (p *python) scan(ctx context.Context, whose string, parts []string, dirs ...string) (importScan, error) {
	var scan importScan
	program, err := p.Script("imports.py", syntaxScript+importScript)
	if err != nil {
		return scan, err
	}
	mode := ""
	if p.strict {
		mode = "strict"
	}
	args := append([]string{p.interpreter, "-I", program, strings.Join(interesting(), ","), mode, whose, strings.Join(parts, ",")}, dirs...)
	err = language.Ask(ctx, p.Run, language.Command{Args: args, What: "looking at imports", Dir: p.Temp, Env: p.Env}, &scan)
	if err != nil {
		return scan, fmt.Errorf("cannot see what the app imports: %w", err)
	}
	return scan, nil
}

// needed is what the image needs of Debian's Python.
type needed struct {
	Slices []slicer.Named
	Omit   []slicer.Omit
	Opens  []language.Opened
	Notes  []string
}

// runtime selects the slices of Debian's Python: the standard library, and the optional modules by evidence.
func (p *python) runtime(ctx context.Context) (needed, error) {
	scan, err := p.scanImports(ctx)
	if err != nil {
		return needed{}, err
	}
	if p.standalone != "" { // it has its whole standard library, and most libraries inside
		p.tellGone(scan)
		return needed{Slices: p.finder(scan), Opens: p.opens(scan.Opens)}, p.checkLacking(scan)
	}
	var n needed
	wanted := p.optional(scan)
	if p.strict {
		if err := p.checkTests(scan); err != nil {
			return n, err
		}
		r, err := p.reach(ctx, p.counted(scan, wanted))
		if err != nil {
			return n, err
		}
		p.tellReach(r)
		n.Omit, wanted = p.leftOut(r), reachedOptional(r, wanted, p.strictModules())
	}
	n.Slices, n.Notes = p.slices(scan, wanted)
	p.tellGone(scan)
	n.Opens = p.opens(scan.Opens)
	return n, p.checkLacking(scan)
}

// optional are the optional modules that are imported, to the file that does.
func (p *python) optional(scan importScan) map[string]string {
	wanted := map[string]string{}
	for _, o := range optionalModules {
		if file, ok := scan.Modules[o.Module]; ok && (o.Module != "tkinter" || p.wantsWindows(file)) {
			wanted[o.Module] = p.short(file)
		}
	}
	return wanted
}

// expect lets the build get Debian's Python while pip installs, or the web server of a site of pages. Optional modules may follow; which
// modules a strict image leaves out is known when the packages are there.
func (p *python) expect(ctx context.Context) error {
	if p.begin.Docs != nil {
		return p.Expect(ctx, language.Artifacts{Slices: pages.Slices()})
	}
	if p.standalone != "" || p.strict {
		return nil
	}
	return p.Expect(ctx, language.Artifacts{Slices: []slicer.Named{p.standard()}})
}

// standard is the slice of the interpreter and its standard library.
func (p *python) standard() slicer.Named {
	return slicer.Named{Name: "python" + minor(p.version) + "_standard", By: "Python app", Kind: record.Runtime, Layer: contract.LayerPython}
}

// slices are the slices of the interpreter, the standard library and the optional modules that are wanted.
func (p *python) slices(scan importScan, wanted map[string]string) (named []slicer.Named, notes []string) {
	version := minor(p.version)
	named = append(p.finder(scan), p.standard())
	var left []string
	for _, o := range optionalModules {
		file, ok := wanted[o.Module]
		if !ok {
			left = append(left, o.Module)
			continue
		}
		p.Log.Line("module %s: imported by %s", o.Module, file)
		named = append(named, slicer.Named{Name: strings.ReplaceAll(o.Slice, "VERSION", version), By: "import in " + file, Kind: record.Runtime, Layer: contract.LayerPython})
	}
	if len(left) > 0 {
		add := fmt.Sprintf("naming libpython%s-stdlib_%s in [dev.whittle.run] slices", version, left[0])
		if p.strict {
			add = "BP_PYTHON_STRICT_MODULES=" + left[0]
		}
		notes = []string{fmt.Sprintf("modules left out, because nothing imports them: %s (add one by %s)", language.List(left), add)}
	}
	slices.SortFunc(named, func(a, b slicer.Named) int { return strings.Compare(a.Name, b.Name) })
	return named, notes
}

// finder is ldconfig where something calls ctypes.util.find_library, which asks it: without it the answer is None whatever
// libraries there are.
func (p *python) finder(scan importScan) []slicer.Named {
	if scan.Finds == "" {
		return nil
	}
	file := p.short(scan.Finds)
	p.Log.Line("ldconfig: asked by find_library in %s", file)
	return []slicer.Named{{Name: "libc-bin_ldconfig", By: "find_library in " + file, Kind: record.Runtime, Layer: contract.LayerPython}}
}

// windowed are packages that are of no use without windows. Many others import tkinter for a case that servers never have.
var windowed = []string{"customtkinter", "ttkbootstrap", "PySimpleGUI", "FreeSimpleGUI", "ttkthemes", "guizero", "easygui"}

// wantsWindows tells whether a file's import of tkinter counts: the app's own, or a package's that is made for windows.
func (p *python) wantsWindows(file string) bool {
	rel, err := filepath.Rel(p.sitePackages(), file)
	if err != nil || strings.HasPrefix(rel, "..") {
		return true
	}
	top, _, _ := strings.Cut(rel, "/")
	return slices.Contains(windowed, strings.TrimSuffix(top, ".py"))
}

// short is a file's name for the log: below the app's folder, below site-packages, or below the project's folder.
func (p *python) short(file string) string {
	for _, dir := range []string{p.sitePackages(), p.Dir, p.Root} {
		if rel, err := filepath.Rel(dir, file); err == nil && !strings.HasPrefix(rel, "..") {
			return rel
		}
	}
	return file
}

// tellGone warns of modules that the app imports and that this Python does not have.
func (p *python) tellGone(scan importScan) {
	for _, module := range keys(gone) {
		file, ok := scan.App[module]
		if !ok || p.hasModule(module) {
			continue
		}
		hint := "no package brings it"
		if gone[module] != "" {
			hint = "add " + gone[module] + " to the app's packages"
		}
		p.Log.Warn("%s imports %s, which Python %s does not have: %s", p.short(file), module, minor(p.version), hint)
	}
}

// hasModule tells whether a module is among the packages, the app's files or in the build image's standard library.
func (p *python) hasModule(name string) bool {
	dirs := []string{p.sitePackages(), p.Dir, filepath.Join(p.Dir, "src"), "/usr/lib/python" + minor(p.version)}
	for _, member := range p.members() {
		dirs = append(dirs, member, filepath.Join(member, "src"))
	}
	for _, dir := range dirs {
		if language.Exists(filepath.Join(dir, name)) || language.Exists(filepath.Join(dir, name+".py")) {
			return true
		}
		if compiled, _ := filepath.Glob(filepath.Join(dir, name+".*so")); len(compiled) > 0 { // no error: the pattern is right
			return true
		}
	}
	// setuptools brings distutils by a hook.
	return name == "distutils" && language.Exists(filepath.Join(p.sitePackages(), "setuptools"))
}
