package release

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/internal/buildid"
	"whittle.dev/whittle/internal/store"
)

// verdictKind names the records of verdicts. The build that came to a verdict is in its key: another one has other rules.
const verdictKind = "verdict-2"

// ValidateOnce reads all definitions of a release and checks them against each other, as Release.Validate does. The verdict
// is cached in the cache directory under the digest of the definitions' text, so that a release of 700 packages is compared
// once, and then read no further than it is asked for. A cache that cannot be read or written costs time
// and nothing else.
func ValidateOnce(r *Release, cache string) error {
	build := buildid.Of()
	st, err := store.Open(filepath.Join(cache, "definitions"))
	if err != nil || build == "" {
		return validate(r)
	}
	defer st.Close()
	sum := sha256.Sum256([]byte(build + " " + r.Digest()))
	key := hex.EncodeToString(sum[:])
	if told, err := st.Record(verdictKind, key); err == nil {
		return problems(string(told))
	}
	verdict := validate(r)
	var text string
	if verdict != nil {
		text = verdict.Error()
	}
	_ = st.PutRecord(verdictKind, key, []byte(text)) // what cannot be cached is found again
	return verdict
}

func validate(r *Release) error {
	if err := r.ReadAll(); err != nil {
		return err
	}
	return r.Validate()
}

// problems are those of a verdict, one a line, as Validate joins them.
func problems(text string) error {
	var all []error
	for line := range strings.Lines(text) {
		all = append(all, errors.New(strings.TrimSuffix(line, "\n")))
	}
	return errors.Join(all...)
}
