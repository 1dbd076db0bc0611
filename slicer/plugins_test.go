package slicer_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
	"whittle.dev/whittle/slicer/tree"
	"whittle.dev/whittle/slicer/verify"
)

// fabric is an archive that has libraries for plugins.
const fabric = `
-- deb/libfabric1_1/usr/lib/x86_64-linux-gnu/libfabric.so.1 --
elf soname=libfabric.so.1 needs=libc.so.6,libllvm.so.17
-- deb/libllvm17_1/usr/lib/x86_64-linux-gnu/libllvm.so.17 --
elf soname=libllvm.so.17 needs=libc.so.6
-- deb/libc6_2/usr/lib/x86_64-linux-gnu/libc.so.6 --
elf soname=libc.so.6
`

// objectsOf are the ELF files of an app, by their paths and as slicertest.ELFOf has them.
func objectsOf(app map[string]string) []slicer.Object {
	var all []slicer.Object
	for _, at := range slices.Sorted(maps.Keys(app)) {
		data := slicertest.ELFOf(strings.Fields(app[at])...).Bytes()
		all = append(all, slicer.Object{Path: at, Open: func() (packages.ReaderAtCloser, error) { return packages.InMemory(data), nil }})
	}
	return all
}

// TestPluginsAreLeftAlone has libraries of an app's packages that others beside them open by name, and that need a library which the
// archive has with much behind it. They bring nothing, are listed, and the proof passes them over as well. It is no plugin what
// nobody names, what the app itself has, what others are linked with, what needs only usual libraries, and what the user
// lists the library for.
func TestPluginsAreLeftAlone(t *testing.T) {
	const host, plugin = "soname=libhost.so.3 needs=libc.so.6 strings=transport_fabric.so.%d", "soname=transport_fabric.so.3 needs=libfabric.so.1,libc.so.6"
	const at = "/venv/lib/python3.13/site-packages/host/lib/"
	for _, row := range []struct {
		name    string
		app     map[string]string
		listed  string
		brought bool
	}{
		{name: "a plugin", app: map[string]string{at + "libhost.so.3": host, at + "transport_fabric.so.3": plugin}},
		{name: "a plugin of Node.js", app: map[string]string{"/app/node_modules/host/libhost.so.3": host, "/app/node_modules/host/transport_fabric.so.3": plugin}},
		{name: "a name in parts", app: map[string]string{at + "libhost.so.3": "soname=libhost.so.3 needs=libc.so.6 strings=transport,none|fabric|tcp", at + "transport_fabric.so.3": plugin}},
		{name: "a part of its name is missing", brought: true, app: map[string]string{at + "libhost.so.3": "soname=libhost.so.3 needs=libc.so.6 strings=transport", at + "transport_fabric.so.3": plugin}},
		{name: "a library for the linker has no parts", brought: true, app: map[string]string{
			at + "libhost.so.3": "soname=libhost.so.3 needs=libc.so.6 strings=libtransport,fabric", at + "libtransport_fabric.so.3": plugin,
		}},
		{name: "nobody names it", brought: true, app: map[string]string{at + "libhost.so.3": "soname=libhost.so.3 needs=libc.so.6", at + "transport_fabric.so.3": plugin}},
		{name: "only a copy of it has its name", brought: true, app: map[string]string{at + "transport_fabric.so": plugin, at + "transport_fabric.so.3": plugin}},
		{name: "it is in another folder", brought: true, app: map[string]string{at + "libhost.so.3": host, at + "plugins/transport_fabric.so.3": plugin}},
		{name: "the app's own", brought: true, app: map[string]string{"/app/libhost.so.3": host, "/app/transport_fabric.so.3": plugin}},
		{name: "another is linked with it", brought: true, app: map[string]string{at + "libhost.so.3": host, at + "user.so": "needs=transport_fabric.so.3", at + "transport_fabric.so.3": plugin}},
		{name: "a program", brought: true, app: map[string]string{at + "libhost.so.3": host, at + "transport_fabric.so.3": plugin + " exec"}},
		{name: "the user lists the library", listed: "libfabric.so.1", brought: true, app: map[string]string{at + "libhost.so.3": host, at + "transport_fabric.so.3": plugin}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := wantOf(t, fabric)
			w.Objects = objectsOf(row.app)
			if row.listed != "" {
				w.Sonames = []slicer.Named{{Name: row.listed, By: "project.toml"}}
			}
			s := selectAll(t, w)
			brought := slices.ContainsFunc(s.Packages, func(p manifest.Package) bool { return p.Name == "libllvm17" })
			var omitted []string
			for _, o := range s.Omitted {
				if strings.Contains(o.Reason, "plugin") {
					omitted = append(omitted, o.Name+": "+o.Reason)
				}
			}
			want := []string{"libfabric.so.1: only plugins need it, which libhost.so.3 opens where it can"}
			if row.brought {
				want = nil
			}
			if diff := cmp.Diff(want, omitted); brought != row.brought || diff != "" {
				t.Errorf("brought %t, want %t; -want +got of what is omitted:\n%s", brought, row.brought, diff)
			}
			if found, err := verify.Findings(t.Context(), verify.Image{Arch: "amd64", Files: s.Planned(), Objects: w.Objects}); err != nil || len(found) > 0 {
				t.Errorf("the proof says %v, %v", found, err)
			}
		})
	}
}

// TestDriversComeWithTheContainer has programs and modules that need the libraries of NVIDIA's driver: no package is looked for, not
// even one that the archive has, and the proof believes the symbols that may be the driver's, and no others.
func TestDriversComeWithTheContainer(t *testing.T) {
	w := wantOf(t, fabric+`
-- deb/libcuda1_1/usr/lib/x86_64-linux-gnu/libcuda.so.1 --
elf soname=libcuda.so.1
`)
	w.Objects = objectsOf(map[string]string{
		"/app/tool":         "exec needs=libcuda.so.1,libc.so.6 undefined=cuInit",
		"/app/module.so":    "needs=libwrap.so.1,libc.so.6 undefined=cuMemAlloc_v2,other",
		"/app/libwrap.so.1": "soname=libwrap.so.1 needs=libcuda.so.1,libnvidia-ml.so.1",
	})
	w.LibraryPath = []string{"/app"}
	s := selectAll(t, w)
	if slices.ContainsFunc(s.Packages, func(p manifest.Package) bool { return p.Name == "libcuda1" }) {
		t.Error("a package of the driver is in the image")
	}
	var omitted []string
	for _, o := range s.Omitted {
		if strings.HasPrefix(o.By, "/app/") {
			omitted = append(omitted, o.Name+" of "+o.By+": "+o.Reason)
		}
	}
	const why = ": NVIDIA's Container Toolkit brings it when the container starts"
	want := []string{"libcuda.so.1 of /app/libwrap.so.1" + why, "libcuda.so.1 of /app/tool" + why, "libnvidia-ml.so.1 of /app/libwrap.so.1" + why}
	if diff := cmp.Diff(want, omitted); diff != "" {
		t.Errorf("-want +got of what is omitted:\n%s", diff)
	}
	r, err := verify.Check(t.Context(), verify.Image{Arch: "amd64", Files: s.Planned(), Objects: w.Objects, LibraryPath: w.LibraryPath})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.String())
	}
	for _, n := range r.Notes {
		got = append(got, n.String()+" "+strings.Join(n.Symbols, " "))
	}
	const brings = ", which NVIDIA's Container Toolkit brings when the container starts "
	want = []string{
		"/app/module.so needs symbol other", "/app/libwrap.so.1 needs libcuda.so.1" + brings, "/app/libwrap.so.1 needs libnvidia-ml.so.1" + brings,
		"/app/module.so needs libcuda.so.1" + brings + "cuMemAlloc_v2", "/app/tool needs libcuda.so.1" + brings + "cuInit",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLdconfigFindsTheLayers has an app on a run image that needs a library of the driver, and one that is cut: when the container
// starts, ldconfig makes the loader's cache anew, by what /etc/ld.so.conf says.
func TestLdconfigFindsTheLayers(t *testing.T) {
	for needs, want := range map[string]string{
		"libx.so.1":              "",
		"libx.so.1,libcuda.so.1": "include /etc/ld.so.conf.d/*.conf\n/layers/whittle_whittle/libs/usr/lib/x86_64-linux-gnu\n",
	} {
		w := wantOf(t, `
-- deb/libx1_1/usr/lib/x86_64-linux-gnu/libx.so.1 --
elf soname=libx.so.1
`)
		w.Floor = &contract.Floor{ID: "whittle.debian-13.base", Arch: "amd64", Doors: contract.Doors{
			{Path: "etc/ld.so.conf", Layer: "slices", Target: "etc/ld.so.conf"}, {Path: "etc/ld.so.conf.d", Layer: "slices", Target: "etc/ld.so.conf.d"},
		}}
		w.Objects = objectsOf(map[string]string{"/workspace/tool": "exec needs=" + needs})
		s := selectAll(t, w)
		got := ""
		for _, f := range s.Files {
			if f.Layer == contract.LayerSlices && strings.HasPrefix(f.Path, "etc/ld.so.conf") && f.Kind == tree.File {
				got += bodyOf(t, s, f.Layer, f.Path)
			}
		}
		if got != want {
			t.Errorf("an app that needs %s: ldconfig is told %q, want %q", needs, got, want)
		}
	}
}
