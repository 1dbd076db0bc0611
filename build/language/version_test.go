package language

import (
	"errors"
	"strings"
	"testing"
)

// allows reads wishes of the form "1", "1 2": any of the versions. "?" is none.
func allows(w Wish, version string) (bool, error) {
	if w.Spec == "?" {
		return false, errors.New("it is no version")
	}
	return strings.Contains(" "+w.Spec+" ", " "+version+" "), nil
}

func TestChoose(t *testing.T) {
	pin := func(spec string) Wish { return Wish{Spec: spec, From: "setting", Pin: true} }
	file := func(spec string) Wish { return Wish{Spec: spec, From: "file"} }
	for _, row := range []struct {
		name      string
		wishes    []Wish
		available string
		want, err string
	}{
		{"nobody cares", nil, "3 2 1", "3", ""},
		{"one wish", []Wish{file("1 2")}, "3 2 1", "2", ""},
		{"two that agree", []Wish{pin("1"), file("2 1")}, "3 2 1", "1", ""},
		{"two that disagree", []Wish{file("1 2"), {Spec: "3", From: "manifest"}}, "3 2 1", "", "file and manifest disagree about the version of Made"},
		{"a pin against what is not there", []Wish{pin("1"), file("4")}, "3 2 1", "", "setting and file disagree"},
		{"not there", []Wish{file("1 2"), {Spec: "4", From: "manifest"}}, "3 2 1", "", "Made 4, which manifest asks for, is not to be had here"},
		{"what is there", []Wish{file("4")}, "3 2 1", "", "available: 3, 2, 1\n  elsewhere: Made 7 with whittle/builder:other\nNext: Ask for one of these."},
		{"another builder has it", []Wish{file("7")}, "3 2 1", "", "elsewhere: Made 7 with whittle/builder:other\nNext: Ask for one of these, or build with whittle/builder:other."},
		{"no version", []Wish{file("?")}, "1", "", "cannot use file: it is no version"},
		{"nothing at all", nil, "", "", "there is no Made to be had"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Choose("Made", row.wishes, strings.Fields(row.available), []Other{{"7", "whittle/builder:other"}}, allows)
			if got != row.want || (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
