package ruby

import "fmt"

// programs are programs of well-known gems, and those gems.
var programs = map[string]string{
	"puma": "puma", "rackup": "rackup", "rails": "rails", "rake": "rake", "unicorn": "unicorn", "thin": "thin", "falcon": "falcon", "iodine": "iodine",
	"sidekiq": "sidekiq", "resque": "resque", "good_job": "good_job", "clockwork": "clockwork", "hanami": "hanami", "jekyll": "jekyll", "foreman": "foreman", "shoryuken": "shoryuken",
}

// bring says how an app gets such a program.
func bring(program string) string {
	if programs[program] == "" {
		return ""
	}
	return fmt.Sprintf("Add `gem %q` to the Gemfile, and run `bundle install`.", programs[program])
}
