package finish

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/imagetest"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/image/write"
)

// launched are the layers of an app's image by their names, in the image's order, as the lifecycle makes them.
type launched struct {
	members map[string][]string
	config  func(*v1.ConfigFile)
}

var launchedOrder = []string{"run", "app", "sbom", "workspace", "launcher", "config", "process-types"}

const launchMetadata = `
[[processes]]
  type = "web"
  command = ["server", "--always"]
  args = ["--port", "8080"]
  direct = true
  default = true
  buildpack-id = "whittle/whittle"
  working-dir = "/workspace/sub"
[[processes]]
  type = "worker"
  command = ["server"]
  direct = true
  buildpack-id = "whittle/whittle"
[[processes]]
  type = "line"
  command = ["echo $X"]
  direct = false
  buildpack-id = "whittle/whittle"
[[processes]]
  type = "gone"
  command = ["nowhere"]
  direct = true
  buildpack-id = "whittle/whittle"
[[buildpacks]]
  id = "whittle/whittle"
  api = "0.10"
`

func launchedMembers() map[string][]string {
	return map[string][]string{
		"run": {"etc/os-release = ID=debian"},
		"app": {
			"layers/whittle_whittle/go/bin/server 755 = \x7fELF", "layers/whittle_whittle/go/env.launch/PORT.default = 8080", "layers/whittle_whittle/go/env.launch/worker/ROLE = w",
		},
		"sbom": {
			"layers/sbom/launch/buildpacksio_lifecycle/", "layers/sbom/launch/buildpacksio_lifecycle/launcher/sbom.cdx.json = {}",
			"layers/sbom/launch/whittle_whittle/go/sbom.cdx.json = {}",
		},
		"workspace":     {"workspace/sub/data = x"},
		"launcher":      {"cnb/lifecycle/launcher 755 = \x7fELF"},
		"config":        {"layers/config/metadata.toml = " + launchMetadata},
		"process-types": {"cnb/process/web -> /cnb/lifecycle/launcher"},
	}
}

// image makes the app's image, and the diffIDs of its layers by their names.
func (l launched) image(t *testing.T) (v1.Image, map[string]string) {
	t.Helper()
	var layers []v1.Layer
	diffs := map[string]string{}
	for _, name := range launchedOrder {
		layer := imagetest.Layer(t, l.members[name]...)
		diffs[name] = imagetest.DiffID(t, layer)
		layers = append(layers, layer)
	}
	sha := func(name string) any { return map[string]string{"sha": diffs[name]} }
	config := v1.ConfigFile{Created: write.Created, Config: v1.Config{
		User: "65532:65532", WorkingDir: "/workspace", Entrypoint: []string{"/cnb/process/web"},
		Env: []string{
			"PATH=/cnb/process:/cnb/lifecycle:/usr/bin:/bin", "LANG=C.UTF-8", "CNB_LAYERS_DIR=/layers", "CNB_APP_DIR=/workspace",
			"CNB_PLATFORM_API=0.13", "CNB_DEPRECATION_MODE=quiet",
		},
		Labels: map[string]string{
			lifecycle.MetadataLabel: imagetest.JSON(t, map[string]any{
				"app": []any{sha("workspace")}, "sbom": sha("sbom"), "launcher": sha("launcher"), "config": sha("config"), "process-types": sha("process-types"),
				"buildpacks": []any{map[string]any{"key": "whittle/whittle", "layers": map[string]any{"go": map[string]any{"sha": diffs["app"], "launch": true}}}},
				"runImage":   map[string]any{"topLayer": diffs["run"], "reference": "run@sha256:0", "image": "run:base"},
				"unknown":    map[string]any{"member": 1},
			}),
			lifecycle.BuildLabel:     imagetest.JSON(t, map[string]any{"processes": []any{map[string]any{"type": "web"}, map[string]any{"type": "worker"}}, "launcher": map[string]string{"version": "0.21.0"}}),
			"io.buildpacks.stack.id": "test.base",
		},
	}}
	if l.config != nil {
		l.config(&config)
	}
	return imagetest.Image(t, config, layers...), diffs
}

func finishOf(t *testing.T, img v1.Image, process string) (*Finished, error) {
	t.Helper()
	o, err := image.Places{Temp: t.TempDir(), Arch: "amd64"}.Open(t.Context(), imagetest.Placed(t, img))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	work, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { work.Close() })
	return Image(t.Context(), o, process, work)
}

// A finished image starts its process as the launcher would, and is the same image otherwise.
func TestFinish(t *testing.T) {
	img, diffs := launched{members: launchedMembers()}.image(t)
	f, err := finishOf(t, img, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(f.Image); err != nil {
		t.Fatal(err)
	}
	c, err := f.Image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := v1.Config{
		User: "65532:65532", WorkingDir: "/workspace/sub", Entrypoint: []string{"server", "--always"}, Cmd: []string{"--port", "8080"},
		Env: []string{"PATH=/layers/whittle_whittle/go/bin:/usr/bin:/bin", "LANG=C.UTF-8", "PORT=8080", "CNB_PLATFORM_API=0.13"},
	}
	got := c.Config
	labels := got.Labels
	got.Labels = nil
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var record map[string]json.RawMessage
	if err := json.Unmarshal([]byte(labels[lifecycle.MetadataLabel]), &record); err != nil {
		t.Fatal(err)
	}
	sbom := c.RootFS.DiffIDs[2].String()
	for member, text := range map[string]string{
		"launcher": `{"sha":""}`, "config": `{"sha":""}`, "process-types": `{"sha":""}`, "unknown": `{"member":1}`, "sbom": `{"sha":"` + sbom + `"}`,
		"buildpacks": `[{"key":"whittle/whittle","layers":{"go":{"launch":true,"sha":"` + diffs["app"] + `"}}}]`,
		"runImage":   `{"image":"run:base","reference":"run@sha256:0","topLayer":"` + diffs["run"] + `"}`,
	} {
		if string(record[member]) != text {
			t.Errorf("member %s is %s, want %s", member, record[member], text)
		}
	}
	if l := labels[lifecycle.BuildLabel]; l != `{"buildpack-default-process-type":"web","processes":[{"type":"web"}]}` {
		t.Errorf("the label of processes is %s", l)
	}
	if labels[Label] != "web" || labels["io.buildpacks.stack.id"] != "test.base" {
		t.Errorf("the labels are %v", labels)
	}
	if lifecycle.CountLayers(c.History) != 4 || len(c.RootFS.DiffIDs) != 4 || sbom == diffs["sbom"] || c.RootFS.DiffIDs[3].String() != diffs["workspace"] {
		t.Errorf("it has the layers %v and a history of %d", c.RootFS.DiffIDs, len(c.History))
	}
	o, err := image.Places{Temp: t.TempDir(), Arch: "amd64"}.Open(t.Context(), imagetest.Placed(t, f.Image))
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	all := imagetest.Show(t, o.FS)
	for _, gone := range []string{"cnb", "layers/config", "layers/sbom/launch/buildpacksio_lifecycle"} {
		if _, ok := all[gone]; ok {
			t.Errorf("%s is still there", gone)
		}
	}
	if _, ok := all["layers/sbom/launch/whittle_whittle/go/sbom.cdx.json"]; !ok {
		t.Error("the SBOM of a layer is gone")
	}
	if starts, err := inspect.CannotStart(o); err != nil || len(starts) > 0 {
		t.Errorf("it cannot start: %v, %v", starts, err)
	}
	if _, err := finishOf(t, f.Image, ""); err == nil || !strings.Contains(err.Error(), "it is finished already, with the process web") {
		t.Errorf("finished again: %v", err)
	}
	again, err := finishOf(t, img, "web")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := digestOfImage(t, f.Image), digestOfImage(t, again.Image); a != b {
		t.Errorf("equal images are finished as %s and %s", a, b)
	}
}

func digestOfImage(t *testing.T, img v1.Image) string {
	t.Helper()
	d, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

// TestFinishOfOneProcess finishes processes by their types, and images that say otherwise of the container's words.
func TestFinishOfOneProcess(t *testing.T) {
	for name, c := range map[string]struct {
		process         string
		config          func(*v1.ConfigFile)
		entry, cmd, env string
	}{
		"another one":             {process: "worker", entry: "server", env: "ROLE=w"},
		"arguments of the image":  {config: func(c *v1.ConfigFile) { c.Config.Cmd = []string{"--debug"} }, entry: "server --always", cmd: "--debug", env: "PORT=8080"},
		"a variable of the image": {config: func(c *v1.ConfigFile) { c.Config.Env = append(c.Config.Env, "PORT=1") }, entry: "server --always", cmd: "--port 8080", env: "PORT=1"},
		"at Platform API 0.9": {
			config: func(c *v1.ConfigFile) { c.Config.Env[4] = "CNB_PLATFORM_API=0.9" }, entry: "server --always --port 8080", env: "CNB_PLATFORM_API=0.9",
		},
	} {
		t.Run(name, func(t *testing.T) {
			img, _ := launched{launchedMembers(), c.config}.image(t)
			f, err := finishOf(t, img, c.process)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Image.ConfigFile()
			if err != nil {
				t.Fatal(err)
			}
			if strings.Join(got.Config.Entrypoint, " ") != c.entry || strings.Join(got.Config.Cmd, " ") != c.cmd || !slices.Contains(got.Config.Env, c.env) {
				t.Errorf("it starts %q %q with %q", got.Config.Entrypoint, got.Config.Cmd, got.Config.Env)
			}
		})
	}
}

// TestCannotFinish lists what only the launcher can start, and images that lie.
func TestCannotFinish(t *testing.T) {
	with := func(layer string, members ...string) launched {
		all := launchedMembers()
		all[layer] = append(slices.Clone(all[layer]), members...)
		return launched{members: all}
	}
	for name, c := range map[string]struct {
		launched
		process, err string
		post         func(v1.Image) v1.Image
	}{
		"exec.d":                      {launched: with("app", "layers/whittle_whittle/go/exec.d/10-heap 755 = x"), err: "the launcher runs /layers/whittle_whittle/go/exec.d/10-heap, which sets variables at each start: it needs the launcher"},
		"exec.d of the process":       {launched: with("app", "layers/whittle_whittle/go/exec.d/web/10-heap 755 = x"), err: "exec.d/web/10-heap"},
		"a line for a shell":          {launched: with("app"), process: "line", err: "its process line is a line for a shell"},
		"no such process":             {launched: with("app"), process: "cron", err: `it has no process "cron"; it has web, worker, line, gone`},
		"a program that is not there": {launched: with("app"), process: "gone", err: "process gone cannot start"},
		"no process by itself":        {launched: launched{launchedMembers(), func(c *v1.ConfigFile) { c.Config.Entrypoint = []string{"/cnb/lifecycle/launcher"} }}, err: "name one (--process)"},
		"no record of layers":         {launched: launched{launchedMembers(), func(c *v1.ConfigFile) { delete(c.Config.Labels, lifecycle.MetadataLabel) }}, err: "no lifecycle of buildpacks made it"},
		"a record with a number": {launched: launched{launchedMembers(), func(c *v1.ConfigFile) {
			c.Config.Labels[lifecycle.MetadataLabel] = strings.Replace(c.Config.Labels[lifecycle.MetadataLabel], `"launcher":{`, `"launcher":7,"x":{`, 1)
		}}, err: "member launcher of its label"},
		"processes that are no list":    {launched: launched{launchedMembers(), func(c *v1.ConfigFile) { c.Config.Labels[lifecycle.BuildLabel] = `{"processes":7}` }}, err: "io.buildpacks.build.metadata cannot be read"},
		"no metadata":                   {launched: launched{members: func() map[string][]string { m := launchedMembers(); m["config"] = []string{"x = y"}; return m }()}, err: "nothing for the launcher"},
		"no history":                    {launched: with("app"), post: func(i v1.Image) v1.Image { return imagetest.WithoutHistory(t, i) }, err: "could not be rebased"},
		"exec.d of another process":     {launched: with("app", "layers/whittle_whittle/go/exec.d/worker/10-heap 755 = x")},
		"exec.d of no buildpack at all": {launched: with("app", "layers/other/go/exec.d/10-heap 755 = x")},
	} {
		t.Run(name, func(t *testing.T) {
			img, _ := c.image(t)
			if c.post != nil {
				img = c.post(img)
			}
			_, err := finishOf(t, img, c.process)
			if c.err == "" && err == nil {
				return
			}
			if c.err == "" || err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %v, want %q", err, c.err)
			}
		})
	}
}

// A finished image keeps the history entries that stand for no layer, and its rebase finds the layers by the others.
func TestFinishKeepsEmptyHistory(t *testing.T) {
	img, _ := launched{members: launchedMembers()}.image(t)
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c = c.DeepCopy()
	c.History = slices.Insert(c.History, 1, v1.History{CreatedBy: "ENV X", EmptyLayer: true})
	if img, err = mutate.ConfigFile(img, c); err != nil {
		t.Fatal(err)
	}
	f, err := finishOf(t, img, "")
	if err != nil {
		t.Fatal(err)
	}
	if c, err = f.Image.ConfigFile(); err != nil {
		t.Fatal(err)
	}
	if len(c.History) != 5 || !c.History[1].EmptyLayer || lifecycle.CountLayers(c.History) != 4 {
		t.Errorf("its history is %+v", c.History)
	}
}
