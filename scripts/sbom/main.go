// Sbom writes the SBOMs of a Go program, as CycloneDX, SPDX and Syft JSON, from what the linker recorded in it: Go's own
// version and the modules. The lifecycle looks for those of itself and of the launcher beside its programs, as
// /cnb/lifecycle/launcher.sbom.cdx.json, and puts the launcher's into every image.
//
//	sbom -o DIR/launcher PROGRAM
//
// Equal programs have equal documents.
package main

import (
	"debug/buildinfo"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/sbom"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	f := flag.NewFlagSet("sbom", flag.ContinueOnError)
	out := f.String("o", "", "what the documents are called, without .sbom.cdx.json and the like")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *out == "" || f.NArg() != 1 {
		return errors.New("cannot start: -o and one program are needed")
	}
	info, err := buildinfo.ReadFile(f.Arg(0))
	if err != nil {
		return fmt.Errorf("cannot read the modules of %s: %w", f.Arg(0), err)
	}
	return write(*out, sbom.SBOM{Name: filepath.Base(*out), Components: components(info)})
}

// components lists the modules of a program, its own where it has a version, sorted by their package URLs.
func components(info *buildinfo.BuildInfo) []sbom.Component {
	all := []sbom.Component{component("stdlib", strings.TrimPrefix(info.GoVersion, "go"))}
	modules := info.Deps
	if strings.HasPrefix(info.Main.Version, "v") { // not "(devel)"
		modules = append(modules, &info.Main)
	}
	for _, m := range modules {
		if m.Replace != nil {
			m = m.Replace
		}
		all = append(all, component(m.Path, m.Version))
	}
	slices.SortFunc(all, func(a, b sbom.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all
}

func component(path, version string) sbom.Component {
	return sbom.Component{Name: path, Version: version, PURL: "pkg:golang/" + path + "@" + version}
}

func write(name string, doc sbom.SBOM) error {
	for _, form := range []struct {
		extension string
		encode    func() ([]byte, error)
	}{{".sbom.cdx.json", doc.CycloneDX}, {".sbom.spdx.json", doc.SPDX}, {".sbom.syft.json", doc.Syft}} {
		text, err := form.encode()
		if err != nil {
			return err
		}
		if err := os.WriteFile(name+form.extension, text, 0o644); err != nil {
			return fmt.Errorf("cannot write SBOM: %w", err)
		}
	}
	return nil
}
