// Command kpack asks kpack's own code, by its Go module, what a cluster with kpack would: whether it would take a
// manifest, and which pod it would start for an image.
//
//	kpack check FILE...
//	kpack pod -image FILE -builder FILE -built REF -run REF [-last REF [-reason STACK]]
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("cannot tell what to do: want check or pod")
	}
	switch args[0] {
	case "check":
		return check(ctx, args[1:], out)
	case "pod":
		return printPod(ctx, args[1:], out)
	}
	return fmt.Errorf("cannot %s: want check or pod", args[0])
}

func check(ctx context.Context, files []string, out io.Writer) error {
	if len(files) == 0 {
		return fmt.Errorf("cannot check nothing: name files")
	}
	for _, file := range files {
		objects, err := read(ctx, file)
		if err != nil {
			return err
		}
		for _, o := range objects {
			fmt.Fprintf(out, "%s %s\n", o.Kind, o.Name)
		}
	}
	return nil
}

func printPod(ctx context.Context, args []string, out io.Writer) error {
	var p podOf
	flags := flag.NewFlagSet("pod", flag.ContinueOnError)
	flags.StringVar(&p.Image, "image", "", "file with the Image")
	flags.StringVar(&p.Builder, "builder", "", "file with the ClusterBuilder")
	flags.StringVar(&p.Tag, "tag", "", "tag of the app's image, in place of the manifest's")
	flags.StringVar(&p.Built, "built", "", "the builder's image")
	flags.StringVar(&p.Run, "run", "", "the run image of that builder")
	flags.StringVar(&p.Stack, "stack", "", "ID of the stack")
	flags.StringVar(&p.Last, "last", "", "what the build before made; empty for a first build")
	flags.StringVar(&p.Reason, "reason", "CONFIG", "why kpack builds: with STACK alone it rebases")
	if err := flags.Parse(args); err != nil {
		return err
	}
	pod, err := p.pod(ctx)
	if err != nil {
		return err
	}
	e := json.NewEncoder(out)
	e.SetIndent("", " ")
	return e.Encode(pod)
}
