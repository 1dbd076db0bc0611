package whittle_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/project"
)

var (
	settingName  = regexp.MustCompile(`"(BP_[A-Z0-9_]+[A-Z0-9])"`)
	otherSetting = regexp.MustCompile(`\.Setting\("([A-Z0-9_]+)"\)`)
	toldSetting  = regexp.MustCompile("(?m)^\\| `(BP_[A-Z0-9_]+)`")
	namedTest    = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	declaredTest = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// TestSettingsPageNamesEverySetting holds the one table of settings against the code that reads them, both ways.
func TestSettingsPageNamesEverySetting(t *testing.T) {
	read, others := map[string]bool{}, map[string]bool{}
	for _, top := range []string{"build", "cmd/buildpack", "detect", "project"} {
		err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := os.ReadFile(name)
			for _, m := range settingName.FindAllSubmatch(text, -1) {
				read[string(m[1])] = true
			}
			for _, m := range otherSetting.FindAllSubmatch(text, -1) {
				others[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile("docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, m := range toldSetting.FindAllSubmatch(page, -1) {
		told[string(m[1])] = true
	}
	for name := range read {
		if !told[name] {
			t.Errorf("the code reads %s, and no row of docs/settings.md tells of it", name)
		}
	}
	for name := range others {
		if !strings.Contains(string(page), "`"+name) {
			t.Errorf("the code reads %s, which other platforms have, and docs/settings.md does not tell of it", name)
		}
	}
	for name := range told {
		if _, err := project.Read(fstest.MapFS{}, map[string]string{name: "x"}); err != nil && strings.Contains(err.Error(), "no such setting") {
			t.Errorf("docs/settings.md tells of %s, and a build refuses it", name)
		}
		if !read[name] {
			t.Errorf("docs/settings.md tells of %s, and no code reads it", name)
		}
	}
	if len(read) == 0 {
		t.Error("no code reads a setting: this test sees nothing")
	}
}

// TestTestsThatTheDocumentationNamesExist holds the pages that say which test shows what against the tests.
func TestTestsThatTheDocumentationNamesExist(t *testing.T) {
	declared := map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, m := range declaredTest.FindAllSubmatch(text, -1) {
			declared[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("there are %d pages: %v", len(pages), err)
	}
	named := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range namedTest.FindAllSubmatch(text, -1) {
			if named++; !declared[string(m[1])] {
				t.Errorf("%s names %s, and there is no such test", page, m[1])
			}
		}
	}
	if named == 0 {
		t.Error("no page names a test: this test sees nothing")
	}
}

// TestTablesHaveTheirCells: a | in the code of a cell ends it, unless it is written \|, and what is behind the last column is not shown.
func TestTablesHaveTheirCells(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("there are %d pages: %v", len(pages), err)
	}
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		columns, n, fenced := 0, 0, false
		for line := range strings.Lines(string(text)) {
			n++
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
			}
			if fenced || !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if columns == 0 {
				columns = cells
			}
			if cells != columns {
				t.Errorf("%s:%d has %d cells, and its table %d: %s", page, n, cells-1, columns-1, line)
			}
		}
	}
}

var (
	linked  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	fences  = regexp.MustCompile("(?ms)^```.*?^```")
	marks   = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// TestLinksOfTheDocumentationLeadSomewhere looks for the files and headings that pages link to.
func TestLinksOfTheDocumentationLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("there are %d pages: %v", len(pages), err)
	}
	prose := func(page string) string {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		return fences.ReplaceAllString(string(text), "")
	}
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md", "CHANGELOG.md") {
		for _, m := range linked.FindAllStringSubmatch(prose(page), -1) {
			file, part, _ := strings.Cut(m[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			to := page
			if file != "" {
				to = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
				continue
			}
			found := part == ""
			for _, h := range heading.FindAllStringSubmatch(prose(to), -1) {
				anchor := strings.ReplaceAll(marks.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")
				found = found || anchor == part
			}
			if !found {
				t.Errorf("%s links to %s, and there is no such heading", page, m[1])
			}
		}
	}
}
