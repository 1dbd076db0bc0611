package build

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/project"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
)

// TestLibrariesOpenedByNameAreToldOnce: what the app opens and the image lacks is listed with the line that mends it; what
// the standard library or another package would like is not the user's business.
func TestLibrariesOpenedByNameAreToldOnce(t *testing.T) {
	var text bytes.Buffer
	installed, archive := newMemory("installed"), newMemory("archive")
	installed.add(packages.Package{Name: "libmagic1t64"})
	archive.add(packages.Package{Name: "libvips42t64"})
	archive.add(packages.Package{Name: "libvips37"})
	b := &builder{sources: sources{installed: installed, archive: archive, opened: opened{archive}}, log: language.NewLog(&text, languagetest.Noon)}
	b.project = project.Project{Settings: project.Settings{Libraries: []project.Setting{{Name: "libx.so.1", By: "project.toml"}}}}
	b.WorkingDir = "/workspace"
	b.contract.Floor = &contract.Floor{Libraries: []contract.FloorLibrary{{Soname: "libc.so.6"}}}
	s := &slicer.Selection{}
	s.Files = []manifest.File{{Path: "usr/lib/x86_64-linux-gnu/libcurl.so.4", Layer: contract.LayerLibs}}
	s.Omitted = []manifest.Omission{
		{Name: "libcurl.so.*", By: "/workspace/app.rb"},
		{Name: "libmagic.so.*", By: "/workspace/app.rb"},
		{Name: "libvips.so", By: "/layers/w/packages/lib/vips.rb"},
		{Name: "libvips.so", By: "/workspace/app.rb"},
		{Name: "libzbar.so.0", By: "/workspace/app.rb"},
		{Name: "libnone.so", By: "/workspace/app.rb"},
		{Name: "libodd2.so.*", By: "/workspace/app.rb"},
		{Name: "libcrypt.so", By: "/layers/w/python/usr/lib/python3.13/ctypes/util.py"},
		{Name: "gvfs", By: "/workspace/app.rb"},
		{Name: "libpython.so", By: "/workspace/app.py"},
	}
	a := language.Artifacts{Roots: []string{"/layers/w/packages"}, Opens: []language.Opened{
		{Names: []string{"libmagic.so"}, By: "magic/loader.py"},
		{Names: []string{"libmagic.so"}, By: "magic/loader.py"},
		{Names: []string{"libodd.so", "libgobject-2.0.so"}, By: "ffi.py"}, // its package is called otherwise
		{Names: []string{"libkernel32.so"}, By: "windows.py"},             // another platform's
		{Names: []string{"libc.so"}, By: "app.py"},                        // the run image has it
		{Names: []string{"libcurl.so"}, By: "app.py"},
		{Names: []string{"libcurl.so.4"}, By: "a.B of app.jar", Path: "/usr/lib/x86_64-linux-gnu/libcurl.so.4", Whole: true},
	}}
	b.tellHints(t.Context(), s, a)
	want := `  ! a.B of app.jar opens /usr/lib/x86_64-linux-gnu/libcurl.so.4, which the image has not at that path: opened as libcurl.so.4, it is found
  libraries that the app opens by name and the image lacks:
    libgobject-2.0.so.0            ffi.py
    libmagic.so.1                  app.rb, magic/loader.py
    libnone.so                     app.rb
    libodd2.so.*                   app.rb
    libvips.so.42                  lib/vips.rb, app.rb
    libzbar.so.0                   app.rb
  if it needs them: in project.toml, under [dev.whittle.run]: libraries = ["libx.so.1", "libgobject-2.0.so.0", "libmagic.so.1", "libvips.so.42", "libzbar.so.0"]
  what has them: whittle find 'libnone.so'; whittle find 'libodd2.so.*'
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
	text.Reset()
	b.tellHints(t.Context(), &slicer.Selection{}, language.Artifacts{})
	if text.Len() > 0 {
		t.Errorf("without a hint: %s", text.String())
	}
}

// opened is a source as an archive that was opened.
type opened struct{ packages.Source }

func (opened) Snapshots() []manifest.Snapshot { return nil }

func (opened) WriteBundle(context.Context, io.Writer, []byte) error { return nil }

// TestShellsAreTold names the files that run commands by a shell where the image has none, with the line that mends it.
func TestShellsAreTold(t *testing.T) {
	const want = "  server.js runs commands by a shell, and the image has none; if it needs them: in project.toml, under [dev.whittle.run]: slices = [\"curl\", \"dash_bins\"]\n"
	for _, row := range []struct {
		name  string
		floor []string
		files []string
		want  string
	}{
		{"no shell", nil, []string{"server.js"}, want},
		{"a shell of the run image", []string{"bin/sh"}, []string{"server.js"}, ""},
		{"nothing asks for one", nil, nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var text bytes.Buffer
			b := &builder{log: language.NewLog(&text, languagetest.Noon)}
			b.WorkingDir, b.dir = "/workspace", "/workspace"
			b.project = project.Project{Settings: project.Settings{Slices: []project.Setting{{Name: "curl", By: "project.toml"}}}}
			b.contract.Floor = &contract.Floor{Files: row.floor}
			b.tellShell(&slicer.Selection{}, language.Artifacts{Shell: row.files})
			if diff := cmp.Diff(row.want, text.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFoldersThatMayBeWrittenToAreTold names the folders that nobody has opened, with the line that does.
func TestFoldersThatMayBeWrittenToAreTold(t *testing.T) {
	const told = "  folders that the app seems to write to, and that nobody can write to in the image: data, uploads; if it does: in project.toml, under [dev.whittle.run]: writable = [\"data\", \"uploads\"]\n"
	for _, row := range []struct {
		name      string
		may       []string
		framework []string
		said      []project.Setting
		want      string
	}{
		{"nobody named them", []string{"data", "uploads"}, []string{"log"}, nil, told},
		{"one is named in the file", []string{"data", "uploads"}, nil, []project.Setting{{Name: "data", By: "project.toml"}}, strings.Replace(told, "data, uploads;", "uploads;", 1)},
		{"one is the framework's, one is named", []string{"storage/files", "uploads"}, []string{"storage"}, []project.Setting{{Name: "./uploads/", By: "BP_WHITTLE_WRITABLE"}}, ""},
		{"all is open", []string{"data"}, nil, []project.Setting{{Name: ".", By: "BP_WHITTLE_WRITABLE"}}, ""},
		{"nothing is written", nil, nil, nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var text bytes.Buffer
			b := &builder{log: language.NewLog(&text, languagetest.Noon)}
			b.project = project.Project{Settings: project.Settings{Writable: row.said}}
			b.tellWritten(language.Artifacts{MayWrite: row.may, Writable: row.framework})
			if diff := cmp.Diff(row.want, text.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
