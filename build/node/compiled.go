package node

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// stood are files that may be what the build makes, as they were before it: before what an installation runs, too.
type stood map[string]fs.FileInfo

// standing looks at the files that the build may make of the one that starts, or by a common name.
func (a *app) standing() stood {
	all := stood{}
	for _, name := range append(a.builtFiles(), a.compiledFiles(a.startFile())...) {
		if info, err := os.Stat(a.at(name)); err == nil {
			all[name] = info
		}
	}
	return all
}

// made tells whether the build wrote a file. One that lay there before, and is as it was, may be left from an earlier build, or be
// another part of the app.
func (a *app) made(name string) bool {
	info, err := os.Stat(a.at(name))
	before, there := a.stood[name]
	return err == nil && !(there && info.Size() == before.Size() && info.ModTime().Equal(before.ModTime()))
}

// builtFile is a file of a common name that the build made, or else one that was there.
func (a *app) builtFile() string {
	all := a.builtFiles()
	for _, is := range []func(string) bool{a.made, a.has} {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i]
		}
	}
	return ""
}

// builtFiles are the names of such files, the likeliest first.
func (a *app) builtFiles() []string {
	var all []string
	for _, dir := range []string{"", "dist", "build", "out", "lib", "dist/src"} {
		for _, f := range startFiles {
			if !strings.HasSuffix(f, "ts") {
				all = append(all, path.Join(dir, f))
			}
		}
	}
	return all
}

// compiled is what the build made of a file of TypeScript's, in one of the usual folders, or what there is in the compiler's output
// folder, which it may have found up to date; the file itself where there is none. Types that the runtime strips are not all that a
// compiler understands.
func (a *app) compiled(file string) string {
	said := a.compilerOutput()
	for _, name := range a.compiledFiles(file) {
		if a.made(name) || said != "" && strings.HasPrefix(name, said+"/") && a.has(name) {
			return name
		}
	}
	return file
}

// compiledFiles are what compilers may make of a file of TypeScript's, the likeliest first.
func (a *app) compiledFiles(file string) []string {
	ext := path.Ext(file)
	js, ok := map[string]string{".ts": ".js", ".mts": ".mjs", ".cts": ".cjs"}[ext]
	if !ok {
		return nil
	}
	name := strings.TrimSuffix(file, ext) + js
	var all []string
	for _, dir := range a.compilerOutputs() {
		all = append(all, path.Join(dir, strings.TrimPrefix(name, "src/")), path.Join(dir, name))
	}
	return all
}

// compilerOutputs are the folders where compilers put what they make: the one that is configured, and the usual ones.
func (a *app) compilerOutputs() []string {
	all := []string{"dist", "build", "out", "lib"}
	if said := a.compilerOutput(); said != "" {
		all = append([]string{said}, all...)
	}
	return all
}

// compilerOutput is the folder that the compiler of TypeScript is configured to write into, or an empty text.
func (a *app) compilerOutput() string {
	said := path.Clean(a.configValue(`"outDir"\s*:\s*"([\w./-]+)"`, "tsconfig.json", "tsconfig.build.json"))
	if said == "." || !filepath.IsLocal(said) {
		return ""
	}
	return said
}
