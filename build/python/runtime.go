package python

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
)

// optionalModules are the modules of the standard library that bring libraries of their own, and are slices of their
// own for that reason. They come along where the app or one of its packages imports them.
var optionalModules = []string{"bz2", "ctypes", "curses", "dbm", "lzma", "readline", "sqlite3"}

// importScan is run by the build image's Python, because only Python parses Python. It prints "module file" lines.
//
//go:embed imports.py
var importScan string

// runtime selects the slices of Debian's Python: the standard library, and the optional modules by evidence.
func (p *python) runtime(ctx context.Context) ([]slicer.Named, []string, error) {
	args := []string{systemPython, "-I", "-c", importScan, p.Dir, p.layer.Path}
	out, err := language.Output(ctx, p.Run, language.Command{Args: args, Dir: p.Temp, Env: p.Env})
	if err != nil {
		return nil, nil, fmt.Errorf("cannot see what the app imports: %w", err)
	}
	importers := map[string]string{}
	for line := range strings.Lines(out) {
		module, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		importers[module] = file
	}
	if file, ok := importers["multiprocessing"]; ok && importers["ctypes"] == "" {
		importers["ctypes"] = file // multiprocessing.sharedctypes, which multiprocessing.Value is made of
	}
	runtime := "python" + minor(p.version)
	named := []slicer.Named{{Name: runtime + "_standard", By: "Python app", Kind: slicer.Runtime, Layer: slicer.LayerPython}}
	var left []string
	for _, module := range optionalModules {
		file, ok := importers[module]
		if !ok {
			left = append(left, module)
			continue
		}
		if rel, err := filepath.Rel(p.Dir, file); err == nil && !strings.HasPrefix(rel, "..") {
			file = rel
		}
		p.Log.Line("module %s: imported by %s", module, strings.TrimPrefix(file, p.sitePackages()+"/"))
		named = append(named, slicer.Named{Name: "lib" + runtime + "-stdlib_" + module, By: "import in " + file, Kind: slicer.Runtime, Layer: slicer.LayerPython})
	}
	var notes []string
	if len(left) > 0 {
		notes = append(notes, fmt.Sprintf("modules left out, because nothing imports them: %s (add one by naming lib%s-stdlib_%s in [dev.whittle.run] slices)",
			language.List(left), runtime, left[0]))
	}
	slices.SortFunc(named, func(a, b slicer.Named) int { return strings.Compare(a.Name, b.Name) })
	return named, notes, nil
}
