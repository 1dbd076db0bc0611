package build

import (
	"os"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/slicertest"
)

// behind is a workshop in which another buildpack has left a program that needs libgmp and a library of its own, which a
// link in lib/ leads to, and has named a process.
func behind(t *testing.T, files map[string]string) *workshop {
	t.Helper()
	w := newWorkshop(t)
	w.languages[0].Compile = nil // nothing is compiled
	languagetest.Write(t, w.dir, map[string]string{
		"layers/group.toml":               "[[group]]\nid = \"acme/tool\"\nversion = \"2.0.0\"\n[[group]]\nid = \"whittle/whittle\"\n",
		"layers/acme_tool/launch.toml":    "[[processes]]\ntype = \"web\"\ncommand = [\"tool\", \"--serve\"]\ndefault = true\n",
		"layers/acme_tool/dist.toml":      "[types]\nlaunch = true\n[metadata]\nsum = \"1\"\n",
		"layers/acme_tool/dist/bin/tool":  string(slicertest.ELFOf("exec", "needs=libgmp.so.10,libown.so.1").Bytes()),
		"layers/acme_tool/dist/lib/own":   string(slicertest.ELFOf("soname=libown.so.1", "needs=libc.so.6").Bytes()),
		"layers/acme_tool/built.toml":     "[types]\nbuild = true\n",
		"layers/acme_tool/built/compiler": string(slicertest.ELFOf("exec", "needs=libnone.so.1").Bytes()),
		"workspace/Procfile":              "web: ./of-the-other\n",
	})
	languagetest.Write(t, w.dir, files)
	if err := os.Symlink("own", w.dir+"/layers/acme_tool/dist/lib/libown.so.1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(w.dir+"/layers/acme_tool/dist/bin/tool", 0o755); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestBehindAnotherBuildpack completes an app that another buildpack has built: its layers get the library that they lack,
// and nothing of them changes. Without the setting or with it, by the order alone.
func TestBehindAnotherBuildpack(t *testing.T) {
	for _, setting := range []string{"", "true"} {
		w := behind(t, nil)
		w.env = map[string]string{"BP_WHITTLE_BEHIND": setting}
		before := languagetest.Names(t, w.dir+"/layers/acme_tool")
		log, err := w.run(t)
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		for _, want := range []string{"behind acme/tool 2.0.0: layers dist", "libgmp10", "web: tool --serve (acme/tool)", "2 ELF files of the app"} {
			if !strings.Contains(log, want) {
				t.Errorf("the log lacks %q:\n%s", want, log)
			}
		}
		if l := w.layer(t, "libs"); !l.Types.Launch {
			t.Errorf("layer libs is %+v", l)
		}
		if after := languagetest.Names(t, w.dir+"/layers/acme_tool"); strings.Join(after, " ") != strings.Join(before, " ") {
			t.Errorf("its layers have %v, had %v", after, before)
		}
		if text := languagetest.Read(t, w.layers+"/launch.toml"); strings.Contains(text, "[[processes]]") {
			t.Errorf("whittle names processes, too: %s", text)
		}
	}
}

// TestReplacedProcessesAreNotChecked: a process of an earlier buildpack that could not start does not matter where a later one, or the
// user, has another of its type.
func TestReplacedProcessesAreNotChecked(t *testing.T) {
	broken := map[string]string{"layers/acme_tool/launch.toml": "[[processes]]\ntype = \"web\"\ncommand = [\"gone\"]\n"}
	last := map[string]string{
		"layers/group.toml":            "[[group]]\nid = \"acme/tool\"\n[[group]]\nid = \"acme/last\"\n[[group]]\nid = \"whittle/whittle\"\n",
		"layers/acme_last/launch.toml": "[[processes]]\ntype = \"web\"\ncommand = [\"tool\"]\n",
	}
	for _, row := range []struct {
		name  string
		files map[string]string
		start string
		want  []string
		err   string
	}{
		{"a later buildpack's", last, "", []string{"web: gone (acme/tool, replaced)", "web: tool (acme/last)"}, ""},
		{"the user's", nil, "tool --other", []string{"web: gone (acme/tool, replaced)", "web: tool --other (BP_WHITTLE_START"}, ""},
		{"none", nil, "", nil, "the process web cannot start: there is no program gone in the image"},
	} {
		w := behind(t, broken)
		languagetest.Write(t, w.dir, row.files)
		w.env = map[string]string{"BP_WHITTLE_START": row.start}
		log, err := w.run(t)
		languagetest.Has(t, err, row.err)
		for _, want := range row.want {
			if !strings.Contains(log, want) {
				t.Errorf("%s: the log lacks %q:\n%s", row.name, want, log)
			}
		}
	}
}

// TestBehindALayerThatIsUsedUnseen builds again as the lifecycle does where the other buildpack uses its layer as the image
// before has it: without its files. What it needs is known from the build before, as long as the layer is the same.
func TestBehindALayerThatIsUsedUnseen(t *testing.T) {
	w := behind(t, nil)
	if log, err := w.run(t); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	first := w.layer(t, "libs").Metadata["key"]
	hide := func(path string) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	hide(w.dir + "/layers/acme_tool/dist")
	hide(w.layers + "/libs")
	var restored struct{ Metadata map[string]any }
	if _, err := toml.DecodeFile(w.layers+"/manifest.toml", &restored); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := toml.NewEncoder(&text).Encode(map[string]any{"metadata": restored.Metadata}); err != nil {
		t.Fatal(err)
	}
	hide(w.layers + "/manifest")
	languagetest.Write(t, w.layers, map[string]string{"manifest.toml": text.String()})
	for range 2 { // the needs are kept for the build after, too
		log, err := w.run(t)
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		if !strings.Contains(log, "dist is used unseen") || !strings.Contains(log, "may have it") {
			t.Errorf("the log does not tell: %s", log)
		}
		if got := w.layer(t, "libs").Metadata["key"]; got != first {
			t.Errorf("the layer's key is %v, was %v", got, first)
		}
		if language.Exists(w.layers + "/manifest") {
			t.Error("layer manifest is written anew, though nothing is new")
		}
	}
	languagetest.Write(t, w.dir, map[string]string{"layers/acme_tool/dist.toml": "[types]\nlaunch = true\n[metadata]\nsum = \"2\"\n"})
	_, err := w.run(t)
	languagetest.Has(t, err, "cannot see what layer "+w.dir+"/layers/acme_tool/dist needs")
	languagetest.Has(t, err, "--clear-cache")
}

// TestWhoBuildsBehindOthers lets settings, processes and languages decide who builds, and who says how it starts.
func TestWhoBuildsBehindOthers(t *testing.T) {
	const none = "layers/acme_tool/launch.toml"
	for _, row := range []struct {
		name    string
		setting string
		files   map[string]string
		remove  []string
		want    string // in the log
		err     string
	}{
		{name: "the user wants whittle to compile", setting: "false", err: "cannot build go apps yet"},
		{name: "a helper without processes", files: map[string]string{none: ""}, err: "cannot build go apps yet"},
		{name: "a helper, and no language", files: map[string]string{none: ""}, remove: []string{"go.mod"}, err: "behind acme/tool, which names no process\nNext: Set BP_WHITTLE_BEHIND=true"},
		{name: "nothing before", setting: "true", files: map[string]string{"layers/group.toml": "[[group]]\nid = \"whittle/whittle\"\n"}, err: "no buildpack before whittle has left anything to complete"},
		{name: "the Procfile starts it", setting: "true", files: map[string]string{none: "", "workspace/Procfile": "web: tool -x\n"}, want: "web: tool -x (Procfile, default)"},
		{name: "no start", setting: "true", files: map[string]string{none: ""}, remove: []string{"Procfile"}, err: "nothing says how the app starts"},
		{name: "a process more", files: map[string]string{"workspace/project.toml": "[[dev.whittle.processes]]\ntype = \"job\"\ncommand = \"tool job\"\n"}, want: "job: tool job (project.toml)\n"},
		{name: "a program that is not there", files: map[string]string{none: "[[processes]]\ntype = \"web\"\ncommand = [\"node\"]\n"}, err: "the process web cannot start: there is no program node in the image\n  acme/tool: node"},
		{name: "a command for a shell", files: map[string]string{none: "[[processes]]\ntype = \"web\"\ncommand = \"tool | cat\"\n"}, err: "there is no program bash in the image"},
		{name: "a missing library", files: map[string]string{"layers/acme_tool/dist/bin/more": string(slicertest.ELFOf("exec", "needs=libnone.so.7").Bytes())}, err: "acme_tool/dist/bin/more needs libnone.so.7"},
		{name: "a broken file", files: map[string]string{none: "[["}, err: "cannot read what buildpack acme/tool left: cannot read launch.toml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := behind(t, row.files)
			w.env = map[string]string{"BP_WHITTLE_BEHIND": row.setting}
			for _, name := range row.remove {
				if err := os.Remove(w.app + "/" + name); err != nil {
					t.Fatal(err)
				}
			}
			log, err := w.run(t)
			languagetest.Has(t, err, row.err)
			if !strings.Contains(log, row.want) {
				t.Errorf("the log lacks %q:\n%s", row.want, log)
			}
		})
	}
}

// TestForeignRunImage builds for a run image that is known to be nobody's, on a builder with a default: libraries and data are
// found by variables.
func TestForeignRunImage(t *testing.T) {
	w := newWorkshop(t)
	w.env = map[string]string{"BP_WHITTLE_SLICES": "certificates"}
	languagetest.Write(t, w.dir, map[string]string{"layers/analyzed.toml": "[run-image]\nreference = \"x\"\n[run-image.target]\nos = \"linux\"\narch = \"amd64\"\n"})
	log, err := w.run(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if !strings.Contains(log, "run image: unknown (nothing says which run image)") || !strings.Contains(log, "libraries are found by LD_LIBRARY_PATH") {
		t.Errorf("the log is %s", log)
	}
	for file, want := range map[string]string{
		"LD_LIBRARY_PATH.prepend": contract.LayerPath("libs", "usr/lib/x86_64-linux-gnu"),
		"PATH.prepend":            contract.LayerPath("slices", "usr/bin"),
		"SSL_CERT_FILE.default":   contract.LayerPath("slices", "etc/ssl/certs/ca-certificates.crt"),
	} {
		if got := languagetest.Read(t, w.layers+"/loader/env.launch/"+file); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q", file, got, want)
		}
	}
}
