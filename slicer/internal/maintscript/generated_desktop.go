package maintscript

import (
	"maps"
	"path"
	"slices"

	"whittle.dev/whittle/internal/compiled"
)

const (
	schemaDir = "usr/share/glib-2.0/schemas"
	mimeDir   = "usr/share/mime"
)

// schemas compiles the schemas of GSettings, without which a program that has settings aborts.
func (m maker) schemas() error {
	from, files, err := m.files(schemaDir, ".xml", ".gschema.override")
	if err != nil {
		return err
	}
	data, ignored := compiled.Schemas(files)
	m.leave(schemaDir+"/gschemas.compiled", ignored)
	if data != nil {
		m.put(schemaDir+"/gschemas.compiled", data, from...)
	}
	return nil
}

// gioModules lists which extension points the modules of GIO and GTK 4 implement, so that GLib loads those that it
// needs.
func (m maker) gioModules() error {
	lib := "usr/lib/" + m.Triplet
	for _, dir := range []string{lib + "/gio/modules", lib + "/gtk-4.0/4.0.0/immodules", lib + "/gtk-4.0/4.0.0/media", lib + "/gtk-4.0/4.0.0/printbackends"} {
		from, files, err := m.files(dir, ".so")
		if err != nil {
			return err
		}
		if data := compiled.GIOModules(files); data != nil {
			m.put(dir+"/giomodule.cache", data, from...)
		}
	}
	return nil
}

// pixbufLoaders lists what the image loaders of gdk-pixbuf read. Without the list it reads PNG, JPEG and whatever else is
// built into it, and nothing by loaders.
func (m maker) pixbufLoaders() error {
	dir := "usr/lib/" + m.Triplet + "/gdk-pixbuf-2.0/2.10.0"
	from, files, err := m.files(dir+"/loaders", ".so")
	if err != nil {
		return err
	}
	data, ignored := compiled.PixbufLoaders("/"+dir+"/loaders/", files)
	m.leave(dir+"/loaders.cache", ignored)
	if data != nil {
		m.put(dir+"/loaders.cache", data, from...)
	}
	return nil
}

// graphviz lists what the plugins of Graphviz can do; without the list it knows no format and no layout.
func (m maker) graphviz() error {
	dir := "usr/lib/" + m.Triplet + "/graphviz"
	from, files, err := m.files(dir, ".so.6")
	if err != nil {
		return err
	}
	data, ignored := compiled.Graphviz(files)
	m.leave(dir+"/config6a", ignored)
	if data != nil {
		m.put(dir+"/config6a", data, from...)
	}
	return nil
}

// mime makes the shared MIME database, by which GLib, Qt and others tell the types of files. As on Debian there is none
// without the types of shared-mime-info itself, whatever other packages add to them.
func (m maker) mime() error {
	base := m.ByPath[mimeDir+"/packages/freedesktop.org.xml"]
	if base == nil {
		return nil
	}
	_, files, err := m.files(mimeDir+"/packages", ".xml")
	if err != nil {
		return err
	}
	made, ignored := compiled.MIME(files)
	m.leave(mimeDir+"/mime.cache", ignored)
	for _, at := range slices.Sorted(maps.Keys(made)) {
		m.put(path.Join(mimeDir, at), made[at], base)
	}
	return nil
}
