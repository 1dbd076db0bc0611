package rust

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// components are the crates that the programs are made of, and the standard library, each with the line of Cargo.lock that
// pinned it. The project's own packages are none.
func (c *cargo) components(meta *metadata, programs []program) []language.Component {
	lines := c.lockLines()
	in := map[string][]string{} // by package, the programs that have it
	direct := map[string]bool{}
	requiredBy := map[string][]string{}
	var all []language.Component
	var files []string
	for _, p := range programs {
		file := filepath.Join(c.binPath(), p.Name)
		files = append(files, file)
		for id := range meta.reached(p.pkg.ID) {
			in[id] = append(in[id], file)
		}
	}
	for id := range in {
		for _, next := range meta.linked(id) {
			if meta.crates[id].Source == "" {
				direct[next] = true
			} else {
				requiredBy[next] = append(requiredBy[next], meta.crates[id].Name)
			}
		}
	}
	for id, paths := range in {
		p := meta.crates[id]
		if p.Source == "" {
			continue
		}
		component := language.Component{
			Name: p.Name, Version: p.Version, PURL: purl(p), License: strings.ReplaceAll(p.License, "/", " OR "),
			From: lines[p.Name+" "+p.Version], Paths: paths,
		}
		if !direct[id] {
			slices.Sort(requiredBy[id])
			component.By = slices.Compact(requiredBy[id])
		}
		slices.Sort(component.Paths)
		all = append(all, component)
	}
	all = append(all, language.Component{Name: "rust-std", Version: c.rustc, PURL: language.PURL("generic", "", "rust-std", c.rustc), License: "MIT OR Apache-2.0", Paths: files})
	slices.SortFunc(all, func(a, b language.Component) int { return strings.Compare(a.PURL, b.PURL) })
	return all
}

// binPath is where programs will be.
func (c *cargo) binPath() string { return filepath.Join(filepath.Dir(c.home), layerRust, "bin") }

// purl is a crate's Package URL (type cargo).
func purl(p *crate) string {
	kind, where, _ := strings.Cut(p.Source, "+")
	switch {
	case p.isOfCratesIO():
		return language.PURL("cargo", "", p.Name, p.Version)
	case kind == "git":
		where, _, _ = strings.Cut(where, "?")
		_, commit, _ := strings.Cut(p.Source, "#")
		where, _, _ = strings.Cut(where, "#")
		return language.PURL("cargo", "", p.Name, p.Version, "vcs_url", "git+"+where+"@"+commit)
	}
	return language.PURL("cargo", "", p.Name, p.Version, "repository_url", where)
}

// isOfCratesIO tells whether a crate is of the public registry, whose index cargo names by either of its two forms.
func (p *crate) isOfCratesIO() bool {
	return strings.HasSuffix(p.Source, "/crates.io-index") || strings.HasSuffix(strings.TrimSuffix(p.Source, "/"), "+https://index.crates.io")
}

// lockLines tells where Cargo.lock pins each crate, by name and version: "Cargo.lock:12". A lock that the build made is told of
// without a line: nobody has it.
func (c *cargo) lockLines() map[string]string {
	where := map[string]string{}
	rel, err := filepath.Rel(c.Root, c.lockfile)
	if err != nil || !c.locked {
		return where
	}
	top, err := os.OpenRoot(c.Root)
	if err != nil {
		return where
	}
	defer top.Close()
	text, _, err := language.ReadText(language.FolderOf(top), rel)
	if err != nil {
		return where // cargo read it
	}
	name := ""
	for n, line := range language.Lines(text) {
		if quoted, ok := strings.CutPrefix(line, `name = "`); ok {
			name, _, _ = strings.Cut(quoted, `"`)
		}
		if quoted, ok := strings.CutPrefix(line, `version = "`); ok && name != "" {
			version, _, _ := strings.Cut(quoted, `"`)
			where[name+" "+version] = fmt.Sprintf("%s:%d", rel, n-1)
			name = ""
		}
	}
	return where
}

// audited is a crate in the record that cargo-auditable defines and scanners read: the section .dep-v0 of a program, JSON
// that is compressed by zlib.
type audited struct {
	Name         string `json:"name"`
	Version      string `json:"version"`
	Source       string `json:"source"`
	Dependencies []int  `json:"dependencies,omitempty"`
	Root         bool   `json:"root,omitempty"`
}

// audit lists the crates of a package's programs, sorted, with what each depends on as indexes into the list.
func (m *metadata) audit(root *crate) []audited {
	var ids []string
	for id := range m.reached(root.ID) {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		x, y := m.crates[a], m.crates[b]
		return strings.Compare(x.Name+" "+x.Version+" "+x.Source, y.Name+" "+y.Version+" "+y.Source)
	})
	var all []audited
	for _, id := range ids {
		p := m.crates[id]
		a := audited{Name: p.Name, Version: p.Version, Source: "registry", Root: id == root.ID}
		switch {
		case p.Source == "":
			a.Source = "local"
		case strings.HasPrefix(p.Source, "git+"):
			a.Source = "git"
		case p.isOfCratesIO():
			a.Source = "crates.io"
		}
		for _, next := range m.linked(id) {
			if i := slices.Index(ids, next); i >= 0 {
				a.Dependencies = append(a.Dependencies, i)
			}
		}
		slices.Sort(a.Dependencies)
		all = append(all, a)
	}
	return all
}

// writeAudit puts the record of its crates into a program.
func (c *cargo) writeAudit(ctx context.Context, program string, packages []audited) error {
	text, err := json.Marshal(map[string]any{"packages": packages})
	if err != nil {
		return fmt.Errorf("cannot write the record of crates: %w", err)
	}
	var compressed bytes.Buffer
	w := zlib.NewWriter(&compressed)
	_, err = w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("cannot write the record of crates: %w", err)
	}
	file := filepath.Join(c.Temp, "dep-v0")
	if err := os.WriteFile(file, compressed.Bytes(), 0o644); err != nil {
		return fmt.Errorf("cannot write the record of crates: %w", err)
	}
	return c.Run(ctx, language.Command{Args: []string{"objcopy", "--add-section", ".dep-v0=" + file, "--set-section-flags", ".dep-v0=noload,readonly", program}, Dir: c.Dir, Env: c.env})
}
