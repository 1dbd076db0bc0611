package project

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestReadSettings(t *testing.T) {
	tests := []struct {
		summary string
		text    string
		env     map[string]string
		want    Settings
		err     string
	}{
		{summary: "no file", want: Settings{RunBy: "BP_WHITTLE_RUN"}},
		{
			summary: "file and environment add up",
			text:    "[_]\nschema-version = \"0.2\"\n[dev.whittle.build]\npackages = [\"libgmp-dev\"]\n[dev.whittle.run]\nslices = [\"git\"]\nlibraries = [\"libfoo.so.1\"]\n",
			env:     map[string]string{"BP_WHITTLE_BUILD_PACKAGES": "libmpc-dev, libpq-dev", "BP_WHITTLE_SLICES": "curl", "BP_WHITTLE_RUN": "x"},
			want: Settings{
				Packages:  []Setting{{"libgmp-dev", "project.toml"}, {"libmpc-dev", "BP_WHITTLE_BUILD_PACKAGES"}, {"libpq-dev", "BP_WHITTLE_BUILD_PACKAGES"}},
				Slices:    []Setting{{"git", "project.toml"}, {"curl", "BP_WHITTLE_SLICES"}},
				Libraries: []Setting{{"libfoo.so.1", "project.toml"}},
				Run:       "x",
				RunBy:     "BP_WHITTLE_RUN",
			},
		},
		{summary: "the environment's language wins", text: "[dev.whittle]\nlanguage = \"go\"", env: map[string]string{"BP_WHITTLE_LANGUAGE": "python"}, want: Settings{Language: "python", RunBy: "BP_WHITTLE_RUN"}},
		{summary: "foreign tables are left alone", text: "[io.buildpacks]\nbuilder = \"x\"\n[dev.other]\nx = 1", want: Settings{RunBy: "BP_WHITTLE_RUN"}},
		{summary: "unknown key", text: "[dev.whittle.run]\nslice = [\"git\"]", err: `no key "run.slice"` + "\n" + `The nearest one is "run.slices"`},
		{summary: "wrong type", text: "[dev.whittle.run]\nslices = \"git\"", err: "cannot read project.toml"},
		{summary: "no TOML", text: "hello", err: "cannot read project.toml"},
	}
	for _, tt := range tests {
		t.Run(tt.summary, func(t *testing.T) {
			dir := files()
			if tt.text != "" {
				dir = files("project.toml=" + tt.text)
			}
			got, err := readSettings(dir, tt.env)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error is %v, want one that has %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDescriptorKeysAreThoseOfTheStruct(t *testing.T) {
	var keys []string
	var walk func(prefix string, t reflect.Type)
	walk = func(prefix string, t reflect.Type) {
		for i := range t.NumField() {
			key := prefix + t.Field(i).Tag.Get("toml")
			keys = append(keys, key)
			if t.Field(i).Type.Kind() == reflect.Struct {
				walk(key+".", t.Field(i).Type)
			}
		}
	}
	walk("", reflect.TypeOf(descriptor{}.Dev.Whittle))
	slices.Sort(keys)
	want := slices.Sorted(slices.Values(descriptorKeys))
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
}

func files(names ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for _, n := range names {
		name, text, _ := strings.Cut(n, "=")
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}
