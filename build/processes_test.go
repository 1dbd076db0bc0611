package build

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/slicertest"
)

// ready returns a builder whose app has some files, and the image that it will make.
func readyBuilder(t *testing.T, w *workshop) *builder {
	t.Helper()
	elf := string(slicertest.ELFOf("exec", "needs=libc.so.6").Bytes())
	languagetest.Write(t, w.dir, map[string]string{
		"workspace/tool": elf, "workspace/a/x": "", "workspace/app.py": "", "workspace/run.sh": "#!/bin/bash\n", "workspace/plain": "echo\n",
		"workspace/data": "", "buildpack/bin/start": elf, "layers/whittle_whittle/py/bin/python3": elf, "layers/whittle_whittle/py/bin/uvicorn": "#!/nowhere/python3\n",
		"layers/whittle_whittle/made/bin/web": elf, "layers/whittle_whittle/made/bin/tool": elf,
	})
	for _, name := range []string{"workspace/tool", "workspace/run.sh", "workspace/plain", "layers/whittle_whittle/py/bin/python3", "layers/whittle_whittle/py/bin/uvicorn", "layers/whittle_whittle/made/bin/web"} {
		if err := os.Chmod(w.dir+"/"+name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	floor, _ := foreignFloor(foreignRun{}, "amd64", distro{}, distro{})
	floor.ID = baseID
	debian := newMemory("installed")
	debian.add(packages.Package{Name: "bash"}, "usr/bin/bash")
	debian.add(packages.Package{Name: "bash-doc"}, "usr/share/doc/bash")
	b := &builder{Deps: Deps{Languages: withTools}, log: languagetest.Quiet(), target: target{arch: "amd64", contract: runContract{Floor: floor}}, sources: sources{installed: debian, archive: newMemory("archive")}}
	b.WorkingDir, b.dir, b.Layers.Path, b.CNBPath = w.app, w.app, w.layers, w.dir+"/buildpack"
	b.app.Language = "python"
	for _, name := range []string{"made", "py"} {
		b.layers = append(b.layers, packit.Layer{Name: name, Path: w.layers + "/" + name, Launch: true})
	}
	return b
}

// TestLaunchPath has the layers' programs before those of the run image, whose PATH its floor tells.
func TestLaunchPath(t *testing.T) {
	b := readyBuilder(t, newWorkshop(t))
	layers := b.Layers.Path + "/py/bin:" + b.Layers.Path + "/made/bin:"
	if got := b.launchPath(); got != layers+standardPath {
		t.Errorf("without a floor's PATH: %s", got)
	}
	b.contract.Floor.Path = []string{"/workspace/bin", "/usr/bin"}
	if got := b.launchPath(); got != layers+"/workspace/bin:/usr/bin" {
		t.Errorf("with a floor's PATH: %s", got)
	}
	b.contract.Floor, b.contract.Has = foreignFloor(foreignRun{}, "amd64", distro{}, distro{})
	if got := b.launchPath(); got != layers+"/layers/whittle_whittle/slices/usr/bin:"+standardPath {
		t.Errorf("on a foreign run image: %s", got)
	}
}

// TestReady makes processes of lines; programs that the build compiled go before those of the PATH.
func TestReady(t *testing.T) {
	w := newWorkshop(t)
	b := readyBuilder(t, w)
	begin, made := w.layers+"/start/bin/start", w.layers+"/made/bin/"
	im := b.image(&slicer.Selection{})
	for _, row := range []struct {
		line string
		want []string
	}{
		{"python3 app.py 'a b'", []string{"python3", "app.py", "a b"}},
		{"exec python app.py", []string{"python3", "app.py"}}, // there is no python
		{"A=1 python app.py", []string{begin, "A=1 python3 app.py"}},
		{"web -v", []string{made + "web", "-v"}},
		{"./bin/web", []string{made + "web"}},
		{"./tool", []string{"./tool"}},
		{"python3 app.py -b :$PORT", []string{begin, "python3 app.py -b :$PORT"}},
		{"cd a && web", []string{begin, "cd a && " + made + "web"}},
		{"sh -c 'exec web'", []string{made + "web"}},
		{"sh -c 'web; web'", []string{begin, made + "web; " + made + "web"}},
	} {
		p, err := b.ready(t.Context(), im, language.Process{Type: "x", Line: row.line, Why: "Procfile"}, map[string]string{"web": made + "web", "tool": made + "tool"})
		if err != nil {
			t.Errorf("%s: %v", row.line, err)
		}
		if diff := cmp.Diff(row.want, p.Command); diff != "" {
			t.Errorf("%s: %s", row.line, diff)
		}
	}
	b.defaultPort()
	if l := b.layers[len(b.layers)-1]; l.Name != layerStart || len(b.layers) != 3 || l.LaunchEnv["PORT.default"] != "8080" {
		t.Errorf("layers are %+v", b.layers)
	}
}

// TestBuildThatCannotStartFails says what is missing and how it comes into the image.
func TestBuildThatCannotStartFails(t *testing.T) {
	w := newWorkshop(t)
	b := readyBuilder(t, w)
	im := b.image(&slicer.Selection{})
	for _, row := range []struct{ line, what, next string }{
		{"bash run.sh", "there is no program bash in the image", `[dev.whittle.run] slices = ["bash"], or set BP_WHITTLE_SLICES=bash.`},
		{"./run.sh", `./run.sh begins with "#!" and /bin/bash, which is not in the image`, `slices = ["bash"]`},
		{"gunicorn app:app", "no program gunicorn", "Add gunicorn to the app's dependencies"},
		{"rails server", "no program rails", "Correct the name"}, // of another language
		{"uvicron app:app", "no program uvicron", "Is uvicorn meant?"},
		{"uvicorn app:app", `uvicorn begins with "#!" and /nowhere/python3`, "Is python3 meant?"},
		{"npm start", "no program npm", "Package managers are not in the image"},
		{"poetry run web", "no program poetry", `leave "run" and what stands before it out`},
		{"go run .", "no program go", "Start the program that they made"},
		{"./plain", "./plain is neither a program nor a script", "Begin its first line with #!"},
		{"./data", "./data has no execute permission", "git update-index --chmod=+x ./data"},
		{"./a", "./a is a directory", ""},
		{"python3 ap.py", "python3 is to run ap.py", "Is app.py meant?"},
		{"cd b && web", "there is no directory b", ""},
		{"./gone", "there is no program ./gone", "it counts from the app's folder"},
		{"webb", "no program webb", "Is web meant?"},
		{"frobnicate", "no program frobnicate", "Correct the name"},
		{"a | b", "needs a shell", "the platform collects"},
		{"a 'b", "cannot read", "Correct it"},
	} {
		_, err := b.ready(t.Context(), im, language.Process{Type: "x", Line: row.line, Why: "Procfile"}, map[string]string{"web": w.layers + "/made/bin/web"})
		var p *language.Problem
		if !errors.As(err, &p) || !strings.Contains(p.What, row.what) || !strings.Contains(p.Next, row.next) || p.Evidence[0] != "Procfile: "+row.line {
			t.Errorf("%s: got %v\nwant %q, %q", row.line, err, row.what, row.next)
		}
	}
	if _, err := b.ready(t.Context(), im, language.Process{Type: "x", Command: []string{"/gone"}, Why: "convention"}, nil); err == nil {
		t.Error("a language's own command is not looked for")
	}
	b.layers = append(b.layers, packit.Layer{Name: "reused", Path: w.layers + "/reused", Launch: true})
	if _, err := b.ready(t.Context(), b.image(&slicer.Selection{}), language.Process{Type: "x", Line: "rails server", Why: "Procfile"}, nil); err != nil {
		t.Errorf("a layer that was not restored may have it: %v", err)
	}
	b.contract.Has = "glibc and nothing else"
	if _, err := b.ready(t.Context(), im, language.Process{Type: "x", Line: "bash run.sh", Why: "Procfile"}, nil); err != nil {
		t.Errorf("a run image that nobody knows may have bash: %v", err)
	}
}

// TestDefaultProcess gives process types, those that say they are the default with a star.
func TestDefaultProcess(t *testing.T) {
	for _, row := range []struct{ types, want string }{{"a web b", "web"}, {"a b", "a"}, {"a web b*", "b"}, {"a b*", "b"}} {
		var all []language.Process
		for _, name := range strings.Fields(row.types) {
			all = append(all, language.Process{Type: strings.TrimSuffix(name, "*"), Command: []string{name}, Default: strings.HasSuffix(name, "*")})
		}
		for _, p := range (&builder{log: languagetest.Quiet()}).launch(all) {
			if p.Default != (p.Type == row.want) {
				t.Errorf("%s: default of %s is %v", row.types, p.Type, p.Default)
			}
		}
	}
}
