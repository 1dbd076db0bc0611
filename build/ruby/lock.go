package ruby

import (
	"context"
	"fmt"

	"whittle.dev/whittle/build/language"
)

// checkLock refuses a lock that does not satisfy its Gemfile, unless the user asks for another one.
func (r *ruby) checkLock(context.Context) error {
	name := lockName(r.gemfile)
	switch {
	case r.report.Lock == nil && len(r.report.Gems) > 0:
		r.Log.Warn("there is no %s: the newest versions that fit are installed; run `bundle lock` and commit it", name)
	case len(r.report.Stale) > 0 && r.Setting("BP_LOCK") != language.Update:
		p := &language.Problem{
			What: name + " is out of date",
			Next: fmt.Sprintf("Run `bundle install` and commit %s; or set BP_LOCK=update to have each build lock anew.", name),
		}
		for _, s := range r.report.Stale {
			p.Evidence = append(p.Evidence, fmt.Sprintf("%s requires %s %s; it has %s", r.gemfile, s.Name, s.Wants, s.Has))
		}
		return p
	}
	return nil
}

// frozen tells whether Bundler takes the lock as it is.
func (r *ruby) frozen() bool { return r.report.Lock != nil }

// differs tells whether Bundler would refuse the lock although it satisfies the Gemfile: a requirement was written anew.
func (r *ruby) differs() bool {
	if len(r.report.Stale) > 0 || len(r.report.Gems) != len(r.report.Lock.Wants) {
		return true
	}
	for _, g := range r.report.Gems {
		if r.report.Lock.Wants[g.Name] != g.Requirement {
			return true
		}
	}
	return false
}

// relock adds the image's platform to a lock that was made for others, and what the Gemfile says anew. The versions stay that
// the lock has. What the app has itself suffices most often; the registry is asked where it does not.
func (r *ruby) relock(ctx context.Context) error {
	if r.report.Lock == nil || r.report.Lock.Supported && !r.differs() {
		return nil
	}
	args := []string{"lock", "--local"}
	if !r.report.Lock.Supported {
		platform := map[string]string{"amd64": "x86_64-linux", "arm64": "aarch64-linux"}[r.Arch]
		args = append(args, "--add-platform", platform)
		r.Log.Line("%s is for %s: %s is added", lockName(r.gemfile), language.Some(r.report.Lock.Platforms), platform)
	} else {
		r.Log.Line("%s satisfies the Gemfile, which has changed since: it is locked anew, with the same versions", lockName(r.gemfile))
	}
	if err := r.configure(false); err != nil {
		return err
	}
	before, _, err := language.ReadText(r.Files, lockName(r.gemfile))
	if err != nil {
		return err
	}
	if r.bundle(ctx, args...) == nil {
		return nil
	}
	if err := r.write(lockName(r.gemfile), []byte(before)); err != nil {
		return err
	}
	return r.bundle(ctx, append([]string{"lock"}, args[2:]...)...)
}
