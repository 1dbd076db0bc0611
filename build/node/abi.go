package node

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/closure"
	"whittle.dev/whittle/slicer/packages"
)

// ofRuntime are the beginnings of symbols that native modules have of the program that loads them: of V8, Node.js and libuv.
var ofRuntime = []string{"_ZN2v8", "_ZNK2v8", "_ZTIN2v8", "_ZN4node", "node_", "napi_", "uv_"}

// dropOtherVersions removes native modules that the runtime can't link where their package has others that it can: many
// packages bring a binary for each version of Node.js ("addon.abi108.node"), and load the one that is theirs. Names differ by
// package; what counts is which symbols the runtime has.
func (a *app) dropOtherVersions(natives []string) error {
	byPackage := map[string][]string{}
	for _, file := range natives {
		at := packageFolder(file)
		byPackage[at] = append(byPackage[at], file)
	}
	maps.DeleteFunc(byPackage, func(_ string, files []string) bool { return len(files) == 1 }) // the proof tells what it does not find
	if len(byPackage) == 0 {
		return nil
	}
	runtime, err := a.runtime()
	if err != nil || runtime == nil {
		return err
	}
	for _, at := range slices.Sorted(maps.Keys(byPackage)) {
		var others []string
		for _, file := range byPackage[at] {
			fits, err := links(file, runtime)
			if err != nil {
				return err
			}
			if !fits {
				others = append(others, file)
			}
		}
		if len(others) == len(byPackage[at]) {
			continue // the proof tells what none of them finds
		}
		for _, file := range others {
			if err := os.Remove(file); err != nil {
				return fmt.Errorf("cannot remove a native module for another Node.js: %w", err)
			}
		}
	}
	return nil
}

// packageFolder is the folder of the package that a file below some node_modules is of.
func packageFolder(file string) string {
	for at := filepath.Dir(file); at != filepath.Dir(at); at = filepath.Dir(at) {
		if isPackage(filepath.Join(at, "package.json")) {
			return at
		}
	}
	return filepath.Dir(file)
}

// runtime is the program of the build's Node.js, or nil where the app runs on another runtime.
func (a *app) runtime() (*closure.Object, error) {
	i := slices.IndexFunc(a.engines, func(e engine) bool { return e.name == "node" })
	if i < 0 {
		return nil, nil
	}
	return readELF(filepath.Join(a.engines[i].layer.Path, "bin", "node"), closure.WithSymbols)
}

// readELF reads a program or library; nil for a file that is none or that no loader could read.
func readELF(name string, options ...closure.Option) (*closure.Object, error) {
	f, err := language.OpenFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	defer f.Close()
	o, err := packages.ReadELF(f, options...)
	if err != nil {
		return nil, nil // the proof tells what is wrong with it
	}
	return o, nil
}

// links tells whether the runtime has all that a native module wants of it.
func links(file string, runtime *closure.Object) (bool, error) {
	o, err := readELF(file, closure.WithSymbols)
	if err != nil || o == nil {
		return true, err
	}
	return !slices.ContainsFunc(o.Undefined, func(s closure.Symbol) bool {
		return !s.Weak && !runtime.HasSymbol(s.Name, s.Version) && slices.ContainsFunc(ofRuntime, func(begin string) bool { return strings.HasPrefix(s.Name, begin) })
	}), nil
}
