package archive

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A releaseFile is what a Release file says of one file below its directory.
type releaseFile struct {
	size   int64
	sha256 string // lower-case hexadecimal
	sha512 string // empty if not given
}

// A release is the signed table of a suite: the Release file of Debian's
// repository format (https://wiki.debian.org/DebianRepository/Format).
type release struct {
	suite, codename, origin, label, version string
	date, validUntil                        time.Time // validUntil may be zero
	architectures, components               []string
	byHash, notAutomatic, automaticUpgrades bool
	allInEach                               bool // each Packages file holds Architecture: all too
	files                                   map[string]releaseFile
	has                                     func(name string) bool // in a bundle; nil elsewhere, where all should be there
}

// maxIndexSize refuses an announced size that no real index has: Debian's
// largest, the Contents of architecture all, is below 1 GiB.
const maxIndexSize = 4 << 30

// parseRelease reads the text of a Release file, whose signature is verified
// by then. Unknown fields are passed over; a duplicate of a field that counts
// is an error.
func parseRelease(text []byte) (release, error) {
	r := release{files: map[string]releaseFile{}}
	seen := map[string]bool{}
	section := ""
	n := 0
	for line := range bytes.Lines(text) {
		n++
		line := string(bytes.TrimRight(line, "\r\n \t"))
		if line == "" {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if err := r.addFile(section, line); err != nil {
				return r, fmt.Errorf("line %d: %w", n, err)
			}
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return r, fmt.Errorf("line %d: %q is not a field", n, firstLine([]byte(line)))
		}
		section = strings.ToLower(name)
		if seen[section] {
			return r, fmt.Errorf("line %d: field %s is there twice", n, name)
		}
		seen[section] = true
		if err := r.setField(section, strings.TrimSpace(value)); err != nil {
			return r, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if r.date.IsZero() {
		return r, fmt.Errorf("it has no Date")
	}
	if !seen["sha256"] {
		return r, fmt.Errorf("it lists no SHA256 digests")
	}
	// SHA512 alone does not count: a file that only it names cannot be told
	// from one that the SHA256 list left out on purpose.
	for name, f := range r.files {
		if f.sha256 == "" {
			delete(r.files, name)
		}
	}
	return r, nil
}

func (r *release) setField(name, value string) (err error) {
	switch name {
	case "suite":
		r.suite = value
	case "codename":
		r.codename = value
	case "origin":
		r.origin = value
	case "label":
		r.label = value
	case "version":
		r.version = value
	case "date":
		r.date, err = parseReleaseDate(value)
	case "valid-until":
		r.validUntil, err = parseReleaseDate(value)
	case "architectures":
		r.architectures = strings.Fields(value)
	case "components":
		r.components = strings.Fields(value)
	case "acquire-by-hash":
		r.byHash = isYes(value)
	case "notautomatic":
		r.notAutomatic = isYes(value)
	case "butautomaticupgrades":
		r.automaticUpgrades = isYes(value)
	case "no-support-for-architecture-all":
		r.allInEach = slices.Contains(strings.Fields(value), "Packages")
	}
	return err
}

// parseReleaseDate reads the RFC 822 dates of Release files. The zone is UTC,
// which some tools write as GMT or +0000.
func parseReleaseDate(value string) (time.Time, error) {
	for _, layout := range []string{time.RFC1123, "Mon, _2 Jan 2006 15:04:05 MST", time.RFC1123Z, "Mon, _2 Jan 2006 15:04:05 -0700"} {
		t, err := time.Parse(layout, value)
		if err != nil {
			continue
		}
		// An unknown zone name parses as one without offset; only names
		// of UTC may do that.
		if name, offset := t.Zone(); offset == 0 && name != "UTC" && name != "GMT" && name != "Z" && name != "" {
			continue
		}
		return t.UTC(), nil
	}
	return time.Time{}, fmt.Errorf("date %q is malformed or not in UTC", value)
}

// addFile reads one " digest size name" line of the digest sections.
func (r *release) addFile(section, line string) error {
	if section != "sha256" && section != "sha512" {
		return nil
	}
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return fmt.Errorf("%q is not a digest, a size and a name", firstLine([]byte(line)))
	}
	digest, name := strings.ToLower(fields[0]), fields[2]
	want := map[string]int{"sha256": 32, "sha512": 64}[section]
	if raw, err := hex.DecodeString(digest); err != nil || len(raw) != want {
		return fmt.Errorf("%q is no %s digest", firstLine([]byte(digest)), section)
	}
	size, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil || size < 0 || size > maxIndexSize {
		return fmt.Errorf("size %q of %s is out of range", firstLine([]byte(fields[1])), firstLine([]byte(name)))
	}
	if !isPlainPath(name, false) {
		return fmt.Errorf("name %q is not a plain path", firstLine([]byte(name)))
	}
	f, known := r.files[name]
	if known && f.size != size || section == "sha256" && f.sha256 != "" && f.sha256 != digest {
		return fmt.Errorf("%s is listed twice, and differently", firstLine([]byte(name)))
	}
	f.size = size
	if section == "sha256" {
		f.sha256 = digest
	} else {
		f.sha512 = digest
	}
	r.files[name] = f
	return nil
}

// unpackedLimit bounds what a packed file may unpack to: the size of the plain
// file, which Debian's Release tells. Where a Release does not, an index packs to
// a hundredth of its size at best, and a bomb to much less.
func (r release) unpackedLimit(plain string, packed releaseFile) int64 {
	if f, ok := r.files[plain]; ok {
		return f.size
	}
	const most, small = 200, 16 << 20
	return min(maxIndexSize, packed.size*most+small)
}

// clockSkew is how far a date may lie in the future. Clocks of build machines
// differ by seconds, not hours; apt allows 10 s.
const clockSkew = 10 * time.Second

// checkDates refuses a Release that is past its Valid-Until or from the future.
func (r release) checkDates(s Source, now time.Time) error {
	if until := r.end(s); !s.IgnoreValidUntil && !until.IsZero() && now.After(until) {
		return fmt.Errorf("%w: Valid-Until is %s, and now it is %s (the mirror may be stale, or the clock wrong)",
			ErrExpired, stamp(until), stamp(now))
	}
	if !s.IgnoreDate && r.date.After(now.Add(clockSkew)) {
		return fmt.Errorf("it is from the future: Date is %s, and now it is %s (the clock may be wrong)", stamp(r.date), stamp(now))
	}
	return nil
}

// end is when the Release stops to count, zero for never: its Valid-Until, but
// no later than MaxValid and no earlier than MinValid after its Date.
func (r release) end(s Source) time.Time {
	end := r.validUntil
	if latest := r.date.Add(s.MaxValid); s.MaxValid > 0 && (end.IsZero() || latest.Before(end)) {
		end = latest
	}
	if earliest := r.date.Add(s.MinValid); s.MinValid > 0 && !end.IsZero() && end.Before(earliest) {
		end = earliest
	}
	return end
}

// checkSuite refuses the Release of another suite, which a mirror could offer
// with a signature that is perfectly good.
func (r release) checkSuite(suite string) error {
	if strings.HasSuffix(suite, "/") || r.suite == "" && r.codename == "" {
		return nil
	}
	if suite == r.suite || suite == r.codename {
		return nil
	}
	// Old security suites are named "buster/updates", of codename "buster".
	if base, _, ok := strings.Cut(suite, "/"); ok && (base == r.suite || base == r.codename) {
		return nil
	}
	return fmt.Errorf("it is of another suite: Suite is %q and Codename %q", r.suite, r.codename)
}

// priority is apt's own for a suite without pins: apt_preferences(5).
func (r release) priority() int {
	switch {
	case r.notAutomatic && r.automaticUpgrades:
		return 100
	case r.notAutomatic:
		return 1
	}
	return 500
}

// hasComponent tells whether the suite has a component. Security suites list
// theirs as "updates/main" for the "main" of sources.list.
func (r release) hasComponent(name string) bool {
	return slices.ContainsFunc(r.components, func(c string) bool {
		return c == name || strings.HasSuffix(c, "/"+name)
	})
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
