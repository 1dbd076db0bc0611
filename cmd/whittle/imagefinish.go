package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/finish"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/image/write"
	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
)

const imageFinishHelp = `finish makes of an app's image one whose entrypoint is the app's process itself, in the environment that the launcher of
buildpacks would give it; the launcher, its configuration and its SBOM are dropped. docker exec, a Kubernetes command and exec probes
then see the same environment as the process, and nothing of the launcher is in the image for a scanner to find.

The image can be rebased as before (pack rebase, rebase-check), and the next build finds its layers. Arguments of a container
do what they did: they replace those of the process that may be replaced, or go behind them.

Without the launcher a variable of the container replaces the image's, also where a layer would add to it or override it.

Only an image whose process needs no launcher at each start can be finished: a layer's exec.d, which sets variables then, or a line
for a shell is an error. An image has one process then; --process names another than its own.

The image is replaced where it was found, in the daemon or the registry, under its name. --tag gives it another name, and --output
another place. On an error the image is as it was.

APP is an image.

` + imageRefs

const imageFinishExample = `  whittle image finish shop
  whittle image finish registry:registry.example.com/shop --tag registry.example.com/shop:finished
  whittle image finish shop --process worker --tag shop-worker`

type imageFinish struct {
	*tool
	arch, process, output string
	tags                  []string
}

func imageFinishCommand(t *tool) *cobra.Command {
	f := &imageFinish{tool: t}
	cmd := &cobra.Command{
		Use: "finish APP", Short: "Make an app's image start without the launcher", Long: imageFinishHelp, Example: imageFinishExample,
		Args: arguments(1, 1, "an app's image"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkOutput(f.output); f.output != "" && err != nil {
				return usageError{err, cmd, nil}
			}
			return f.run(cmd.Context(), args[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.arch, "arch", machineArch(), "which image of a multi-architecture one")
	flags.StringVar(&f.process, "process", "", "the `type` of the process, such as worker (default: the image's own)")
	flags.StringVar(&f.output, "output", "", "oci:DIR, daemon or registry (default: where APP was found)")
	flags.StringArrayVar(&f.tags, "tag", nil, "`NAME` of the finished image (default: that of APP); may be given several times")
	return cmd
}

// finishedImage is the result for programs.
type finishedImage struct {
	Image      string   `json:"image"` // the first name
	Names      []string `json:"names"`
	Process    string   `json:"process"`
	Entrypoint []string `json:"entrypoint"`
	Cmd        []string `json:"cmd,omitempty"`
	Env        []string `json:"env,omitempty"` // what the launcher would set
	Before     int64    `json:"before"`        // bytes of the layers, compressed
	After      int64    `json:"after"`
}

func (f *imageFinish) run(ctx context.Context, ref string) (err error) {
	o, err := openImage(ctx, f.arch, ref)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	output, tags, err := f.target(o)
	if err != nil {
		return err
	}
	var done *finish.Finished
	var names []string
	if err := withWork(func(work *os.Root) (err error) {
		if done, err = finish.Image(ctx, o, f.process, work); err != nil {
			return err
		}
		names, err = writeImages(ctx, output, tags, []write.Built{{Arch: inspect.Arch(o, nil), Image: done.Image}})
		return err
	}); err != nil {
		return err
	}
	return f.print(finishedImage{names[0], names, done.Process, done.Entrypoint, done.Cmd, done.Added, done.Before, done.After})
}

// target is where the finished image goes, and by which names: where it came from, if nothing else is said.
func (f *imageFinish) target(o *image.Opened) (output string, tags []string, err error) {
	kind, name, _ := strings.Cut(o.Ref, ":")
	output, tags = f.output, f.tags
	if output == "" && (kind == "daemon" || kind == "registry") {
		output = kind
	}
	if output == "" {
		return "", nil, fmt.Errorf("cannot tell where the finished image of %s should go: name it by --output", o.Ref)
	}
	if len(tags) > 0 || strings.HasPrefix(output, "oci:") {
		return output, tags, nil
	}
	switch {
	case kind != "daemon" && kind != "registry":
		return "", nil, fmt.Errorf("cannot name the finished image of %s: --tag names it", o.Ref)
	case strings.Contains(name, "@"):
		return "", nil, fmt.Errorf("cannot give the finished image the name %s, which is the digest of the one it is made of: --tag names it", name)
	case strings.HasPrefix(strings.TrimPrefix(o.Digest, "sha256:"), strings.TrimPrefix(name, "sha256:")):
		return "", nil, fmt.Errorf("cannot give the finished image the name %s, which is the ID of the one it is made of: --tag names it", name)
	case output == "registry" && o.Of > 1:
		return "", nil, fmt.Errorf("cannot replace %s: it is an index of %d images, and the others would be lost: --tag names the finished one", name, o.Of)
	}
	return output, []string{name}, nil
}

func (f *imageFinish) print(done finishedImage) error {
	if f.json {
		return f.printJSON(done)
	}
	terminal.Fprintf(f.stdout, "%s starts %s as process %s, without the launcher\n", done.Image, strings.Join(append(slices.Clone(done.Entrypoint), done.Cmd...), " "), done.Process)
	for _, e := range done.Env {
		terminal.Fprintf(f.stdout, "  %s\n", e)
	}
	if _, err := terminal.Fprintf(f.stdout, "layers: %s, before %s\n", text.Bytes(done.After), text.Bytes(done.Before)); err != nil {
		return fmt.Errorf("cannot print the result: %w", err)
	}
	return nil
}
