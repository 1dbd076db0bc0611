// Package ruby builds Ruby apps: Bundler tells what the Gemfile and its lock say, installs exactly that into a layer of its
// own, and the image gets it beside Debian's Ruby, which runs unmodified behind the doors of the run image.
package ruby

import (
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

// Language is Ruby.
var Language = language.Language{
	Language: detect.Language{
		Name:   "ruby",
		Files:  []string{"Gemfile", "gems.rb", "config.ru"},
		Source: "*.rb",
		Programs: []string{
			"ruby", "bundle", "bundler", "rackup", "puma", "rails", "rake", "unicorn", "thin", "falcon", "iodine", "sidekiq", "hanami",
		},
	},
	Compile:     compile,
	Choices:     append(language.Truths("BP_RUBY_ASSETS", "BP_RUBY_JEMALLOC"), language.Lock),
	Packages:    nativePackages,
	Credentials: []language.Credential{{Types: []string{"bundler"}, Files: []string{"config"}, Variable: "BUNDLE_USER_CONFIG"}},
	Absent:      map[string]string{"bundle": language.InsteadOfRun},
	Bring:       bring,
	Tools: []language.Tool{{
		Name: "bundle", Index: "BUNDLE_MIRROR__ALL", Relock: "bundle lock", Runtime: "Ruby", Setting: "BP_RUBY_VERSION",
		Credentials: "bundler (with Bundler's own config), or in a variable such as BUNDLE_GEMS__EXAMPLE__COM=user:password",
	}},
}
