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
	toldSetting  = regexp.MustCompile("(?m)^\\| `(BP_[A-Z0-9_]+)`")
	namedTest    = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	declaredTest = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// TestSettingsPageNamesEverySetting holds the one table of settings against the code that reads them, both ways.
func TestSettingsPageNamesEverySetting(t *testing.T) {
	read := map[string]bool{}
	for _, top := range []string{"build", "cmd/buildpack", "detect", "project"} {
		err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := os.ReadFile(name)
			for _, m := range settingName.FindAllSubmatch(text, -1) {
				read[string(m[1])] = true
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
