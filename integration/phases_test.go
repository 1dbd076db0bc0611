//go:build integration

package integration

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// container is one phase of the lifecycle as a pod of kpack runs it. The names are those of Kubernetes.
type container struct {
	Name, Image   string
	Command, Args []string
	Env           []setting
	VolumeMounts  []mount
}

type setting struct{ Name, Value string }

// mount is a volume, by its name, at a path.
type mount struct {
	Name, MountPath string
	ReadOnly        bool
}

// rights are what a container of the lifecycle may do: run as the user of the build image, with the group that owns its
// volumes, and nothing that root or a capability is needed for.
var rights = []string{
	"--user", "1000:1000", "--group-add", "1000", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "host",
}

// volumes are the places that the containers of one build share. They are the daemon's, so that their modes and owners are
// what Kubernetes makes of emptyDir and fsGroup: 2777 root:1000.
type volumes struct {
	prefix string
	names  []string
}

// newVolumes makes volumes, which go when the test ends. tools is an image with a shell.
func newVolumes(t *testing.T, tools string, names ...string) volumes {
	t.Helper()
	v := volumes{prefix: volumePrefix() + strings.NewReplacer("/", "-", " ", "-", "_", "-").Replace(strings.ToLower(t.Name())) + "-", names: names}
	t.Cleanup(func() { _ = exec.Command("docker", append([]string{"volume", "rm", "-f"}, v.all()...)...).Run() })
	_ = exec.Command("docker", append([]string{"volume", "rm", "-f"}, v.all()...)...).Run() // of a run that was killed
	v.shell(t, tools, nil, `chgrp 1000 /v/*; chmod 2777 /v/*`)
	return v
}

func (v volumes) all() (all []string) {
	for _, n := range v.names {
		all = append(all, v.prefix+n)
	}
	return all
}

// shell runs a script as root that sees every volume at /v/NAME.
func (v volumes) shell(t *testing.T, tools string, args []string, script string) string {
	t.Helper()
	all := append([]string{"run", "--rm", "--user", "0:0"}, args...)
	for _, n := range v.names {
		all = append(all, "--volume", v.prefix+n+":/v/"+n)
	}
	return command(t, "docker", append(all, "--entrypoint", "sh", tools, "-euc", script)...)
}

// fill puts an app into the volume of the workspace and settings into the platform's, as a platform's own first step does.
func (v volumes) fill(t *testing.T, tools, dir string, env map[string]string) {
	t.Helper()
	source, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	script := "rm -rf /v/workspace-dir/* /v/layers-dir/* /v/platform-dir/*; cp -r /source/. /v/workspace-dir/; mkdir -p /v/platform-dir/env\n"
	for _, name := range slices.Sorted(maps.Keys(env)) {
		script += fmt.Sprintf("printf %%s '%s' >/v/platform-dir/env/%s\n", env[name], name)
	}
	script += "chown -R 1000:1000 /v/workspace-dir/* /v/platform-dir/*"
	v.shell(t, tools, []string{"--volume", source + ":/source:ro"}, script)
}

// run runs a container and returns what it printed; more are further arguments of docker run.
func (v volumes) run(ctx context.Context, c container, more ...string) (string, error) {
	args := append([]string{"run", "--rm"}, rights...)
	for _, e := range c.Env {
		args = append(args, "--env", e.Name+"="+e.Value)
	}
	for _, m := range c.VolumeMounts {
		mount := v.prefix + m.Name + ":" + m.MountPath
		if m.ReadOnly {
			mount += ":ro"
		}
		args = append(args, "--volume", mount)
	}
	args = append(append(args, more...), "--entrypoint", c.Command[0], c.Image)
	out, err := exec.CommandContext(ctx, "docker", append(append(args, c.Command[1:]...), c.Args...)...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", c.Name, err, out)
	}
	return string(out), err
}

// runAll runs containers one after the other, as a pod does with those that come first.
func (v volumes) runAll(t *testing.T, all []container, more ...string) string {
	t.Helper()
	var log strings.Builder
	for _, c := range all {
		out, err := v.run(t.Context(), c, more...)
		log.WriteString("===> " + strings.ToUpper(c.Name) + "\n" + out)
		if err != nil {
			t.Fatalf("%v\nbefore it:\n%s", err, &log)
		}
	}
	return log.String()
}

// rebase runs the lifecycle's rebaser of an image at a Platform API. It needs no volume.
func rebase(t *testing.T, api, tools, run, app string) {
	t.Helper()
	c := container{Name: "rebase", Image: tools, Command: []string{"/cnb/lifecycle/rebaser"}, Args: []string{"-run-image", run, app}}
	if _, err := (volumes{}).run(t.Context(), c, "--env", "CNB_PLATFORM_API="+api, "--env", "HOME=/tmp"); err != nil {
		t.Fatal(err) // with what it printed
	}
}
