package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Identity is a digest, in hex, over all that decides what the archive answers: its suites in their order with the digests
// of their Releases, the options of their sources, and the pins. Archives of equal identities have equal packages. What
// decides only whether an archive is trusted is not in it, such as keys: whoever has an Archive trusts it.
func (a *Archive) Identity() (string, error) {
	type suite struct {
		Source        Source
		Suite, Digest string
		Indexes       []string
	}
	all := struct {
		Arch, DefaultRelease string
		Pins                 []Pin
		Suites               []suite
	}{Arch: a.options.Arch, DefaultRelease: a.options.DefaultRelease, Pins: a.options.Pins}
	for _, s := range a.sites {
		from := s.source
		from.Name, from.SignedBy, from.InlineKeys = "", nil, nil
		all.Suites = append(all.Suites, suite{Source: from, Suite: s.suite, Digest: s.digest, Indexes: s.indexed})
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("cannot tell the identity of the archive: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
