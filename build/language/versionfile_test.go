package language_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

func TestToolVersions(t *testing.T) {
	for _, row := range []struct {
		name, file, text string
		want             []language.Wish
		err              string
	}{
		{"asdf", ".tool-versions", "python 3.13.2 # ours\n\nruby 3.4.1 system\n", []language.Wish{{Spec: "3.4.1", From: ".tool-versions line 3", Pin: true}}, ""},
		{"another name", ".tool-versions", "rubylang 3.4.1\n", []language.Wish{{Spec: "3.4.1", From: ".tool-versions line 1", Pin: true}}, ""},
		{"of nobody", ".tool-versions", "ruby-build 1\nruby\n", nil, ""},
		{"the newest of a line", ".tool-versions", "ruby latest:3.4\n", []language.Wish{{Spec: "3.4", From: ".tool-versions line 1", Pin: true}}, ""},
		{"the newest", ".tool-versions", "ruby latest\n", []language.Wish{{Spec: "latest", From: ".tool-versions line 1", Pin: true}}, ""},
		{"no version", ".tool-versions", "ruby system\n", nil, ""},
		{"a folder", ".tool-versions", "ruby path:/opt/ruby\n", nil, ""},
		{"a commit", ".tool-versions", "ruby ref:v3_4\n", []language.Wish{{Spec: "ref:v3_4", From: ".tool-versions line 1", Pin: true}}, ""},
		{"UTF-16", ".tool-versions", "\xff\xfer\x00", nil, "cannot read .tool-versions\n  it is not UTF-8 text, but UTF-16"},
		{"mise", "mise.toml", "[tools]\nruby = \"3.4\"\n", []language.Wish{{Spec: "3.4", From: "mise.toml", Pin: true}}, ""},
		{"mise, hidden", ".mise.toml", "[tools]\nruby = \"3.4\"\n", []language.Wish{{Spec: "3.4", From: ".mise.toml", Pin: true}}, ""},
		{"mise, a list", "mise.toml", "[tools]\nruby = [\"3.4\", \"3.3\"]\n", []language.Wish{{Spec: "3.4", From: "mise.toml", Pin: true}}, ""},
		{"mise, a table", "mise.toml", "[tools.ruby]\nversion = \"prefix:3.4\"\n", []language.Wish{{Spec: "3.4", From: "mise.toml", Pin: true}}, ""},
		{"mise, with its backend", "mise.toml", "[tools]\n\"core:ruby\" = \"3.4\"\n", []language.Wish{{Spec: "3.4", From: "mise.toml", Pin: true}}, ""},
		{"mise, a whole number", "mise.toml", "[tools]\nruby = 3\n", []language.Wish{{Spec: "3", From: "mise.toml", Pin: true}}, ""},
		{"mise, a number", "mise.toml", "[tools]\nruby = 3.10\n", nil, "cannot read the version of ruby in mise.toml\n  3.1 is no text\nNext: Write it in quotes."},
		{"mise, others", "mise.toml", "[tools]\nnode = 3.10\n[env]\nA = \"1\"\n", nil, ""},
		{"no TOML", "mise.toml", "[tools\nruby", nil, "cannot read mise.toml\n  line 2: "},
		{"nothing", "README", "", nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := language.ToolVersions(fstest.MapFS{row.file: &fstest.MapFile{Data: []byte(row.text)}}, "ruby", "rubylang")
			languagetest.Has(t, err, row.err)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestVersionFile(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       []language.Wish
		err        string
	}{
		{"one", "\uFEFF3.4.1\r\n", []language.Wish{{Spec: "3.4.1", From: ".ruby-version", Pin: true}}, ""},
		{"comments", "# ours\n\n3.4 # now\n3.3\n", []language.Wish{{Spec: "3.4", From: ".ruby-version line 3", Pin: true}}, ""},
		{"nothing", "\n# none\n", nil, ""},
		{"whatever is there", "system\n", nil, ""},
		{"another encoding", "3.4 \xe9", nil, "it is not UTF-8 text, but another encoding"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := language.VersionFile(fstest.MapFS{".ruby-version": &fstest.MapFile{Data: []byte(row.text)}}, ".ruby-version")
			languagetest.Has(t, err, row.err)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got, err := language.VersionFile(fstest.MapFS{}, ".ruby-version"); got != nil || err != nil {
		t.Errorf("a missing file: %v, %v", got, err)
	}
}
