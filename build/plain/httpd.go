package plain

import (
	"fmt"
	"os"
	"path/filepath"

	"whittle.dev/whittle/build/httpd"
	"whittle.dev/whittle/build/language"
)

// layerHTTPD holds the prepared configuration of Apache's server.
const layerHTTPD = "httpd"

// httpd prepares a configuration of Apache's server, and returns the command that serves by it.
func (a *app) httpd(name string) (string, error) {
	p, err := httpd.Adapt(httpd.Source{Files: a.Files, Dir: a.Dir, Name: name})
	if err != nil {
		return "", &language.Problem{What: err.Error(), Next: "Correct it; apachectl configtest says more, where Apache's server is installed.", Err: err}
	}
	a.Log.Line("%s: prepared for a read-only root and another user than root", name)
	for _, change := range p.Changed {
		a.Log.Line("  %s", change)
	}
	a.notes = append(a.notes, language.PortNotes("Apache's server", "Listen", p.Ports)...)
	layer, err := a.Layer(layerHTTPD)
	if err == nil {
		layer, err = a.Reset(layer)
	}
	if err != nil {
		return "", err
	}
	file := filepath.Join(layer.Path, "httpd.conf")
	if err := os.WriteFile(file, []byte(p.Text), 0o644); err != nil {
		return "", fmt.Errorf("cannot write the server's configuration: %w", err)
	}
	layer.Launch = true
	a.Keep(layer, "httpd")
	a.slices, a.omit = append(a.slices, httpd.Slices(name)...), append(a.omit, httpd.Omitted(p.Modules)...)
	return httpd.Line(file), nil
}
