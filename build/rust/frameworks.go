package rust

import (
	"regexp"

	"whittle.dev/whittle/build/language"
)

// framework is a crate whose server listens on the loopback address or on a port of its own, unless it is told otherwise.
type framework struct {
	crate string
	port  string            // in front of the command: what tells it the port of PORT
	args  string            // after the command
	vars  map[string]string // launch defaults
}

var frameworks = []framework{
	{crate: "rocket", port: "ROCKET_PORT=${ROCKET_PORT:-" + language.Port + "}", vars: map[string]string{"ROCKET_ADDRESS": language.OnAll, "ROCKET_PORT": "8080"}},
	{crate: "leptos_axum", port: "LEPTOS_SITE_ADDR=${LEPTOS_SITE_ADDR:-0.0.0.0:" + language.Port + "}"},
	{crate: "leptos_actix", port: "LEPTOS_SITE_ADDR=${LEPTOS_SITE_ADDR:-0.0.0.0:" + language.Port + "}"},
	{crate: "dioxus-server", port: "PORT=" + language.Port, vars: map[string]string{"IP": language.OnAll, "PORT": "8080"}},
	{crate: "loco-rs", port: "LOCO_ENV=${LOCO_ENV:-production}", args: "start --binding 0.0.0.0 --port " + language.Port},
}

// listens names the frameworks that a package is made of.
func listens(meta *metadata, p *crate) []string {
	var all []string
	for _, f := range frameworks {
		if meta.mentions(p.ID, f.crate) {
			all = append(all, f.crate)
		}
	}
	return all
}

func named(crate string) framework {
	for _, f := range frameworks {
		if f.crate == crate {
			return f
		}
	}
	return framework{}
}

// startWords are what stands before and after the command of a program of some frameworks; nothing where there is none.
func startWords(crates []string) []string {
	if len(crates) == 0 {
		return nil
	}
	f := named(crates[0])
	words := []string{f.port}
	if f.args != "" {
		words = append(words, f.args)
	}
	return words
}

// variables are the launch defaults: those of the frameworks, and PORT where a source takes it.
func (m *made) variables(readsPort bool) map[string]string {
	vars := map[string]string{}
	for _, p := range m.Programs {
		for _, crate := range p.Listens {
			for name, value := range named(crate).vars {
				vars[name] = value
			}
		}
	}
	if readsPort {
		vars["PORT"] = "8080"
	}
	return vars
}

var (
	loopback = regexp.MustCompile(`"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+|:\{[^}]*\})?"|[\[(]127, ?0, ?0, ?1[\])]|Ipv[46]Addr::LOCALHOST`)
	binds    = regexp.MustCompile(`\bbind|\blisten|Listener::|SocketAddr|\bserve\(|\w*[sS]erver\b|\brun\(|\baddr(?:ess)?\b`)
)

// onAll is an address of all interfaces as far as its port.
const onAll = `(?:\[0, ?0, ?0, ?0\],\s*|\(0, ?0, ?0, ?0\)\)*,\s*|"0\.0\.0\.0",\s*|"0\.0\.0\.0:|"\[::\]:)`

// listensOn is how a server of Rust is told its port, in an address of all interfaces, or in Rocket's own words, which go before its variables.
var listensOn = regexp.MustCompile(`(?:\b(?:\w*(?:bind|listen|serve|start)\w*|run|from|http|new|builder|howl|interface)\([^)]*?` + onAll + `|\baddr(?:ess)?\b[^"]*=\s*` + onAll + `|\bUNSPECIFIED\)?,\s*|\bmerge\(\("port",\s*|\bConfig\s*\{(?:[^}]*[\s,])?port:\s*)(\w+)`)

// serving is how sources in Rust tell where their servers listen.
var serving = language.Serving{
	Endings:  []string{".rs"},
	Loopback: func(line string) bool { return loopback.MatchString(line) && binds.MatchString(line) },
	Port:     listensOn,
	Tests:    "#[cfg(test)]",
}
