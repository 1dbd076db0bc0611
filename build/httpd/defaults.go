package httpd

import (
	"path"
	"slices"
	"strings"
)

// defaults are the lines for what the configuration leaves to the server: where Debian has the types of files, and how browsers
// tell files apart. All files of images have one time, and would be the same to a browser for ever. What comes from a server
// behind this one stays.
func (p *adapting) defaults(lines []string) []string {
	says := func(text string) bool {
		return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(strings.ToLower(line), text) })
	}
	var made []string
	if slices.Contains(p.modules, "mod_mime.so") && !says("typesconfig ") {
		made = append(made, "TypesConfig /etc/mime.types")
	}
	if !says("fileetag") {
		made = append(made, "FileETag Digest")
	}
	if !says("last-modified") {
		made = append(made, p.load("headers")...)
		made = append(made, `Header unset Last-Modified "expr=! %{HANDLER} =~ /^proxy/"`)
	}
	return made
}

// load are the lines that load a module of Debian's, none where it is loaded.
func (p *adapting) load(name string) []string {
	file := "mod_" + name + ".so"
	if slices.Contains(p.modules, file) {
		return nil
	}
	p.modules = append(p.modules, file)
	return []string{"LoadModule " + name + "_module " + path.Join(modulesDir, file)}
}
