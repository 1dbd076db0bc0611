package rust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/slicer/contract"
)

// withLibc is the floor of a run image with a C library.
var withLibc = &contract.Floor{Schema: contract.FloorSchema, ID: "whittle.debian-13.base", Arch: "amd64", Libraries: []contract.FloorLibrary{{Soname: "libc.so.6", Path: "/usr/lib/x86_64-linux-gnu/libc.so.6"}}}

// debian13 is a release that has a newer Rust beside its own.
var debian13 = builders.Builder{Release: "debian-13", Versions: map[string][]string{"rust": {"1.85", "1.96"}}}

// fake is a cargo whose workspace is written down: "web 0.1.0 bin=web,admin run=web dep=serde" a line; a package with
// "from=registry" is of crates.io. stale is what an update of the lock would say.
type fake struct {
	packages []string
	stale    string
	fails    map[string]string // by subcommand, what it says
	newer    bool              // Debian's newer Rust is there, which fails nowhere
	ran      []string
}

const cratesIO = "registry+https://github.com/rust-lang/crates.io-index"

func (f *fake) run(_ context.Context, c language.Command) error {
	f.ran = append(f.ran, strings.Join(c.Args, " "))
	fail := func(text string) error {
		if c.Stderr != nil {
			fmt.Fprintln(c.Stderr, text)
		}
		return &language.ProgramError{Args: c.Args, Err: errors.New("exit status 101"), Output: text}
	}
	if c.Args[0] == "rustc" {
		version := "1.85.1"
		if f.newer {
			version = "1.96.0"
		}
		_, err := fmt.Fprintf(c.Stdout, "rustc %s (4eb161250 2025-03-15)\n", version)
		return err
	}
	if c.Args[0] != "cargo" {
		return nil
	}
	command := c.Args[1]
	if command == "--config" {
		command = c.Args[3]
	}
	if text, ok := f.fails[command]; ok && !f.newer {
		return fail(text)
	}
	switch command {
	case "locate-project":
		fmt.Fprintln(c.Stdout, filepath.Join(c.Dir, "Cargo.toml"))
	case "update":
		if slices.Contains(c.Args, "--dry-run") {
			fmt.Fprint(c.Stderr, f.stale)
		} else {
			f.stale = ""
		}
	case "metadata":
		if f.stale != "" {
			return fail("error: the lock file needs to be updated but --locked was passed to prevent this")
		}
		return json.NewEncoder(c.Stdout).Encode(f.metadata(c.Dir))
	case "build":
		return f.build(c)
	}
	return nil
}

func (f *fake) id(dir, name string) string { return "path+file://" + dir + "/" + name + "#0.1.0" }

func (f *fake) metadata(dir string) map[string]any {
	var packages, nodes []map[string]any
	var members []string
	for _, line := range f.packages {
		words := strings.Fields(line)
		name, version := words[0], words[1]
		p := map[string]any{"id": f.id(dir, name), "name": name, "version": version, "source": nil, "manifest_path": filepath.Join(dir, name, "Cargo.toml"), "license": "MIT/Apache-2.0"}
		n := map[string]any{"id": p["id"]}
		var deps []map[string]any
		var targets []map[string]any
		for _, w := range words[2:] {
			key, value, _ := strings.Cut(w, "=")
			for v := range strings.SplitSeq(value, ",") {
				switch key {
				case "bin":
					targets = append(targets, map[string]any{"kind": []string{"bin"}, "name": v})
				case "kind":
					targets = append(targets, map[string]any{"kind": []string{v}, "name": name})
				case "run":
					p["default_run"] = v
				case "in":
					p["manifest_path"] = filepath.Join(dir, v, "Cargo.toml")
				case "dep":
					deps = append(deps, map[string]any{"pkg": f.id(dir, v), "dep_kinds": []map[string]any{{"kind": nil}}})
				case "builddep":
					deps = append(deps, map[string]any{"pkg": f.id(dir, v), "dep_kinds": []map[string]any{{"kind": "build"}}})
				case "main":
					manifest := p["manifest_path"].(string)
					targets = append(targets, map[string]any{"kind": []string{"bin"}, "name": v, "src_path": filepath.Join(filepath.Dir(manifest), "src/main.rs")})
				case "needs":
					targets[len(targets)-1]["required-features"] = []string{v}
				case "feature":
					n["features"] = []string{v}
				case "from":
					p["source"] = map[string]string{"registry": cratesIO, "git": "git+https://example.org/lib?branch=main#0123abc"}[v]
				}
			}
		}
		p["targets"], n["deps"] = targets, deps
		if p["source"] == nil {
			members = append(members, f.id(dir, name))
		}
		packages, nodes = append(packages, p), append(nodes, n)
	}
	return map[string]any{"packages": packages, "workspace_members": members, "workspace_default_members": members, "workspace_root": dir, "resolve": map[string]any{"nodes": nodes}}
}

// build makes every program of the packages that it is asked for.
func (f *fake) build(c language.Command) error {
	target := filepath.Join(c.Env["CARGO_TARGET_DIR"], "x86_64-unknown-linux-gnu/release")
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for _, p := range f.metadata(c.Dir)["packages"].([]map[string]any) {
		for _, t := range p["targets"].([]map[string]any) {
			if !slices.Equal(t["kind"].([]string), []string{"bin"}) || t["required-features"] != nil || !slices.Contains(c.Args, p["id"].(string)) {
				continue
			}
			if i := slices.Index(c.Args, "--bin"); i >= 0 && c.Args[i+1] != t["name"] {
				continue
			}
			file := filepath.Join(target, t["name"].(string))
			if err := os.WriteFile(file, []byte("program "+t["name"].(string)), 0o755); err != nil {
				return err
			}
			message := map[string]any{"reason": "compiler-artifact", "package_id": p["id"], "target": t, "filenames": []string{file}, "executable": file}
			if err := json.NewEncoder(c.Stdout).Encode(message); err != nil {
				return err
			}
		}
	}
	return nil
}

// shop is a site with an app of files and a cargo of packages.
func shop(t *testing.T, f *fake, files map[string]string) language.Site {
	t.Helper()
	s := languagetest.Site(t, f.run)
	s.Floor = withLibc
	languagetest.Write(t, s.Dir, files)
	return s
}
