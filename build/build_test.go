package build

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/detect"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/manifest"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

const baseID = "whittle.debian-13.base"

// workshop is the file system of a build: root is the build image, layers the buildpack's own.
type workshop struct {
	dir, root, app, layers, temp string
	needs                        string // what the compiled program needs
	languages                    []language.Language
	env                          map[string]string // more of it
	selects                      slicer.Selector
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	dir := t.TempDir()
	w := &workshop{dir: dir, root: dir + "/root", app: dir + "/workspace", layers: dir + "/layers/whittle_whittle", temp: dir + "/tmp", needs: "libgmp.so.10", selects: slicer.Select}
	w.languages = []language.Language{{Language: detect.Language{Name: "go", Files: []string{"go.mod"}}, Compile: w.compile}}
	for _, d := range []string{w.root, w.layers, w.temp} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	lib := "usr/lib/x86_64-linux-gnu/"
	archive := slicertest.Archive{
		Keys: []*slicertest.Key{slicertest.NewKey("test", slicertest.KeyOptions{})},
		Components: map[string][]slicertest.Deb{"main": {{Name: "libgmp10", Version: "6.3.0", Compression: "gz", Files: []slicertest.DebFile{
			{Path: lib + "libgmp.so.10", Link: "libgmp.so.10.5.0"},
			{Path: lib + "libgmp.so.10.5.0", Body: slicertest.ELFOf("soname=libgmp.so.10", "needs=libc.so.6").Bytes()},
			{Path: "usr/share/doc/libgmp10/copyright", Body: []byte("LGPL\n")},
		}}, {Name: "certificates", Version: "1", Compression: "gz", Files: []slicertest.DebFile{
			{Path: "etc/ssl/certs/ca-certificates.crt", Body: []byte("PEM\n")},
		}}}},
	}
	if err := archive.WriteTo(dir + "/archive"); err != nil {
		t.Fatal(err)
	}
	languagetest.Write(t, dir, map[string]string{
		"root/etc/apt/sources.list.d/test.sources":         archive.Sources("file://" + dir + "/archive"),
		"root/usr/share/whittle/run/" + baseID + ".json":   floorText(t, baseID, "libc.so.6"),
		"root/cnb/build-config/env/BP_WHITTLE_RUN.default": baseID,
		"workspace/go.mod":         "module app\n",
		"plan.toml":                "",
		"buildpack/buildpack.toml": "api = \"0.10\"\n[buildpack]\nid = \"whittle/whittle\"\nname = \"Whittle\"\nversion = \"1.2.3\"\n",
	})
	for name, value := range map[string]string{
		"CNB_BP_PLAN_PATH": dir + "/plan.toml", "CNB_BUILDPACK_DIR": dir + "/buildpack", "CNB_LAYERS_DIR": w.layers,
		"CNB_PLATFORM_DIR": dir + "/platform", "CNB_STACK_ID": "", "CNB_TARGET_ARCH": "amd64", "CNB_TARGET_DISTRO_VERSION": "13",
	} {
		t.Setenv(name, value)
	}
	t.Chdir(w.app)
	return w
}

// floorText is the floor of a run image that has some libraries and a door to the loader's cache.
func floorText(t *testing.T, id string, sonames ...string) string {
	t.Helper()
	f := contract.Floor{Schema: contract.FloorSchema, ID: id, Arch: "amd64", Doors: contract.Doors{{Path: "etc/ld.so.cache", Layer: contract.LayerLoader, Target: slicer.LoaderCachePath}}}
	f.Files = append(f.Files, "usr/bin/shout")
	for _, s := range sonames {
		f.Files = append(f.Files, "usr/lib/x86_64-linux-gnu/"+s)
		f.Libraries = append(f.Libraries, contract.FloorLibrary{Soname: s, Path: "/usr/lib/x86_64-linux-gnu/" + s})
	}
	var text bytes.Buffer
	if err := f.Encode(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// compile is a compiler: it makes a program that needs libraries, and half of another layer.
func (w *workshop) compile(_ context.Context, s language.Site) (language.Artifacts, error) {
	layer, err := s.Layer("made")
	if err != nil {
		return language.Artifacts{}, err
	}
	if layer, err = s.Reset(layer); err != nil {
		return language.Artifacts{}, err
	}
	file := filepath.Join(layer.Path, "program")
	if err := os.WriteFile(file, slicertest.ELFOf("exec", "needs="+w.needs+",libc.so.6").Bytes(), 0o755); err != nil {
		return language.Artifacts{}, err
	}
	layer.Launch = true
	s.Keep(layer, "program")
	return language.Artifacts{Roots: []string{layer.Path}, Processes: []language.Process{{Type: "web", Command: []string{file}, Why: "test"}}}, nil
}

// exit keeps the error that packit would exit with.
type exit struct{ err error }

func (f *exit) Error(err error) { f.err = err }

// run builds, with packit writing what the lifecycle reads, and returns the log.
func (w *workshop) run(t *testing.T) (string, error) {
	t.Helper()
	var log bytes.Buffer
	var opened *packages.Archive
	f := &exit{}
	packit.Build(Build(Deps{
		Env: language.With(map[string]string{"BP_WHITTLE_RUN": baseID}, w.env), Log: &log, Now: languagetest.Noon, Root: w.root, Releases: fstest.MapFS{}, Temp: w.temp,
		Select:    w.selects,
		Run:       func(context.Context, language.Command) error { return nil },
		Installed: func(string, string, string) (packages.Source, error) { return newMemory("installed"), nil },
		Archive: func(ctx context.Context, o packages.ArchiveOptions) (a Archive, err error) {
			opened, err = packages.OpenArchive(ctx, o)
			return opened, err
		},
		Languages: w.languages,
	}), packit.WithExitHandler(f))
	if opened != nil {
		if err := opened.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if left := languagetest.Names(t, w.temp); len(left) > 0 {
		t.Errorf("the build leaves %v", left)
	}
	if dirs, err := os.ReadDir(w.temp); err != nil || len(dirs) > 0 {
		t.Errorf("the build leaves %v, %v", dirs, err)
	}
	return log.String(), f.err
}

// layerFile is <layer>.toml as the lifecycle reads it.
type layerFile struct {
	Types    struct{ Launch, Build, Cache bool } `toml:"types"`
	Metadata map[string]string                   `toml:"metadata"`
}

func (w *workshop) layer(t *testing.T, name string) (l layerFile) {
	t.Helper()
	if _, err := toml.DecodeFile(filepath.Join(w.layers, name+".toml"), &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestBuildCutsWhatTheProgramNeeds(t *testing.T) {
	w := newWorkshop(t)
	log, err := w.run(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	var cut []string
	for _, f := range languagetest.Names(t, w.layers+"/libs") {
		if strings.Contains(f, "libgmp.so") {
			cut = append(cut, f)
		}
	}
	if diff := cmp.Diff([]string{"usr/lib/x86_64-linux-gnu/libgmp.so.10", "usr/lib/x86_64-linux-gnu/libgmp.so.10.5.0"}, cut); diff != "" {
		t.Error(diff)
	}
	if cache := languagetest.Read(t, filepath.Join(w.layers, "loader", slicer.LoaderCachePath)); !strings.Contains(cache, contract.LayerPath("libs", "usr/lib/x86_64-linux-gnu/libgmp.so.10")) {
		t.Errorf("the loader's cache does not lead to libgmp")
	}
	m, err := manifest.Read(strings.NewReader(languagetest.Read(t, w.layers+"/manifest/"+manifest.FileName)))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Packages) != 1 || m.Packages[0].Name != "libgmp10" || m.RunImage == nil || m.RunImage.ID != baseID || len(m.Archives) != 1 {
		t.Errorf("manifest has packages %v, run image %v, archives %v", m.Packages, m.RunImage, m.Archives)
	}
	for _, name := range []string{"libs", "loader", "manifest"} {
		l := w.layer(t, name)
		if !l.Types.Launch || l.Types.Build || l.Types.Cache {
			t.Errorf("layer %s is %+v", name, l.Types)
		}
		for key, want := range map[string]string{"key": "1.2.3 amd64 " + baseID + " ", "run-image": baseID, "run-floor": "sha256:", "whittle": "1.2.3", "debian-arch": "amd64"} {
			if !strings.HasPrefix(l.Metadata[key], want) {
				t.Errorf("layer %s has %s=%q", name, key, l.Metadata[key])
			}
		}
	}
	if l := w.layer(t, "archive"); l.Types.Launch || l.Types.Build || !l.Types.Cache {
		t.Errorf("the archive's cache is %+v", l.Types)
	}
	for _, format := range []string{"cdx", "spdx", "syft"} {
		if text := languagetest.Read(t, w.layers+"/libs.sbom."+format+".json"); !strings.Contains(text, "libgmp10") {
			t.Errorf("SBOM %s does not know libgmp10", format)
		}
	}
}

// TestCacheOfBuildsIsBounded fills the cache with a package and a file of earlier builds, which the platform has restored just
// now: they go, and what this build used stays.
func TestCacheOfBuildsIsBounded(t *testing.T) {
	w := newWorkshop(t)
	if log, err := w.run(t); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	used := len(languagetest.Names(t, w.layers+"/archive/unpacked"))
	languagetest.Write(t, w.layers+"/archive", map[string]string{"sha256/ab/abcd": "", "unpacked/files/ab/abcd.644": ""})
	for _, old := range []string{"sha256/ab/abcd", "unpacked/files/ab/abcd.644"} {
		at := filepath.Join(w.layers, "archive", old)
		if err := os.Truncate(at, archiveCacheSize); err != nil { // a hole
			t.Fatal(err)
		}
		if err := os.Chtimes(at, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if log, err := w.run(t); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if language.Exists(filepath.Join(w.layers, "archive/sha256/ab/abcd")) {
		t.Error("a package of an earlier build is still there")
	}
	if left := len(languagetest.Names(t, w.layers+"/archive/unpacked")); left != used {
		t.Errorf("%d unpacked files and records are left, want %d", left, used)
	}
}

func TestBuildWritesProcessesAndLabels(t *testing.T) {
	w := newWorkshop(t)
	if log, err := w.run(t); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	var launch struct {
		Processes []struct {
			Type    string
			Command []string
			Default bool
		}
		Labels []struct{ Key, Value string }
	}
	if _, err := toml.DecodeFile(w.layers+"/launch.toml", &launch); err != nil {
		t.Fatal(err)
	}
	if len(launch.Processes) != 1 || launch.Processes[0].Type != "web" || !launch.Processes[0].Default || launch.Processes[0].Command[0] != w.layers+"/made/program" {
		t.Errorf("processes are %+v", launch.Processes)
	}
	labels := map[string]string{}
	for _, l := range launch.Labels {
		labels[l.Key] = l.Value
	}
	needs, err := contract.ReadNeeds(labels[contract.NeedsLabel])
	if err != nil || needs.RunImage != baseID || needs.Floor != labels["dev.whittle.run-floor"] || len(needs.Libraries) != 1 || needs.Libraries[0].Soname != "libc.so.6" {
		t.Errorf("the label of needs is %s, %v", labels[contract.NeedsLabel], err)
	}
	if labels["dev.whittle.run-image"] != baseID || labels["dev.whittle.version"] != "1.2.3" || labels["dev.whittle.run-floor"] != w.layer(t, "libs").Metadata["run-floor"] {
		t.Errorf("labels are %v", labels)
	}
}

// TestBuildLeavesEqualLayerAlone builds again as the lifecycle restores launch-only layers: metadata and no directory.
// A file in the layer's directory would make the lifecycle export it in place of the whole layer.
func TestBuildLeavesEqualLayerAlone(t *testing.T) {
	w := newWorkshop(t)
	if _, err := w.run(t); err != nil {
		t.Fatal(err)
	}
	first := w.layer(t, "libs")
	record, cache := languagetest.Read(t, w.layers+"/manifest/"+manifest.FileName), languagetest.Read(t, w.layers+"/loader/"+slicer.LoaderCachePath)
	for _, name := range []string{"libs", "loader", "manifest", "made"} {
		var text bytes.Buffer
		if err := toml.NewEncoder(&text).Encode(map[string]any{"metadata": w.layer(t, name).Metadata}); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(w.layers, name)); err != nil {
			t.Fatal(err)
		}
		languagetest.Write(t, w.layers, map[string]string{name + ".toml": text.String()})
	}
	languagetest.Write(t, w.layers, map[string]string{"libs.sbom.cdx.json": "patched"})
	log, err := w.run(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if language.Exists(w.layers + "/libs") {
		t.Errorf("the build wrote %v", languagetest.Names(t, w.layers+"/libs"))
	}
	if diff := cmp.Diff(first, w.layer(t, "libs")); diff != "" {
		t.Error(diff)
	}
	if languagetest.Read(t, w.layers+"/libs.sbom.cdx.json") != "patched" {
		t.Error("the SBOM was written anew")
	}
	if languagetest.Read(t, w.layers+"/manifest/"+manifest.FileName) != record || languagetest.Read(t, w.layers+"/loader/"+slicer.LoaderCachePath) != cache {
		t.Error("manifest or loader's cache differ from those of the first build")
	}
	// Another need is another key: the layer is made anew, and its SBOM with it.
	languagetest.Write(t, w.layers, map[string]string{"libs.toml": "[metadata]\nkey = \"other\"\n"})
	if _, err := w.run(t); err != nil {
		t.Fatal(err)
	}
	if !language.Exists(w.layers+"/libs/usr/lib/x86_64-linux-gnu/libgmp.so.10") || languagetest.Read(t, w.layers+"/libs.sbom.cdx.json") == "patched" {
		t.Error("a layer of another key was left alone")
	}
}

// TestFailedBuildLeavesNothing fails before, while and after layers are written. The archive's cache is whole and stays.
func TestFailedBuildLeavesNothing(t *testing.T) {
	for _, row := range []struct {
		name, needs string
		files       map[string]string
		want        []string
	}{
		{"MissingLibrary", "libnone.so.7", nil, []string{"the image would lack something", "/made/program", "libnone.so.7", "Next: "}},
		{"CommandForAShell", "libgmp.so.10", map[string]string{"workspace/Procfile": "web: a | b\n"}, []string{"web needs a shell", "web: a | b", "position 3"}},
		{"BindingWithoutCertificate", "libgmp.so.10", map[string]string{"platform/bindings/ca/type": "ca-certificates", "platform/bindings/ca/x.pem": "none"}, []string{"binding ca", "x.pem"}},
		{"UnknownSetting", "libgmp.so.10", map[string]string{"workspace/project.toml": "[dev.whittle.run]\nslice = []\n"}, []string{`no key "run.slice"`}},
		{"UnknownSlice", "libgmp.so.10", map[string]string{"workspace/project.toml": "[dev.whittle.run]\nslices = [\"nosuch\"]\n"}, []string{"nosuch", "project.toml"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorkshop(t)
			w.needs = row.needs
			languagetest.Write(t, w.dir, row.files)
			_, err := w.run(t)
			for _, want := range row.want {
				languagetest.Has(t, err, strings.ReplaceAll(want, "web: a | b", "Procfile: a | b"))
			}
			entries, rerr := os.ReadDir(w.layers)
			if rerr != nil {
				t.Fatal(rerr)
			}
			for _, e := range entries {
				if e.Name() != layerArchive {
					t.Errorf("the failed build leaves %s", e.Name())
				}
			}
		})
	}
}

func TestOutputIsIndented(t *testing.T) {
	var text bytes.Buffer
	out := language.NewLog(&text, languagetest.Noon).Output()
	for _, part := range []string{"a\nb", "c\n", "d"} {
		if _, err := io.WriteString(out, part); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff("    a\n    bc\n", text.String()); diff != "" { // the last line has no end yet
		t.Error(diff)
	}
}
