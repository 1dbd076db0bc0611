package ruby

import (
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

func TestVersion(t *testing.T) {
	for _, row := range []struct {
		name    string
		files   map[string]string
		gemfile []string // what it says of the version
		setting string
		err     string
	}{
		{name: "nobody says anything"},
		{name: "the same minor version", files: map[string]string{".ruby-version": "ruby-3.3.0\n"}},
		{name: "a major version", files: map[string]string{"mise.toml": "[tools]\nruby = \"3\"\n"}},
		{name: "the newest", files: map[string]string{"mise.toml": "[tools]\nruby = \"latest\"\n"}},
		{name: "a patch with its number", files: map[string]string{".tool-versions": "ruby 3.3.0-p0\n"}},
		{name: "a minimum", gemfile: []string{">= 3.1"}},
		{name: "a minimum and less than the next", gemfile: []string{"~> 3.1"}},
		{name: "a patch, written as a requirement", gemfile: []string{"3.3.1"}},
		{name: "two requirements", gemfile: []string{">= 3.1", "< 3.4"}},
		{name: "a setting before files", files: map[string]string{".ruby-version": "2.6.6\n"}, gemfile: []string{"3.1.2"}, setting: "3.3"},
		{name: "a setting with a requirement", setting: "~> 3.3.0"},
		{name: ".ruby-version before mise.toml", files: map[string]string{".ruby-version": "3.3.1\n", "mise.toml": "[tools]\nruby = \"2.7\"\n"}},
		{name: "too old", files: map[string]string{".ruby-version": "2.6.6\n"}, err: "Ruby 2.6.6, which .ruby-version asks for, is not to be had here"},
		{name: "that of another release", gemfile: []string{"3.1.2"}, err: "Ask for 3.3, build with whittle/builder:debian-12, or set BP_RUBY_VERSION=3.3"},
		{name: "a minor version, written as a requirement", gemfile: []string{"~> 3.2.0"}, err: "Ruby ~> 3.2.0, which Gemfile asks for"},
		{name: "too new", gemfile: []string{">= 3.4"}, err: "Ruby >= 3.4, which Gemfile asks for, is not to be had here"},
		{name: "the Gemfile against a file", files: map[string]string{".ruby-version": "3.3.1\n"}, gemfile: []string{"3.2.0"}, err: "Ruby 3.2.0, which Gemfile asks for"},
		{name: "another engine", files: map[string]string{".ruby-version": "jruby-9.4.5.0\n"}, err: "jruby, which .ruby-version asks for, is not to be had here"},
		{name: "no version", files: map[string]string{".ruby-version": "three\n"}, err: "cannot read the version of Ruby in .ruby-version\n  \"three\" is no version of Ruby"},
		{name: "no version in the setting", setting: ">= x", err: "cannot read the version of Ruby in BP_RUBY_VERSION"},
		{name: "UTF-16", files: map[string]string{".ruby-version": "\xff\xfe3\x00"}, err: "it is not UTF-8 text, but UTF-16"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &ruby{Site: languagetest.Site(t, nil), gemfile: "Gemfile", report: said()}
			r.report.Ruby, r.Env["BP_RUBY_VERSION"] = row.gemfile, row.setting
			languagetest.Write(t, r.Dir, row.files)
			languagetest.Write(t, r.Dir, map[string]string{"Gemfile": "ruby \"3.3.1\"\n"})
			languagetest.Has(t, r.chooseVersion(t.Context()), row.err)
		})
	}
}

// TestRelax: Bundler takes a version of the Gemfile literally when the app starts, and Debian has a later patch.
func TestRelax(t *testing.T) {
	for _, row := range []struct{ name, wants, before, after string }{
		{"a version that fits", "~> 3.3", "ruby \"~> 3.3\"\n", "ruby \"~> 3.3\"\n"},
		{"a patch", "3.3.0", "source 's'\nruby \"3.3.0\"\ngem 'a'\n", "source 's'\n# 3.3.8 runs it. ruby \"3.3.0\"\ngem 'a'\n"},
		{"in brackets", "3.3.0", "  ruby('3.3.0')\n", "  # 3.3.8 runs it. ruby('3.3.0')\n"},
		{"of a file", "3.3.0", "ruby file: \".ruby-version\"\n", "# 3.3.8 runs it. ruby file: \".ruby-version\"\n"},
		{"with a patch level", "3.3.0", "ruby '3.3.0', patchlevel: '0'\n", "# 3.3.8 runs it. ruby '3.3.0', patchlevel: '0'\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &ruby{Site: languagetest.Site(t, nil), gemfile: "Gemfile", report: said()}
			r.report.Ruby = []string{row.wants}
			languagetest.Write(t, r.Dir, map[string]string{"Gemfile": row.before})
			if err := r.relax(); err != nil {
				t.Fatal(err)
			}
			if got := languagetest.Read(t, r.Dir+"/Gemfile"); got != row.after {
				t.Errorf("got %q, want %q", got, row.after)
			}
		})
	}
}

// TestGooglesSettingSaysTheVersion follows the setting of Google's buildpacks where our own says nothing.
func TestGooglesSettingSaysTheVersion(t *testing.T) {
	r := &ruby{Site: languagetest.Site(t, nil), gemfile: "Gemfile", report: said()}
	r.Env["GOOGLE_RUNTIME_VERSION"] = "2.7"
	languagetest.Has(t, r.chooseVersion(t.Context()), "Ruby 2.7, which GOOGLE_RUNTIME_VERSION asks for, is not to be had here")
	r.Env["BP_RUBY_VERSION"] = "3.3"
	languagetest.Has(t, r.chooseVersion(t.Context()), "")
}
