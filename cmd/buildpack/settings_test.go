package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"whittle.dev/whittle/build/language"
)

// truth is how a language reads a setting that is true or false.
var truth = regexp.MustCompile(`\.Truth\("(BP_[A-Z0-9_]+)"|"(BP_[A-Z0-9_]+)": &`)

// TestSettingsOfFewWordsAreHeldAgainstThem: what a language reads as true or false, and BP_LOCK, is among its choices, so that the
// build tells of a wrong word before it does anything.
func TestSettingsOfFewWordsAreHeldAgainstThem(t *testing.T) {
	folders := map[string]string{"go": "golang", "c": "native", "none": "plain"}
	read := 0
	for _, l := range languages {
		var has []string
		for _, c := range l.Choices {
			has = append(has, c.Setting)
			if c.Check(map[string]string{c.Setting: "nonsense"}) == nil {
				t.Errorf("%s takes %s=nonsense", l.Name, c.Setting)
			}
		}
		folder := l.Name
		if other, ok := folders[folder]; ok {
			folder = other
		}
		files, err := filepath.Glob("../../build/" + folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has %d files, %v", folder, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range truth.FindAllStringSubmatch(string(text), -1) {
				read++
				if name := m[1] + m[2]; !slices.Contains(has, name) {
					t.Errorf("%s reads %s, and it is no choice of %s", file, name, l.Name)
				}
			}
			if regexp.MustCompile(`Setting\("BP_LOCK"\)`).Match(text) && !slices.Contains(has, language.Lock.Setting) {
				t.Errorf("%s reads BP_LOCK, and it is no choice of %s", file, l.Name)
			}
		}
	}
	if read == 0 {
		t.Error("no language reads a setting: this test sees nothing")
	}
}
