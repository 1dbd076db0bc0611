package rust

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// triple is the machine that the programs are for, as rustc names it. It is always said: flags are then for them alone, and
// not for what the compiler runs.
func (c *cargo) triple() string {
	if c.Arch == "arm64" {
		return "aarch64-unknown-linux-gnu"
	}
	return "x86_64-unknown-linux-gnu"
}

// decideStatic says whether the programs hold the C library themselves: where the run image has none, or where the user says
// so. Crates that link to libraries of Debian can't.
func (c *cargo) decideStatic(natives []string) (bool, error) {
	static, why := !c.Floor.HasLibc(), "the run image has no C library"
	if c.Setting("BP_RUST_STATIC") != "" {
		on, err := c.Truth("BP_RUST_STATIC", static)
		if err != nil {
			return false, err
		}
		static, why = on, "BP_RUST_STATIC"
	}
	switch {
	case static && len(natives) > 0 && c.Floor.HasLibc():
		return false, &language.Problem{What: "the app cannot be a static program: it links to libraries of Debian", Evidence: []string{"by " + language.List(natives)}, Next: "Leave BP_RUST_STATIC out, or have these crates bring their own library (a feature such as vendored or bundled)."}
	case static && len(natives) > 0:
		return false, c.Libc("a Rust program with " + language.Some(natives))
	case static:
		c.Log.Line("static: %s", why)
		return true, nil
	}
	return false, c.Libc("a Rust program")
}

// built is what cargo made.
type built struct {
	Programs []executable
	Units    map[string]bool // the hashes in the names of what cargo used
}

type executable struct{ Package, Name, File string }

// build compiles the programs of packages.
func (c *cargo) build(ctx context.Context, packages []*crate, static bool) (*built, error) {
	own := []string{"--remap-path-prefix=" + c.home + "=/cargo"}
	if static {
		own = append(own, "-Ctarget-feature=+crt-static")
	}
	flags, env := c.rustflags(own)
	c.env = language.With(c.env, env)
	if c.Debug {
		profile := "CARGO_PROFILE_" + strings.ToUpper(strings.ReplaceAll(c.args.Profile, "-", "_"))
		c.env[profile+"_DEBUG"], c.env[profile+"_STRIP"] = "true", "none"
	}
	args := append([]string{"build", "--locked", "--message-format=json-render-diagnostics", "--profile", c.args.Profile, "--target", c.triple()}, flags...)
	args = append(append(args, c.args.Features...), c.args.Rest...)
	for _, p := range packages {
		args = append(args, "--package", p.ID)
	}
	for _, name := range c.args.Bins {
		args = append(args, "--bin", name)
	}
	if len(c.args.Bins) == 0 {
		args = append(args, "--bins")
	}
	var messages bytes.Buffer
	if err := c.to(ctx, &messages, args...); err != nil {
		return nil, c.linkedStatically(static, err)
	}
	return readMessages(&messages)
}

// readMessages reads what cargo tells of each unit that it made or found made, a JSON object a line.
func readMessages(from io.Reader) (*built, error) {
	b := built{Units: map[string]bool{}}
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var m struct {
			Reason     string   `json:"reason"`
			Package    string   `json:"package_id"`
			Target     target   `json:"target"`
			Files      []string `json:"filenames"`
			Executable string   `json:"executable"`
			OutDir     string   `json:"out_dir"`
		}
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			continue // a build script or a macro wrote it
		}
		for _, file := range append(m.Files, m.OutDir) {
			for _, hash := range unit.FindAllStringSubmatch(file, -1) {
				b.Units[hash[1]] = true
			}
		}
		if m.Reason == "compiler-artifact" && m.Executable != "" && m.Target.is("bin") {
			b.Programs = append(b.Programs, executable{Package: m.Package, Name: m.Target.Name, File: m.Executable})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cannot read what cargo made: %w", err)
	}
	slices.SortFunc(b.Programs, func(x, y executable) int { return strings.Compare(x.Name, y.Name) })
	return &b, nil
}

// unit is the hash by which cargo names what it makes of a package: "libserde-0123456789abcdef.rlib".
var unit = regexp.MustCompile(`-([0-9a-f]{16})(?:[./]|$)`)

// linkedStatically tells of libraries that a static program can't be linked to.
func (c *cargo) linkedStatically(static bool, err error) error {
	said := err.Error() + language.OutputOf(err)
	if !static || !strings.Contains(said, "have you installed the static version") && !strings.Contains(said, "attempted static link of dynamic object") {
		return err
	}
	var lines []string
	for line := range strings.Lines(language.OutputOf(err)) {
		if strings.Contains(line, "static") && strings.Contains(line, "ld: ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return &language.Problem{
		What: "the app cannot be a static program: it links to libraries that are not there to be linked statically", Evidence: lines, Err: err,
		Next: "Build it for a run image with libc, such as whittle/run:" + c.Builder.Release + "-base (pack build --run-image).",
	}
}

// install puts the programs into a folder, without symbols, each with the record of its crates.
func (c *cargo) install(ctx context.Context, bin string, programs []program, meta *metadata) error {
	for _, p := range programs {
		to := filepath.Join(bin, p.Name)
		if err := language.CopyFile(p.file, to, 0o755); err != nil {
			return fmt.Errorf("cannot install program %s: %w", p.Name, err)
		}
		if err := c.Strip(ctx, to); err != nil {
			return err
		}
		if err := c.writeAudit(ctx, to, meta.audit(p.pkg)); err != nil {
			return err
		}
		info, err := os.Stat(to)
		if err != nil {
			return fmt.Errorf("cannot install program %s: %w", p.Name, err)
		}
		c.Log.Item(p.Name, info.Size(), p.Why)
	}
	return nil
}
