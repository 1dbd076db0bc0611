// Sizes builds the samples, weighs their images by parts, and beside them what distroless would weigh with the same app: its
// packages, of the same Debian archive and in the same run, unpacked whole. It ends with an error when an image is heavier
// than its sample may be, or than that.
//
//	sizes -pack FILE -samples DIR -markdown docs/sizes.md -svg docs/sizes.svg
//
// The daemon must have the builder and the run images. A sample whose folder is not there is left out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"
)

type sizes struct {
	ctx                     context.Context
	pack, builder, runs     string
	buildImage, folder, tmp string
	bindings, gems          string
}

// result is one sample: the parts of its image, and what the packages of distroless weigh.
type result struct {
	sample
	parts
	distroless weight
}

func main() {
	var s sizes
	var markdown, svg string
	flag.StringVar(&s.pack, "pack", "pack", "the program pack")
	flag.StringVar(&s.builder, "builder", "whittle/builder:debian-13", "the builder")
	flag.StringVar(&s.runs, "runs", "whittle/run:debian-13-", "the run images, up to their kind")
	flag.StringVar(&s.buildImage, "build-image", "whittle/build:debian-13", "where Debian's packages are fetched and unpacked")
	flag.StringVar(&s.folder, "samples", "samples", "folder of the samples")
	flag.StringVar(&s.bindings, "bindings", "", "folder of service bindings for the builds")
	flag.StringVar(&s.gems, "gems", "", "folder of gems that stands for their registry, as /gems in builds")
	flag.StringVar(&markdown, "markdown", "", "write the page into this file")
	flag.StringVar(&svg, "svg", "", "draw the plot into this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s.ctx = ctx
	if err := s.run(markdown, svg); err != nil {
		fmt.Fprintln(os.Stderr, "sizes:", err)
		os.Exit(1)
	}
}

func (s *sizes) run(markdown, svg string) (err error) {
	if s.tmp, err = os.MkdirTemp("", "whittle-sizes-"); err != nil {
		return fmt.Errorf("cannot make a folder for images: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.tmp)) }()
	var all []result
	for _, one := range samples {
		if _, err := os.Stat(one.path(s.folder)); errors.Is(err, os.ErrNotExist) {
			fmt.Fprintf(os.Stderr, "==> %s is left out: there is no such sample\n", one.name)
			continue
		}
		r, err := s.measure(one)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		all = append(all, r)
	}
	fmt.Print(table(all))
	if markdown != "" {
		page, err := page(all, time.Now().UTC().Format(time.DateOnly))
		if err != nil {
			return err
		}
		if err := os.WriteFile(markdown, page, 0o644); err != nil {
			return fmt.Errorf("cannot write the page: %w", err)
		}
	}
	if svg != "" {
		if err := os.WriteFile(svg, plot(all), 0o644); err != nil {
			return fmt.Errorf("cannot write the plot: %w", err)
		}
	}
	return tooHeavy(all)
}

func (s *sizes) measure(one sample) (result, error) {
	r := result{sample: one}
	fmt.Fprintf(os.Stderr, "==> build %s\n", one.name)
	image := "whittle/sizes:" + one.name
	args := []string{
		"build", image, "--path", one.path(s.folder), "--builder", s.builder, "--trust-builder", "--pull-policy", "never",
		"--network", "host", "--no-color", "--quiet",
	}
	for _, e := range one.env {
		args = append(args, "--env", e)
	}
	if one.run != "" {
		args = append(args, "--run-image", s.runs+one.run)
	}
	if s.bindings != "" {
		args = append(args, "--volume", s.bindings+":/platform/bindings:ro")
	}
	if s.gems != "" {
		args = append(args, "--volume", s.gems+":/gems:ro")
	}
	if _, err := s.output(s.pack, args...); err != nil {
		return r, err
	}
	defer func() { _, _ = s.output("docker", "rmi", "-f", image) }() // an image that stays costs space only
	saved := filepath.Join(s.tmp, one.name+".tar")
	if _, err := s.output("docker", "save", "--output", saved, image); err != nil {
		return r, err
	}
	var err error
	if r.parts, err = weighFile(saved); err != nil {
		return r, err
	}
	fmt.Fprintf(os.Stderr, "==> unpack distroless %s for %s\n", one.distroless, one.name)
	r.distroless, err = s.unpack(append(packages(one.distroless), one.more...))
	return r, err
}

// unpack weighs Debian packages in a container of the build image, which has the apt sources that the slices came from.
func (s *sizes) unpack(packages []string) (weight, error) {
	here, err := filepath.Abs(filepath.Join("scripts", "sizes", "unpack.sh"))
	if err != nil {
		return weight{}, err
	}
	args := []string{
		"run", "--rm", "--network", "host", "--user", "0:0", "--tmpfs", "/tmp:exec", "--env", "http_proxy", "--env", "https_proxy",
		"--volume", here + ":/run/whittle/unpack.sh:ro", "--volume", "/etc/ssl/certs/ca-certificates.crt:/run/whittle/ca.crt:ro",
		s.buildImage, "bash", "/run/whittle/unpack.sh",
	}
	out, err := s.output("docker", append(args, packages...)...)
	if err != nil {
		return weight{}, err
	}
	var w weight
	if _, err := fmt.Sscan(out, &w.files, &w.packed); err != nil {
		return w, fmt.Errorf("cannot weigh packages: unpack.sh printed %q", out)
	}
	return w, nil
}

func (s *sizes) output(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(s.ctx, name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("cannot run %s %s: %w", name, args[0], err)
	}
	return string(out), nil
}
