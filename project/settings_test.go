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
		{
			summary: "processes, the app's folder and symbols",
			text:    "[dev.whittle]\napp = \"web\"\n[[dev.whittle.processes]]\ntype = \"web\"\ncommand = \"gunicorn app:app --bind :$PORT\"\n[[dev.whittle.processes]]\ntype = \"job\"\ncommand = [\"python3\", \"a b.py\"]\ndefault = true\n[dev.whittle.build]\ndebug = true\n",
			env:     map[string]string{"BP_WHITTLE_START": "web"},
			want: Settings{
				App: Setting{"web", "project.toml"}, Start: Setting{"web", "BP_WHITTLE_START"}, Debug: true, RunBy: "BP_WHITTLE_RUN",
				Processes: []Process{
					{Type: "web", Line: "gunicorn app:app --bind :$PORT", By: "project.toml"},
					{Type: "job", Command: []string{"python3", "a b.py"}, Default: true, By: "project.toml"},
				},
			},
		},
		{summary: "the environment turns symbols off", text: "[dev.whittle.build]\ndebug = true", env: map[string]string{"BP_WHITTLE_DEBUG": "false"}, want: Settings{RunBy: "BP_WHITTLE_RUN"}},
		{summary: "behind others", text: "[dev.whittle]\nbehind = true", want: Settings{Behind: yes(true), RunBy: "BP_WHITTLE_RUN"}},
		{summary: "the environment says that it is not behind others", text: "[dev.whittle]\nbehind = true", env: map[string]string{"BP_WHITTLE_BEHIND": "false"}, want: Settings{Behind: yes(false), RunBy: "BP_WHITTLE_RUN"}},
		{summary: "an unknown variable", env: map[string]string{"BP_WHITTLE_SLICE": "git"}, err: "cannot use BP_WHITTLE_SLICE: there is no such setting\n"},
		{summary: "the nearest variable", env: map[string]string{"BP_WHITTLE_SLICE": "git"}, err: "Next: Write BP_WHITTLE_SLICES, which is the nearest one"},
		{summary: "variables of others", env: map[string]string{"BP_NODE_VERSION": "24", "BP_WHITTLED": "1"}, want: Settings{RunBy: "BP_WHITTLE_RUN"}},
		{summary: "neither true nor false", env: map[string]string{"BP_WHITTLE_DEBUG": "maybe"}, err: `cannot use BP_WHITTLE_DEBUG="maybe"`},
		{summary: "a process without a type", text: "[[dev.whittle.processes]]\ncommand = \"a\"", err: `[[dev.whittle.processes]] has the type ""`},
		{summary: "a type that is a path", text: "[[dev.whittle.processes]]\ntype = \"../a\"\ncommand = \"a\"", err: `has the type "../a"`},
		{summary: "a process without a command", text: "[[dev.whittle.processes]]\ntype = \"web\"", err: `of type web needs a command: a line, or a list`},
		{summary: "an empty command", text: "[[dev.whittle.processes]]\ntype = \"web\"\ncommand = []", err: `of type web has an empty command`},
		{summary: "a command of numbers", text: "[[dev.whittle.processes]]\ntype = \"web\"\ncommand = [1]", err: `a command of other things than words`},
		{summary: "two of a type", text: "processes = 1\n[[dev.whittle.processes]]\ntype = \"a\"\ncommand = \"a\"\n[[dev.whittle.processes]]\ntype = \"a\"\ncommand = \"b\"", err: `two [[dev.whittle.processes]] of type "a"`},
		{summary: "two defaults", text: "[[dev.whittle.processes]]\ntype = \"a\"\ncommand = \"a\"\ndefault = true\n[[dev.whittle.processes]]\ntype = \"b\"\ncommand = \"b\"\ndefault = true", err: `the processes "a" and "b" are both the default`},
		{summary: "a misspelt key of a process", text: "[[dev.whittle.processes]]\ntype = \"a\"\ncmd = \"a\"", err: `no key "processes.cmd"`},
		{summary: "foreign tables are left alone", text: "[io.buildpacks]\nbuilder = \"x\"\n[dev.other]\nx = 1", want: Settings{RunBy: "BP_WHITTLE_RUN"}},
		{summary: "unknown key", text: "[dev.whittle.run]\nslice = [\"git\"]", err: `Next: Write "run.slices", which is the nearest one`},
		{summary: "wrong type", text: "[dev.whittle.run]\nslices = \"git\"", err: "cannot read project.toml"},
		{
			summary: "what the app writes to", text: "[dev.whittle.run]\nwritable = [\"uploads\", \"var/cache/\"]", env: map[string]string{"BP_WHITTLE_WRITABLE": "."},
			want: Settings{RunBy: "BP_WHITTLE_RUN", Writable: []Setting{{"uploads", "project.toml"}, {"var/cache/", "project.toml"}, {".", "BP_WHITTLE_WRITABLE"}}},
		},
		{summary: "writing elsewhere", env: map[string]string{"BP_WHITTLE_WRITABLE": "../other"}, err: `cannot let the app write to "../other" (BP_WHITTLE_WRITABLE): it is no path below`},
		{summary: "writing to an absolute path", text: "[dev.whittle.run]\nwritable = [\"/etc\"]", err: `cannot let the app write to "/etc" (project.toml)`},
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
			switch f := t.Field(i).Type; {
			case f.Kind() == reflect.Struct:
				walk(key+".", f)
			case f.Kind() == reflect.Slice && f.Elem().Kind() == reflect.Struct:
				walk(key+".", f.Elem())
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

func yes(b bool) *bool { return &b }

func files(names ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for _, n := range names {
		name, text, _ := strings.Cut(n, "=")
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}
