package rust

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// Apps for browsers, or a part of them, are compiled to WebAssembly by tools of their own. By cargo alone such an app becomes a program
// that ends at once, since what it does is left out of it or needs a browser.

// forBrowsers refuses an app that one of these tools makes, unless the user says to cargo what to build, or names what runs.
func (c *cargo) forBrowsers() error {
	if c.Setting("BP_CARGO_INSTALL_ARGS") != "" || len(c.Processes) > 0 {
		return nil
	}
	m, err := readFeatures(c.Files)
	if err != nil || !m.isPackage {
		return nil // cargo tells it
	}
	const none = ", and the build has no compiler for WebAssembly"
	switch evidence := trunk(c.Files); {
	case m.leavesOut(m.bin):
		return &language.Problem{
			What:     "the app is made by cargo-leptos" + none,
			Evidence: []string{fmt.Sprintf("Cargo.toml: bin-features = %q, which cargo itself leaves out: the program would do nothing", m.bin)},
			Next: "Run cargo leptos build --release before, and give a folder with the program and target/site to the build; or have its server alone, without scripts in its pages: BP_CARGO_INSTALL_ARGS=\"--no-default-features --features=" +
				strings.Join(m.bin, ",") + "\".",
		}
	case len(m.bin) > 0:
		c.Log.Warn("the app is made by cargo-leptos%s: its pages come without the scripts that it would make", none)
	case evidence != "":
		return &language.Problem{
			What: "the app is pages for browsers, which Trunk makes" + none, Evidence: []string{evidence},
			Next: "Run trunk build --release before, and give the folder dist alone to the build: it is served as it is.",
		}
	case language.IsFile(c.Files, "Dioxus.toml") && m.leavesOut([]string{"server"}):
		return &language.Problem{
			What: "the app is made by Dioxus's dx" + none, Evidence: []string{"Dioxus.toml is there, and no default feature of Cargo.toml is server"},
			Next: "Run dx build --release before, and give what it makes to the build: a program in a folder is an app, and pages alone are served.",
		}
	}
	return nil
}

// trunk is what shows that Trunk makes the app's pages; empty for nothing.
func trunk(files fs.FS) string {
	if language.IsFile(files, "Trunk.toml") {
		return "Trunk.toml is there"
	}
	page, ok, err := language.ReadText(files, "index.html")
	if err == nil && ok && strings.Contains(page, "data-trunk") {
		return "index.html has data-trunk"
	}
	return ""
}

// features are those of a manifest, and those that cargo-leptos builds the program with.
type features struct {
	isPackage bool
	all       map[string][]string
	bin       []string
}

// readFeatures reads what Cargo.toml says of features.
func readFeatures(files fs.FS) (features, error) {
	var manifest struct {
		Package *struct {
			Metadata struct {
				Leptos struct {
					BinFeatures []string `toml:"bin-features"`
				}
			}
		}
		Features map[string][]string
	}
	if err := readTOML(files, "Cargo.toml", &manifest); err != nil || manifest.Package == nil {
		return features{}, err
	}
	return features{isPackage: true, all: manifest.Features, bin: manifest.Package.Metadata.Leptos.BinFeatures}, nil
}

// leavesOut tells whether cargo by itself builds the app without one of some features.
func (f features) leavesOut(wanted []string) bool {
	on := []string{"default"}
	for i := 0; i < len(on); i++ {
		for _, more := range f.all[on[i]] {
			if !slices.Contains(on, more) {
				on = append(on, more)
			}
		}
	}
	return slices.ContainsFunc(wanted, func(name string) bool { return !slices.Contains(on, name) })
}
