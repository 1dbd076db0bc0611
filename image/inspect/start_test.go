package inspect

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/slicer/slicertest"
)

// TestCannotStart asks images of buildpacks, and others, whether their processes can start.
func TestCannotStart(t *testing.T) {
	elf := string(slicertest.ELFOf("exec", "needs=libc.so.6").Bytes())
	f := filesOf(t,
		"usr/bin/", "bin -> usr/bin", "usr/bin/python3 755 = "+elf, "usr/bin/start 755 = "+elf, "workspace/app.py = x", "workspace/run.sh 755 = #!/bin/bash\n",
		"layers/whittle_whittle/packages/bin/gunicorn 755 = #!/usr/bin/python3\n", "layers/whittle_whittle/start/bin/start 755 = "+elf,
		"cnb/process/web 755 = "+elf,
	)
	const begin = `"/layers/whittle_whittle/start/bin/start"`
	for _, row := range []struct {
		name, processes string
		entrypoint, cmd string
		want            []string
	}{
		{name: "a buildpack's", processes: `[{"type":"web","command":["gunicorn"],"args":["app"]},{"type":"old","command":"python3","args":["app.py"],"direct":true}]`},
		{
			name: "some cannot", processes: `[{"type":"web","command":["gunicron","app"]},{"type":"script","command":["./run.sh"]},{"type":"shell","command":"frobnicate","direct":false}]`,
			want: []string{"process web cannot start: there is no program gunicron in the image", `process script cannot start: ./run.sh begins with "#!" and /bin/bash, which is not in the image`},
		},
		{
			name: "lines", processes: `[{"type":"web","command":[` + begin + `,"cd /workspace && gunicorn -b :$PORT app"]},{"type":"bad","command":[` + begin + `,"gunicorn && bash x"]}]`,
			want: []string{"process bad cannot start: there is no program bash in the image"},
		},
		{name: "another folder", processes: `[{"type":"web","command":["python3","app.py"],"working-dir":"/"}]`, want: []string{"process web cannot start: python3 is to run app.py, which is not in the image"}},
		{name: "no processes", processes: `[]`},
		{name: "a Dockerfile's", entrypoint: "python3", cmd: "app.py"},
		{name: "a Dockerfile's that lacks it", cmd: "/bin/nginx", want: []string{"process entrypoint cannot start: there is no program /bin/nginx in the image"}},
		{name: "nothing to run"},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := &image.Opened{FS: f, Config: &v1.ConfigFile{Architecture: "amd64", Config: v1.Config{
				Env: []string{"PATH=/cnb/process:/cnb/lifecycle:/usr/bin"}, WorkingDir: "/workspace", Entrypoint: strings.Fields(row.entrypoint), Cmd: strings.Fields(row.cmd),
			}}}
			if row.processes != "" {
				o.Config.Config.Labels = map[string]string{lifecycle.BuildLabel: `{"processes":` + row.processes + `}`}
			}
			got, err := CannotStart(o)
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, s := range got {
				texts = append(texts, s.String())
			}
			if diff := cmp.Diff(row.want, texts); diff != "" {
				t.Error(diff)
			}
		})
	}
	bad := &image.Opened{FS: f, Config: &v1.ConfigFile{Config: v1.Config{Labels: map[string]string{lifecycle.BuildLabel: "{"}}}}
	if _, err := CannotStart(bad); err == nil {
		t.Error("a label that is no JSON is taken")
	}
	if got, err := CannotStart(&image.Opened{FS: f}); got != nil || err != nil {
		t.Errorf("of a directory: %v, %v", got, err)
	}
}
