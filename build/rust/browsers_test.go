package rust

import (
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestWhatIsForBrowsers: an app of which a tool makes WebAssembly is refused before cargo runs, unless the user says what to build or
// what runs, or cargo by itself builds its server.
func TestWhatIsForBrowsers(t *testing.T) {
	const leptos = "[package.metadata.leptos]\nbin-features = [\"ssr\"]\n"
	for _, row := range []struct{ name, manifest, file, args, procfile, err string }{
		{name: "Trunk", file: "Trunk.toml", err: "which Trunk makes"},
		{name: "Trunk, and what to build", file: "Trunk.toml", args: "--bin=shop"},
		{name: "Trunk, and what runs", file: "Trunk.toml", procfile: "shop"},
		{name: "a page of the app's own", file: "index.html"},
		{name: "cargo-leptos", manifest: "[features]\nssr = []\n" + leptos, err: "--features=ssr"},
		{name: "cargo-leptos, whose server is built by default", manifest: "[features]\ndefault = [\"server\"]\nserver = [\"ssr\"]\nssr = []\n" + leptos},
		{name: "cargo-leptos, without features", manifest: "[package.metadata.leptos]\nsite-root = \"site\"\n"},
		{name: "Dioxus", file: "Dioxus.toml", err: "dx build --release"},
		{name: "Dioxus, whose server is built by default", manifest: "[features]\ndefault = [\"server\"]\nserver = []\n", file: "Dioxus.toml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := map[string]string{"Cargo.toml": "[package]\nname = \"shop\"\n" + row.manifest, "Cargo.lock": lockText}
			if row.file != "" {
				files[row.file] = "<html>"
			}
			s := shop(t, &fake{packages: []string{"shop 0.1.0 bin=shop in=."}}, files)
			if row.args != "" {
				s.Env["BP_CARGO_INSTALL_ARGS"] = row.args
			}
			if row.procfile != "" {
				s.Processes = []language.Process{{Type: "web", Line: row.procfile}}
			}
			_, err := compile(t.Context(), s)
			languagetest.Has(t, err, row.err)
		})
	}
}
