package release

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/buildid"
	"whittle.dev/whittle/internal/store"
)

// The kinds of records that are kept of a release. The build that came to them is in their keys: another one has other rules.
const (
	verdictKind = "verdict-2"
	checkKind   = "check-1"
)

// ValidateOnce reads all definitions of a release and checks them against each other, as Release.Validate does. The verdict
// is cached in the cache directory under the digest of the definitions' text, so that a release of 700 packages is compared
// once, and then read no further than it is asked for. A cache that cannot be read or written costs time
// and nothing else.
func ValidateOnce(r *Release, cache string) error {
	told := once(r, cache, verdictKind, func() []byte {
		if err := validate(r); err != nil {
			return []byte(err.Error())
		}
		return nil
	})
	return problems(string(told))
}

// Checked is what a check of a whole release told.
type Checked struct {
	Packages int      `json:"packages"`
	Slices   int      `json:"slices"` // of the packages that can be read
	Warnings []string `json:"warnings"`
	Faults   []Fault  `json:"faults"` // of files that cannot be read; else of definitions that do not go together
}

// Check reads all definitions of a release and holds them against each other.
func Check(r *Release) *Checked {
	c := &Checked{}
	if err := r.ReadAll(); err != nil {
		c.Faults = FaultsOf(err) // whether the others go together is known when all can be read
	} else {
		c.Faults = Faults(r)
	}
	names := r.Names()
	c.Packages, c.Warnings = len(names), slices.Concat(r.Warnings, r.Unfollowed(names))
	for _, name := range names {
		if p := r.Package(name); p != nil {
			c.Slices += len(p.Slices)
		}
	}
	return c
}

// CheckOnce is Check, whose answer is kept as ValidateOnce keeps its own.
func CheckOnce(r *Release, cache string) *Checked {
	var found *Checked
	text := once(r, cache, checkKind, func() []byte {
		found = Check(r)
		text, _ := json.Marshal(found) // texts and numbers alone: there is no error
		return text
	})
	if found != nil {
		return found
	}
	var kept Checked
	if err := json.Unmarshal(text, &kept); err != nil { // somebody wrote into the cache
		return Check(r)
	}
	return &kept
}

// once returns the record of a release, which is made where the cache has none.
func once(r *Release, cache, kind string, make func() []byte) []byte {
	build := buildid.Of()
	st, err := store.Open(filepath.Join(cache, "definitions"))
	if err != nil || build == "" {
		return make()
	}
	defer st.Close()
	sum := sha256.Sum256([]byte(build + " " + r.Digest()))
	key := hex.EncodeToString(sum[:])
	if told, err := st.Record(kind, key); err == nil {
		return told
	}
	made := make()
	_ = st.PutRecord(kind, key, made) // what cannot be cached is found again
	return made
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
