package runimage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/imagetest"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/image/write"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

const runPackages = `
-- deb/base-files_13.8/usr/lib/os-release --
ID=debian
VERSION_ID="13"
-- deb/base-files_13.8/etc/os-release --
-> ../usr/lib/os-release
-- deb/libc6_2.41/usr/lib/x86_64-linux-gnu/libc.so.6 --
elf soname=libc.so.6
-- deb/libz1_1.3/usr/lib/x86_64-linux-gnu/libz.so.1 --
elf soname=libz.so.1 needs=libc.so.6
-- deb/shell_1/opt/bin/sh --
elf exec
-- deb/bare_1/etc/bare --
no os-release
-- deb/linked_1/usr/share/fonts --
-> /somewhere
-- deb/zones_1/usr/share/zoneinfo/UTC --
TZif
-- deb/tool_1/usr/bin/tool --
elf exec
-- deb/tool_1/usr/bin/helper --
-> ../lib/tool/helper
-- deb/tool_1/usr/lib/tool/helper --
#!/usr/bin/tool
`

func runSpec(groups ...Group) *Spec {
	return &Spec{
		ID: "whittle.test.base", Title: "A base", User: "1234:5678", Env: map[string]string{"PATH": "/usr/bin", "LANG": "C.UTF-8"},
		Workdir: "/", Path: "run/base.yaml", Layers: groups, Closure: groups[len(groups)-1].Name,
	}
}

func goodGroups() []Group {
	return []Group{{"system", []string{"base-files"}}, {"libc", []string{"libc6", "libz1"}}}
}

func runDoors() contract.Doors {
	return contract.Doors{
		{Path: "etc/ld.so.cache", Layer: "loader", Target: "ld.so.cache"},
		{Path: "usr/bin", Layer: "slices", Target: "usr/bin"},
	}
}

// runParts opens an archive of the test's packages, with a cache and a work directory of its own.
func runParts(t *testing.T) Parts {
	t.Helper()
	return partsOf(t, slicertest.ArchiveOf(txtar.Parse([]byte(runPackages)), slicertest.NewKey("test", slicertest.KeyOptions{})))
}

func partsOf(t *testing.T, archive slicertest.Archive) Parts {
	t.Helper()
	dir := t.TempDir()
	if err := archive.WriteTo(dir); err != nil {
		t.Fatal(err)
	}
	sources := filepath.Join(t.TempDir(), "test.sources")
	if err := os.WriteFile(sources, []byte(archive.Sources("file://"+dir)), 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := packages.OpenArchive(t.Context(), packages.ArchiveOptions{Sources: sources, Arch: "amd64", Cache: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	work, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); work.Close() })
	return Parts{Arch: "amd64", Doors: runDoors(), Sources: []packages.Source{a}, Work: work}
}

func buildRunImage(t *testing.T) (v1.Image, *contract.Floor) {
	t.Helper()
	r, err := Build(t.Context(), runSpec(goodGroups()...), runParts(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(r.Image); err != nil {
		t.Fatal(err)
	}
	return r.Image, r.Floor
}

func TestBuildConfig(t *testing.T) {
	img, floor := buildRunImage(t)
	got, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	history := []v1.History{}
	for _, l := range []string{"system", "libc", "records"} {
		history = append(history, v1.History{Created: write.Created, CreatedBy: "whittle image build whittle.test.base: " + l})
	}
	want := &v1.ConfigFile{
		Architecture: "amd64", OS: "linux", Created: write.Created, History: history, RootFS: got.RootFS,
		Config: v1.Config{
			User: "1234:5678", Env: []string{"LANG=C.UTF-8", "PATH=/usr/bin"}, WorkingDir: "/",
			Labels: map[string]string{
				"io.buildpacks.stack.id": "whittle.test.base", "io.buildpacks.base.id": "whittle.test.base",
				"io.buildpacks.base.distro.name": "debian", "io.buildpacks.base.distro.version": "13",
				"io.buildpacks.rebasable": "true", "io.buildpacks.base.description": "A base",
				"org.opencontainers.image.title": "A base", "dev.whittle.floor": floor.Digest(),
			},
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := len(got.RootFS.DiffIDs); n != len(history) {
		t.Errorf("%d layers and %d history entries: a rebase would count wrong", n, len(history))
	}
	m, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if m.MediaType != types.OCIManifestSchema1 || m.Config.MediaType != types.OCIConfigJSON || m.Layers[0].MediaType != types.OCILayer {
		t.Errorf("media types %s, %s, %s; want those of OCI", m.MediaType, m.Config.MediaType, m.Layers[0].MediaType)
	}
}

func TestBuildContent(t *testing.T) {
	img, floor := buildRunImage(t)
	o, err := image.Places{Temp: t.TempDir(), Arch: "amd64"}.Open(t.Context(), imagetest.Placed(t, img))
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	got := map[string]string{}
	for name, what := range imagetest.Show(t, o.FS) {
		if strings.HasPrefix(name, "var/") || strings.HasPrefix(name, "usr/share/") || strings.HasSuffix(what, "dir") {
			continue
		}
		if strings.Contains(what, "ELF") {
			what = what[:2] + "elf"
		}
		got[name] = what
	}
	want := map[string]string{
		"usr/lib/os-release": "0 ID=debian\nVERSION_ID=\"13\"\n", "etc/os-release": "0 -> ../usr/lib/os-release",
		"usr/lib/x86_64-linux-gnu/libc.so.6": "1 elf", "usr/lib/x86_64-linux-gnu/libz.so.1": "1 elf",
		"usr/bin":         "2 -> /layers/whittle_whittle/slices/usr/bin",
		"etc/ld.so.cache": "2 -> /layers/whittle_whittle/loader/ld.so.cache",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, record := range []string{"status.d/libz1", "status.d/libz1.md5sums"} {
		if o.FS.Layer("var/lib/dpkg/"+record) != 1 {
			t.Errorf("no var/lib/dpkg/%s in the layer of its package", record)
		}
	}
	found, err := inspect.Manifests(o)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || len(found[0].Packages) != 3 {
		t.Errorf("manifests %v, want one of three packages", found)
	}
	if !floor.HasLibc() || !floor.HasPackage("libz1") || len(floor.Doors) != 2 || !slices.Equal(floor.Path, []string{"/usr/bin"}) {
		t.Errorf("floor %+v lacks what is in the image", floor)
	}
}

// readFloor reads what an image has from its layers.
func readFloor(t *testing.T, img v1.Image) *contract.Floor {
	t.Helper()
	o, err := image.Places{Temp: t.TempDir(), Arch: "amd64"}.Open(t.Context(), imagetest.Placed(t, img))
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	f, err := inspect.Floor(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The run image's own data is seen at its own path, and lies where the layers of an app add to it.
func TestBuildSharesADoor(t *testing.T) {
	p := runParts(t)
	p.Doors = append(p.Doors, contract.Door{Path: "usr/share", Layer: "slices", Target: "usr/share"})
	r, err := Build(t.Context(), runSpec(append(goodGroups(), Group{"zones", []string{"zones"}})...), p)
	if err != nil {
		t.Fatal(err)
	}
	img, floor := r.Image, r.Floor
	if d := cmp.Diff(floor, readFloor(t, img)); d != "" {
		t.Errorf("what is read from the image is not what was put into it: %s", d)
	}
	if !floor.HasFile("usr/share/zoneinfo/UTC") {
		t.Errorf("the floor does not promise usr/share/zoneinfo/UTC: %q", floor.Files)
	}
	o, err := image.Places{Temp: t.TempDir(), Arch: "amd64"}.Open(t.Context(), imagetest.Placed(t, img))
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for _, at := range []string{"usr/share/zoneinfo/UTC", "layers/whittle_whittle/slices/usr/share/zoneinfo/UTC"} {
		if text, err := fs.ReadFile(o.FS, at); err != nil || string(text) != "TZif\n" {
			t.Errorf("%s: %q, %v", at, text, err)
		}
	}
	if to, err := o.FS.ReadLink("usr/share"); err != nil || to != "/layers/whittle_whittle/slices/usr/share" {
		t.Errorf("usr/share leads to %q, %v", to, err)
	}
	if found, err := inspect.Manifests(o); err != nil || len(found) != 1 {
		t.Errorf("manifests %v, %v; want that of the run image", found, err)
	}
}

func TestBuildTwiceIsTheSame(t *testing.T) {
	one, floor := buildRunImage(t)
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	two, floor2 := buildRunImage(t)
	a, err := one.Digest()
	if err != nil {
		t.Fatal(err)
	}
	b, err := two.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if a != b {
		t.Errorf("digests %s and %s of equal images", a, b)
	}
	if d := cmp.Diff(floor, floor2); d != "" {
		t.Errorf("floors differ: %s", d)
	}
}

// A run image of somebody's own may have programs, although /usr/bin is a door: they lie where it leads.
func TestBuildFillsADoor(t *testing.T) {
	spec := runSpec(append(goodGroups(), Group{"tools", []string{"tool"}})...)
	if _, err := Build(t.Context(), spec, runParts(t)); err == nil || !strings.Contains(err.Error(), "door /usr/bin would hide /usr/bin/") {
		t.Errorf("error %v of an image that promised not to", err)
	}
	spec.Fills = true
	r, err := Build(t.Context(), spec, runParts(t))
	if err != nil {
		t.Fatal(err)
	}
	o, err := image.Places{Temp: t.TempDir(), Arch: "amd64"}.Open(t.Context(), imagetest.Placed(t, r.Image))
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for _, at := range []string{"usr/bin/tool", "layers/whittle_whittle/slices/usr/bin/tool"} {
		if i, err := o.FS.Stat(at); err != nil || !i.Mode().IsRegular() {
			t.Errorf("%s: %v, %v", at, i, err)
		}
	}
	if to, err := o.FS.Resolve("usr/bin/helper"); err != nil || to != "usr/lib/tool/helper" {
		t.Errorf("usr/bin/helper leads to %q, %v", to, err)
	}
	read, err := inspect.Floor(o)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(r.Whole.Promise(), read.Promise()); d != "" {
		t.Errorf("what is read from the image is not what was put into it: %s", d)
	}
}

// An image at a lock is the same on a later day, when the archive has been signed anew.
func TestBuildAtALock(t *testing.T) {
	archive := slicertest.ArchiveOf(txtar.Parse([]byte(runPackages)), slicertest.NewKey("test", slicertest.KeyOptions{}))
	archive.Date = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	build := func(at *lock.Lock) *Run {
		t.Helper()
		p := partsOf(t, archive)
		p.At = at
		r, err := Build(t.Context(), runSpec(goodGroups()...), p)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := build(nil)
	archive.Date = time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	if again := build(first.Lock); again.Digest != first.Digest {
		t.Errorf("digest %s at the lock, and %s when it was made", again.Digest, first.Digest)
	}
	if build(nil).Digest == first.Digest {
		t.Error("the manifest of an image without a lock does not tell the state of the archive")
	}
	p := partsOf(t, archive)
	p.At = first.Lock
	if _, err := Build(t.Context(), runSpec(append(goodGroups(), Group{"zones", []string{"zones"}})...), p); !errors.As(err, new(*lock.Error)) {
		t.Errorf("another image at the lock: %v", err)
	}
}

// An image that lacks what is promised is not made.
func TestBuildKeepsThePromise(t *testing.T) {
	p := runParts(t)
	r, err := Build(t.Context(), runSpec(goodGroups()...), p)
	if err != nil {
		t.Fatal(err)
	}
	promise := r.Whole.Promise()
	promise.Files = append(promise.Files, "etc/never")
	p = runParts(t)
	p.Promise = promise
	lost := new(contract.LossError)
	if _, err := Build(t.Context(), runSpec(goodGroups()...), p); !errors.As(err, &lost) || len(lost.Lost) != 1 || lost.Lost[0].Name != "/etc/never" {
		t.Errorf("error %v, want one about /etc/never", err)
	}
	p = runParts(t)
	p.Against = promise
	if _, err := Build(t.Context(), runSpec(goodGroups()...), p); !errors.As(err, &lost) {
		t.Errorf("error %v against an older image", err)
	}
}

func TestBuildErrors(t *testing.T) {
	door := contract.Doors{{Path: "usr/share/fonts", Layer: "slices", Target: "usr/share/fonts"}}
	below := contract.Doors{{Path: "usr/share/fonts/truetype", Layer: "slices", Target: "usr/share/fonts/truetype"}}
	for name, c := range map[string]struct {
		groups []Group
		doors  contract.Doors
		want   string
	}{
		"shell":               {append(goodGroups(), Group{"extra", []string{"shell"}}), nil, "cannot put opt/bin/sh into a run image: it is a shell"},
		"no os-release":       {[]Group{{"only", []string{"bare"}}}, nil, "cannot tell the distribution of the run image: usr/lib/os-release has no ID and VERSION_ID"},
		"no such package":     {[]Group{{"only", []string{"libz2"}}}, nil, "libz1"},
		"layer without files": {append(goodGroups(), Group{"again", []string{"base-files"}}), nil, `layer "again" of run/base.yaml holds no files`},
		"door over a link":    {append(goodGroups(), Group{"extra", []string{"linked"}}), door, "door /usr/share/fonts would hide /usr/share/fonts of package linked"},
		"door below a link":   {append(goodGroups(), Group{"extra", []string{"linked"}}), below, "cannot make door usr/share/fonts/truetype: the run image has a link or file at usr/share/fonts"},
	} {
		t.Run(name, func(t *testing.T) {
			p := runParts(t)
			p.Doors = c.doors
			_, err := Build(t.Context(), runSpec(c.groups...), p)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "cannot build run image whittle.test.base for amd64: ") {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}

// Two equal layers would make a rebase keep what lies between them above the new base.
func TestCheckLayersRefusesEqualLayers(t *testing.T) {
	one, two := imagetest.Layer(t, "one/"), imagetest.Layer(t, "two/")
	err := checkLayers([]write.Named{{Layer: one, Name: "a"}, {Layer: two, Name: "b"}, {Layer: one, Name: "c"}})
	if err == nil || !strings.Contains(err.Error(), "layers a and c hold the same files") {
		t.Errorf("error %v, want one about a and c", err)
	}
	if err := checkLayers([]write.Named{{Layer: one, Name: "a"}, {Layer: two, Name: "b"}}); err != nil {
		t.Error(err)
	}
}
