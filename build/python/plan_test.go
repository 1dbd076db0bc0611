package python

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestPlans reads testdata/plans.txtar-like files: an app each, and what pip is to install for it, or the error.
func TestPlans(t *testing.T) {
	found, err := os.ReadDir("testdata/plans")
	if err != nil || len(found) < 20 {
		t.Fatalf("%d apps, %v", len(found), err)
	}
	for _, e := range found {
		t.Run(strings.TrimSuffix(e.Name(), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile("testdata/plans/" + e.Name())
			if err != nil {
				t.Fatal(err)
			}
			files, want := map[string]string{}, ""
			for _, f := range archive.Files {
				if f.Name == "WANT" {
					want = string(f.Data)
					continue
				}
				files[f.Name] = string(f.Data)
			}
			a := asker{markers: onLinux{}, python: "3.13.5", usual: func(context.Context) (usual, error) {
				return usual{Made: []string{"https://usual.example.org/simple", "https://files.example.org"}, Asked: "https://usual.example.org/simple"}, nil
			}}
			for line := range strings.Lines(string(archive.Comment)) {
				if extras, ok := strings.CutPrefix(line, "extras: "); ok {
					a.extras = strings.Fields(extras)
				}
				if groups, ok := strings.CutPrefix(line, "groups: "); ok {
					a.groups = strings.Fields(groups)
				}
				if file, ok := strings.CutPrefix(line, "file: "); ok {
					a.file = strings.TrimSpace(file)
				}
			}
			dir := fs.FS(languagetest.Files(files))
			for line := range strings.Lines(string(archive.Comment)) {
				if folder, ok := strings.CutPrefix(line, "app: "); ok {
					a.project, a.folder = dir, strings.TrimSpace(folder)
					if dir, err = fs.Sub(dir, a.folder); err != nil {
						t.Fatal(err)
					}
				}
			}
			p, err := makePlan(t.Context(), dir, a)
			got := ""
			if err != nil {
				got = "error: " + err.Error() + "\n"
			} else {
				got = describe(p)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
				if os.Getenv("UPDATE") != "" {
					archive.Files = append(archive.Files[:len(archive.Files):len(archive.Files)], txtar.File{})[:len(archive.Files)]
					for i := range archive.Files {
						if archive.Files[i].Name == "WANT" {
							archive.Files[i].Data = []byte(got)
						}
					}
					_ = os.WriteFile("testdata/plans/"+e.Name(), txtar.Format(archive), 0o644)
				}
			}
		})
	}
}

func describe(p *plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "by: %s\n", p.By)
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "pip install %s", strings.Join(s.Args, " "))
		if s.Optional {
			b.WriteString(" (optional)")
		}
		for _, i := range s.Indexes {
			fmt.Fprintf(&b, " (index %s %s)", i.Name, i.URL)
		}
		b.WriteString("\n")
		for _, line := range s.Lines {
			b.WriteString("  " + line + "\n")
		}
	}
	var dists []string
	for _, name := range keys(p.Dists) {
		d := name
		if v := p.Dists[name].Version; v != "" {
			d += "=" + v
		}
		dists = append(dists, d)
	}
	if len(dists) > 0 {
		fmt.Fprintf(&b, "known: %s\n", strings.Join(dists, " "))
	}
	for _, w := range p.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", w)
	}
	return b.String()
}
