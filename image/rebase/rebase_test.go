package rebase

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/imagetest"
	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/slicertest"
)

// openssl is a run image's libssl, with the symbols of its versions.
func openssl(versions ...string) string {
	e := slicertest.ELF{Soname: "libssl.so.3"}
	for _, v := range versions {
		e.Define = append(e.Define, "SSL_"+strings.ToLower(strings.ReplaceAll(v, ".", "_"))+"@@"+v)
	}
	return string(e.Bytes())
}

var (
	runLibc = "usr/lib/x86_64-linux-gnu/libc.so.6 = " + string(slicertest.ELF{Soname: "libc.so.6", Define: []string{"puts@@GLIBC_2.2.5", "secret@@GLIBC_PRIVATE"}}.Bytes())
	runZlib = "usr/lib/x86_64-linux-gnu/libz.so.1 = " + string(slicertest.ELF{Soname: "libz.so.1", Define: []string{"inflate"}}.Bytes())
	runRest = []string{
		"lib -> usr/lib", "usr/bin -> /layers/whittle_whittle/slices/usr/bin", "etc/ssl/certs/ca-certificates.crt = PEM",
		"var/lib/dpkg/status.d/libc6 = Package: libc6\nVersion: 2.41-12\n",
	}
	theApp = []string{"workspace/app 755 = " + string(slicertest.ELF{
		Needed: []string{"libssl.so.3", "libz.so.1", "libc.so.6"}, Undefined: []string{"SSL_openssl_3_0_0@OPENSSL_3.0.0:libssl.so.3", "inflate", "puts@GLIBC_2.2.5:libc.so.6"}, Exec: true,
	}.Bytes())}
	theNeeds = contract.Needs{
		Schema: contract.NeedsSchema, RunImage: "test.base", Floor: "sha256:0", Arch: "amd64",
		Libraries: []contract.NeededLibrary{
			{Soname: "libc.so.6", By: "/workspace/app", Versions: []string{"GLIBC_2.2.5", "GLIBC_PRIVATE"}, Symbols: []string{"secret@GLIBC_PRIVATE"}},
			{Soname: "libssl.so.3", By: "/workspace/app", Versions: []string{"OPENSSL_3.0.0"}},
			{Soname: "libz.so.1", By: "/workspace/app", Symbols: []string{"inflate"}},
		},
		Files:    []contract.NeededFile{{Path: "etc/ssl/certs/ca-certificates.crt", By: "any program"}},
		Doors:    contract.Doors{{Path: "usr/bin", Layer: "slices", Target: "usr/bin"}},
		Packages: []contract.NeededPackage{{Name: "libc6", Upstream: "2.41", By: "/layers/x/UTF-9.so"}},
	}
)

// members are the members of the run image that the app was built for, with changes: a member is replaced by one of the same
// name, and taken away by "-name".
func members(changes ...string) []string {
	all := append([]string{runLibc, runZlib, "usr/lib/x86_64-linux-gnu/libssl.so.3 = " + openssl("OPENSSL_3.0.0")}, runRest...)
	for _, c := range changes {
		name, _, _ := strings.Cut(strings.TrimPrefix(c, "-"), " ")
		all = slices.DeleteFunc(all, func(m string) bool { return strings.HasPrefix(m, name+" ") })
		if !strings.HasPrefix(c, "-") {
			all = append(all, c)
		}
	}
	return all
}

func distroLabels() map[string]string {
	return map[string]string{lifecycle.DistroName: "debian", lifecycle.DistroVersion: "13", lifecycle.StackID: "test.base"}
}

// appOn makes the image of theApp on a run image, with the labels of its build.
func appOn(t *testing.T, needs bool, change func(*v1.ConfigFile)) v1.Image {
	t.Helper()
	run := imagetest.Layer(t, members()...)
	labels := distroLabels()
	labels[lifecycle.MetadataLabel] = imagetest.JSON(t, map[string]any{"runImage": map[string]string{"topLayer": imagetest.DiffID(t, run)}})
	if needs {
		text, err := theNeeds.Encode()
		if err != nil {
			t.Fatal(err)
		}
		labels[contract.NeedsLabel] = text
	}
	config := v1.ConfigFile{Config: v1.Config{Labels: labels, Env: []string{"CNB_PLATFORM_API=0.13"}, Entrypoint: []string{"/workspace/app"}, WorkingDir: "/workspace"}}
	if change != nil {
		change(&config)
	}
	return imagetest.Image(t, config, run, imagetest.Layer(t, theApp...))
}

// TestCheck holds the same app against run images that have lost something: by its label, and by its layers.
func TestCheck(t *testing.T) {
	const libssl, libc, libz = "usr/lib/x86_64-linux-gnu/libssl.so.3", "usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libz.so.1"
	old := string(slicertest.ELF{Soname: "libc.so.6", Define: []string{"puts@@GLIBC_2.0", "secret@@GLIBC_PRIVATE"}}.Bytes())
	gone := []string{
		"on it /workspace/app needs libssl.so.3 (not found)",
		"on it /workspace/app needs symbol SSL_openssl_3_0_0 of version OPENSSL_3.0.0 from libssl.so.3",
	}
	for name, c := range map[string]struct {
		run           []string // changes of its members
		label, layers []string // reasons
	}{
		"the same":                   {nil, nil, nil},
		"a newer libssl":             {[]string{libssl + " = " + openssl("OPENSSL_3.0.0", "OPENSSL_3.5.0")}, nil, nil},
		"more libraries":             {[]string{"usr/lib/x86_64-linux-gnu/libx.so.1 = " + string(slicertest.ELFOf("soname=libx.so.1").Bytes())}, nil, nil},
		"a security update of libc6": {[]string{"var/lib/dpkg/status.d/libc6 = Package: libc6\nVersion: 2.41-12+deb13u9\n"}, nil, nil},
		"libssl is gone": {
			[]string{"-" + libssl},
			[]string{"it has no libssl.so.3, which /workspace/app needs"},
			gone,
		},
		"an older libssl": {
			[]string{libssl + " = " + openssl("OPENSSL_1.1.1")},
			[]string{"its libssl.so.3 lacks version OPENSSL_3.0.0, which /workspace/app needs"},
			[]string{
				"on it /workspace/app needs symbol SSL_openssl_3_0_0 of version OPENSSL_3.0.0 from /" + libssl,
				"on it /workspace/app needs version OPENSSL_3.0.0 of /" + libssl,
			},
		},
		"a libssl of another machine": {
			[]string{libssl + " = " + string(slicertest.ELF{Soname: "libssl.so.3", Machine: 183}.Bytes())},
			[]string{"it has no libssl.so.3, which /workspace/app needs"},
			gone,
		},
		"a library that is a directory": {
			[]string{"-" + libssl, libssl + "/x = x"},
			[]string{"it has no libssl.so.3, which /workspace/app needs"},
			gone,
		},
		"an older libc": {
			[]string{libc + " = " + old},
			[]string{"its libc.so.6 lacks version GLIBC_2.2.5, which /workspace/app needs"},
			[]string{
				"on it /workspace/app needs symbol puts of version GLIBC_2.2.5 from /" + libc + "; every release from Debian 12 (libc6 2.36) on has it",
				"on it /workspace/app needs version GLIBC_2.2.5 of /" + libc + "; every release from Debian 12 (libc6 2.36) on has it",
			},
		},
		"a symbol without a version is gone": {
			[]string{libz + " = " + string(slicertest.ELFOf("soname=libz.so.1", "defines=deflate").Bytes())},
			[]string{"its libz.so.1 lacks the symbol inflate, which /workspace/app needs"},
			[]string{"on it /workspace/app needs symbol inflate"},
		},
		"the certificates are gone": {[]string{"-etc/ssl/certs/ca-certificates.crt"}, []string{"it has no /etc/ssl/certs/ca-certificates.crt, which any program needs"}, nil},
		"a door is gone":            {[]string{"-usr/bin"}, []string{"it has no door /usr/bin, through which files of the app's layer slices are seen"}, nil},
		"a door leads elsewhere": {
			[]string{"usr/bin -> /layers/other/usr/bin"},
			[]string{"its /usr/bin leads to /layers/other/usr/bin, and files of the app are in /layers/whittle_whittle/slices/usr/bin"},
			nil,
		},
		"a directory in place of a door": {[]string{"-usr/bin", "usr/bin/x = x"}, []string{"it has no door /usr/bin, through which files of the app's layer slices are seen"}, nil},
		"another upstream version of libc6": {
			[]string{"var/lib/dpkg/status.d/libc6 = Package: libc6\nVersion: 2.42-1\n"},
			[]string{"its libc6 is 2.42, and /layers/x/UTF-9.so works with 2.41 only"},
			nil,
		},
		"nothing tells the version of libc6": {
			[]string{"-var/lib/dpkg/status.d/libc6"},
			[]string{"nothing tells its version of libc6, and /layers/x/UTF-9.so was made with 2.41"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			run := imagetest.Placed(t, imagetest.Image(t, v1.ConfigFile{Config: v1.Config{Labels: distroLabels()}}, imagetest.Layer(t, members(c.run...)...)))
			p := image.Places{Temp: t.TempDir(), Arch: "amd64"}
			for _, by := range []struct {
				proof Proof
				want  []string
			}{{ByLabel, c.label}, {ByLayers, c.layers}} {
				got, err := Check(t.Context(), p, imagetest.Placed(t, appOn(t, by.proof == ByLabel, nil)), run, false)
				if err != nil {
					t.Fatal(err)
				}
				if got.Proof != by.proof {
					t.Errorf("proved by %s, want %s", got.Proof, by.proof)
				}
				if d := cmp.Diff(append([]string{}, by.want...), got.Reasons); d != "" {
					t.Errorf("by %s: %s", by.proof, d)
				}
			}
		})
	}
}

// TestCheckLooksAtWhatARebaseNeeds gives images whose layers are right and whose configs are not.
func TestCheckLooksAtWhatARebaseNeeds(t *testing.T) {
	whole := imagetest.Layer(t, members()...)
	for name, c := range map[string]struct {
		app  func(*v1.ConfigFile)
		run  func(*v1.ConfigFile)
		more []v1.Layer // of the run image
		post func(v1.Image) v1.Image
		want []string
	}{
		"nothing":         {want: nil},
		"another machine": {run: func(c *v1.ConfigFile) { c.Architecture = "arm64" }, want: []string{"it is for linux/arm64, and the app for linux/amd64"}},
		"another distro":  {run: func(c *v1.ConfigFile) { c.Config.Labels[lifecycle.DistroName] = "ubuntu" }, want: []string{"its distribution is ubuntu, and the app's debian"}},
		"another release": {run: func(c *v1.ConfigFile) { c.Config.Labels[lifecycle.DistroVersion] = "12" }, want: []string{"its version of the distribution is 12, and the app's 13"}},
		"a distro unnamed": {run: func(c *v1.ConfigFile) {
			delete(c.Config.Labels, lifecycle.DistroName)
			delete(c.Config.Labels, lifecycle.DistroVersion)
		}},
		"another stack":       {run: func(c *v1.ConfigFile) { c.Config.Labels[lifecycle.StackID] = "other" }},
		"another stack, 0.9":  {app: atPlatform("0.9"), run: func(c *v1.ConfigFile) { c.Config.Labels[lifecycle.StackID] = "other" }, want: []string{"its stack is other, and the app's test.base, which was built at a Platform API before 0.12"}},
		"no stack, 0.9":       {app: atPlatform("0.9"), run: func(c *v1.ConfigFile) { delete(c.Config.Labels, lifecycle.StackID) }, want: []string{"its stack is none, and the app's test.base, which was built at a Platform API before 0.12"}},
		"not to be rebased":   {app: func(c *v1.ConfigFile) { c.Config.Labels["io.buildpacks.rebasable"] = "false" }, want: []string{"the app's image says that it is not to be rebased (io.buildpacks.rebasable=false)"}},
		"a layer twice":       {more: []v1.Layer{imagetest.Layer(t, "etc/x = x"), whole}, want: []string{"it has the layer " + imagetest.DiffID(t, whole) + " twice: after the next rebase one of them would lie over the new run image"}},
		"no history of three": {more: []v1.Layer{imagetest.Layer(t, "etc/x = x"), imagetest.Layer(t, "etc/y = y")}, post: func(i v1.Image) v1.Image { return imagetest.WithoutHistory(t, i) }, want: []string{"it has 3 layers and a history of 0: a rebase would take its first layer for all"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := v1.ConfigFile{Config: v1.Config{Labels: distroLabels()}}
			if c.run != nil {
				c.run(&config)
			}
			run := imagetest.Image(t, config, append([]v1.Layer{whole}, c.more...)...)
			if c.post != nil {
				run = c.post(run)
			}
			got, err := Check(t.Context(), image.Places{Temp: t.TempDir(), Arch: "amd64"}, imagetest.Placed(t, appOn(t, true, c.app)), imagetest.Placed(t, run), false)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(append([]string{}, c.want...), got.Reasons); d != "" {
				t.Error(d)
			}
		})
	}
}

func atPlatform(api string) func(*v1.ConfigFile) {
	return func(c *v1.ConfigFile) { c.Config.Env = []string{"CNB_PLATFORM_API=" + api} }
}

func TestCheckRefusesAnAppWithoutAHistory(t *testing.T) {
	run := imagetest.Placed(t, imagetest.Image(t, v1.ConfigFile{Config: v1.Config{Labels: distroLabels()}}, imagetest.Layer(t, members()...)))
	got, err := Check(t.Context(), image.Places{Temp: t.TempDir(), Arch: "amd64"}, imagetest.Placed(t, imagetest.WithoutHistory(t, appOn(t, true, nil))), run, false)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"the app's image has 2 layers and a history of 0: a rebase would mistake its layers"}, got.Reasons); d != "" {
		t.Error(d)
	}
}

// What cannot be rebased at all, and labels that lie, are errors.
func TestCheckOfWhatIsNoAppsImage(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*v1.ConfigFile)
		err    string
	}{
		"no buildpack's":           {func(c *v1.ConfigFile) { delete(c.Config.Labels, lifecycle.MetadataLabel) }, "no lifecycle of buildpacks made it"},
		"a record that is no JSON": {func(c *v1.ConfigFile) { c.Config.Labels[lifecycle.MetadataLabel] = "{" }, "io.buildpacks.lifecycle.metadata cannot be read"},
		"a top layer of another image": {func(c *v1.ConfigFile) {
			c.Config.Labels[lifecycle.MetadataLabel] = `{"runImage":{"topLayer":"sha256:0"}}`
		}, "which is none of its layers"},
		"needs that are no JSON": {func(c *v1.ConfigFile) { c.Config.Labels[contract.NeedsLabel] = "x" }, "cannot read label dev.whittle.needs"},
		"needs of another form":  {func(c *v1.ConfigFile) { c.Config.Labels[contract.NeedsLabel] = `{"schema":"whittle.needs/9"}` }, `its schema is "whittle.needs/9"`},
	} {
		t.Run(name, func(t *testing.T) {
			run := imagetest.Placed(t, imagetest.Image(t, v1.ConfigFile{Config: v1.Config{Labels: distroLabels()}}, imagetest.Layer(t, members()...)))
			_, err := Check(t.Context(), image.Places{Temp: t.TempDir(), Arch: "amd64"}, imagetest.Placed(t, appOn(t, true, c.change)), run, false)
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
		})
	}
}
