package rust

import (
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestWhatIsForShuttle: a program whose main function is Shuttle's is refused before it is compiled, unless the user names what runs, or it
// has one of its own for other places.
func TestWhatIsForShuttle(t *testing.T) {
	const main = "#[shuttle_runtime::main]\nasync fn main() -> shuttle_axum::ShuttleAxum {}\n"
	for _, row := range []struct{ name, source, packages, procfile, err string }{
		{name: "Shuttle's main function", source: main, err: "nothing but Shuttle's platform can start the program shop"},
		{name: "with another name", source: "#[shuttle_runtime::main(tracing)]\nasync fn axum() {}\n", err: "shop"},
		{name: "and what runs", source: main, procfile: "shop"},
		{name: "and one for other places", source: "#[cfg(feature = \"shuttle\")]\n" + main + "#[cfg(not(feature = \"shuttle\"))]\n#[tokio::main]\nasync fn main() {}\n"},
		{name: "that is not on", source: "#[cfg_attr(feature = \"shuttle\", shuttle_runtime::main)]\nasync fn main() {}\n"},
		{name: "in a comment", source: "// #[shuttle_runtime::main]\nfn main() {}\n"},
		{name: "of another program", source: main, packages: "shop 0.1.0 in=. main=local bin=web"},
	} {
		t.Run(row.name, func(t *testing.T) {
			packages := row.packages
			if packages == "" {
				packages = "shop 0.1.0 in=. main=shop"
			}
			s := shop(t, &fake{packages: []string{packages}}, map[string]string{"Cargo.toml": "", "Cargo.lock": lockText, "src/main.rs": row.source})
			if row.procfile != "" {
				s.Processes = []language.Process{{Type: "web", Line: row.procfile}}
			}
			_, err := compile(t.Context(), s)
			languagetest.Has(t, err, row.err)
		})
	}
}
