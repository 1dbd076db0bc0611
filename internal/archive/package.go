package archive

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"whittle.dev/whittle/internal/deb"
)

// A Package is one stanza of a Packages file: what the archive says of one
// .deb. Relations are as written; deb.ParseDependencies reads them.
type Package struct {
	Name, Version, Architecture string
	// Source and SourceVersion name the source package; they are Name and
	// Version unless the stanza says otherwise.
	Source, SourceVersion string
	// Filename is the path of the .deb below the archive's URI.
	Filename string
	// Size is that of the .deb in bytes, and SHA256 its digest in lower-case
	// hexadecimal. SHA512 is empty if the archive does not give it.
	Size           int64
	SHA256, SHA512 string
	// InstalledSize is an estimate in bytes.
	InstalledSize int64

	Depends, PreDepends, Recommends, Suggests, Provides, Conflicts, Breaks, Replaces string

	Section, Priority, MultiArch, Homepage, Maintainer, Description string
	Essential                                                       bool

	// Suite is the one the package was found in, as sources.list names it,
	// and Origin that suite's Origin.
	Suite, Origin string

	component string // of the suite, empty in a flat archive

	from *site // where Fetch looks; nil for a Package made by hand
}

// parsePackage reads a stanza of an index and refuses one that could not be
// fetched.
func parsePackage(stanza []byte) (*Package, error) {
	p, err := parseStanza(stanza)
	if err != nil {
		return nil, err
	}
	size := string(deb.FieldOf(stanza, "Size"))
	if p.Size, err = strconv.ParseInt(size, 10, 64); err != nil || p.Size < 0 {
		return nil, fmt.Errorf("package %s: Size %q is no number of bytes", p.Name, firstLine([]byte(size)))
	}
	return p, p.check()
}

// parseStanza reads what the stanzas of indexes and of dpkg's status share.
func parseStanza(stanza []byte) (*Package, error) {
	paragraph, err := deb.ParseParagraph(stanza)
	if err != nil {
		return nil, err
	}
	return describe(paragraph), nil
}

// describe takes the fields that are known here.
func describe(paragraph deb.Paragraph) *Package {
	get := paragraph.Get
	p := &Package{
		Name: get("Package"), Version: get("Version"), Architecture: get("Architecture"),
		Filename: get("Filename"), SHA256: strings.ToLower(get("SHA256")), SHA512: strings.ToLower(get("SHA512")),
		Depends: get("Depends"), PreDepends: get("Pre-Depends"), Recommends: get("Recommends"), Suggests: get("Suggests"),
		Provides: get("Provides"), Conflicts: get("Conflicts"), Breaks: get("Breaks"), Replaces: get("Replaces"),
		Section: get("Section"), Priority: get("Priority"), MultiArch: get("Multi-Arch"),
		Homepage: get("Homepage"), Maintainer: get("Maintainer"), Description: get("Description"),
		Essential: isYes(get("Essential")),
	}
	p.Source, p.SourceVersion = sourceOf(get("Source"), p.Name, p.Version)
	if kib, err := strconv.ParseInt(get("Installed-Size"), 10, 50); err == nil {
		p.InstalledSize = kib * 1024
	}
	return p
}

func sourceOf(field, name, version string) (string, string) {
	if field == "" {
		return name, version
	}
	source, in, found := strings.Cut(field, "(")
	if !found {
		return strings.TrimSpace(source), version
	}
	return strings.TrimSpace(source), strings.TrimSuffix(strings.TrimSpace(in), ")")
}

// maxDeb refuses sizes that no package has: Debian's largest is below 2 GB.
const maxDeb = 32 << 30

func (p *Package) check() error {
	if p.Version == "" || p.Architecture == "" {
		return fmt.Errorf("package %s: it has no Version or no Architecture", p.Name)
	}
	if raw, err := hex.DecodeString(p.SHA256); err != nil || len(raw) != 32 {
		return fmt.Errorf("package %s: SHA256 %q is no digest", p.Name, p.SHA256)
	}
	if raw, err := hex.DecodeString(p.SHA512); err != nil || len(raw) != 64 && p.SHA512 != "" {
		return fmt.Errorf("package %s: SHA512 %q is no digest", p.Name, p.SHA512)
	}
	if !isPlainPath(strings.TrimPrefix(p.Filename, "./"), false) {
		return fmt.Errorf("package %s: Filename %q is not a plain path", p.Name, p.Filename)
	}
	if p.Size > maxDeb {
		return fmt.Errorf("package %s: Size %d is beyond all measure", p.Name, p.Size)
	}
	return nil
}

func (p *Package) file() releaseFile { return releaseFile{p.Size, p.SHA256, p.SHA512} }
