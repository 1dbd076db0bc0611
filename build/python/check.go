package python

import (
	"context"
	"io"
	"time"

	"whittle.dev/whittle/build/language"
)

// check decides version, packages and start command as compile does, and tells of nothing but what stands against the build. What
// has to be fetched first, a lock made anew or an interpreter that is not Debian's, it leaves to compile.
func check(ctx context.Context, s language.Site) error {
	if source := s.Setting("BP_PYTHON_SOURCE"); s.Setting("BP_LOCK") != "" || source != "" && source != "debian" {
		return nil
	}
	s.Log = language.NewLog(io.Discard, time.Now)
	p := python{Site: s, interpreter: systemPython}
	return language.Do(ctx, p.checkStrict, p.chooseVersion, p.choosePackages, p.chooseDocs, p.chooseStart)
}
