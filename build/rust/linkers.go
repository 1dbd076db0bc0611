package rust

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// linkers are programs beside GCC that projects have rustc link with, and the packages that have them.
var linkers = map[string]string{"clang": "clang", "lld": "lld", "mold": "mold"}

// linkerFlag names a linker among rustc's flags: "-Clinker=clang", "link-arg=-fuse-ld=lld".
var linkerFlag = regexp.MustCompile(`(?m)(?:^(?:-C)?linker|-fuse-ld)=(\S+)`)

// linkerPackages are the packages with the linkers that the app's configuration of cargo names for Linux.
func linkerPackages(files fs.FS) []language.BuildPackage {
	file := language.FirstFile(files, ".cargo/config.toml", ".cargo/config")
	text, ok, err := language.ReadText(files, file)
	var config struct {
		Build  struct{ Rustflags flags }
		Target map[string]struct {
			Linker    string
			Rustflags flags
		}
	}
	if file == "" || !ok || err != nil {
		return nil
	}
	if _, err := document.TOML(text, &config); err != nil {
		return nil // told when it is read
	}
	words := config.Build.Rustflags
	for name, t := range config.Target {
		if forLinux(name) {
			words = append(append(words, t.Rustflags...), "linker="+t.Linker)
		}
	}
	named := map[string]bool{}
	for _, m := range linkerFlag.FindAllStringSubmatch(strings.Join(words, "\n"), -1) {
		named[linkers[path.Base(m[1])]] = true
	}
	var all []language.BuildPackage
	for _, name := range []string{"clang", "lld", "mold"} {
		if named[name] {
			all = append(all, language.BuildPackage{Name: name, By: file})
		}
	}
	return all
}

// forLinux tells whether a target of cargo's configuration may be the one that is built for.
func forLinux(target string) bool {
	if strings.HasPrefix(target, "cfg(") {
		return strings.Contains(target, "linux") || strings.Contains(target, "unix") || strings.Contains(target, "all()")
	}
	return strings.HasSuffix(target, "-linux-gnu")
}
