package plain

import (
	"io/fs"
	"slices"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// dotnet is what the file NAME.runtimeconfig.json beside a program of .NET says of it.
type dotnet struct {
	missing  string // the framework that it wants to find on the machine: "Microsoft.NETCore.App 8.0.10"
	included bool   // its frameworks lie beside it, with programs of theirs
	web      bool   // it is an app of ASP.NET
}

// framework is one of those that a runtimeconfig.json names.
type framework struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

const aspNET = "Microsoft.AspNetCore.App"

// readDotnet reads the file beside a program; nothing where there is none.
func readDotnet(files fs.FS, program string) (d dotnet) {
	text, ok, err := language.ReadText(files, program+".runtimeconfig.json")
	if err != nil || !ok {
		return d
	}
	var file struct {
		Options struct {
			Framework  framework   `json:"framework"`
			Frameworks []framework `json:"frameworks"`
			Included   []framework `json:"includedFrameworks"`
		} `json:"runtimeOptions"`
	}
	if document.JSON([]byte(text), &file) != nil {
		return d // .NET tells it
	}
	o := file.Options
	wanted := slices.DeleteFunc(append([]framework{o.Framework}, o.Frameworks...), func(f framework) bool { return f.Name == "" })
	d.included = len(o.Included) > 0
	d.web = slices.ContainsFunc(append(wanted, o.Included...), func(f framework) bool { return f.Name == aspNET })
	if len(wanted) > 0 && !d.included {
		d.missing = wanted[0].Name + " " + wanted[0].Version
	}
	return d
}

// start is how the program is started: one of ASP.NET on all addresses and the platform's port, where nobody says otherwise; by itself it
// listens on the loopback address.
func (p program) start(file string) language.Process {
	made := language.Process{Type: "web", Command: []string{file}, Why: p.name}
	if p.dotnet.web {
		made.Line, made.Command = "ASPNETCORE_URLS=${ASPNETCORE_URLS:-http://0.0.0.0:"+language.Port+"} "+command.Text(file).String(), nil
	}
	return made
}
