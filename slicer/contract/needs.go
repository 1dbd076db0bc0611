package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"whittle.dev/whittle/internal/document"
	"whittle.dev/whittle/internal/paths"
)

// NeedsLabel is the label of an app's image that holds its Needs.
const NeedsLabel = "dev.whittle.needs"

// NeedsSchema names the form of Needs.
const NeedsSchema = "whittle.needs/1"

// Needs is what the layers of an app need of the run image below them, as the proof of the build found it. A rebase replaces the
// run image and looks at nothing of this by itself. Lists are sorted, so equal apps on equal floors have equal needs.
type Needs struct {
	Schema    string          `json:"schema"`
	RunImage  string          `json:"runImage"` // ID of the contract
	Floor     string          `json:"floor"`    // digest of the floor that was counted on
	Arch      string          `json:"arch"`     // Debian's name
	Libraries []NeededLibrary `json:"libraries,omitempty"`
	Files     []NeededFile    `json:"files,omitempty"`
	Doors     Doors           `json:"doors,omitempty"` // through which something in the layers is seen
	Packages  []NeededPackage `json:"packages,omitempty"`
}

// NeededLibrary is a shared library that the loader must find in the run image.
type NeededLibrary struct {
	Soname   string   `json:"soname"`
	By       string   `json:"by,omitempty"`       // a file that needs it, absolute
	Versions []string `json:"versions,omitempty"` // symbol versions
	Symbols  []string `json:"symbols,omitempty"`  // that no version vouches for: "name", or "name@VERSION" of a private version
}

// NeededFile is a file or directory that is opened by its path.
type NeededFile struct {
	Path string `json:"path"`         // clean and relative
	By   string `json:"by,omitempty"` // who opens it: an absolute path, a slice, or a word about whom
}

// NeededPackage is a package of the run image with which data or modules of the layers were made: they agree only within one
// upstream version.
type NeededPackage struct {
	Name     string `json:"name"`
	Upstream string `json:"upstream"`     // the version without epoch and Debian revision
	By       string `json:"by,omitempty"` // such a file of the layers, absolute
}

// MaxNeeds bounds the label's text, in bytes. That of an app with 30 libraries has some 4 kB.
const MaxNeeds = 256 << 10

// maxNeedsText bounds one text of it.
const maxNeedsText = 4096

// Encode is the label's text. Equal needs give equal text.
func (n *Needs) Encode() (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(n); err != nil {
		return "", fmt.Errorf("cannot write label %s: %w", NeedsLabel, err)
	}
	return strings.TrimSpace(b.String()), nil
}

// ReadNeeds reads the label's text, which anybody may have written: what is no plain text, or leads out of an image, is an
// error.
func ReadNeeds(label string) (*Needs, error) {
	var n Needs
	err := document.Decode(strings.NewReader(label), MaxNeeds, &n, &n.Schema, NeedsSchema)
	if err == nil {
		err = n.check()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read label %s: %w", NeedsLabel, err)
	}
	return &n, nil
}

func (n *Needs) check() error {
	texts := []string{n.RunImage, n.Floor, n.Arch}
	for _, l := range n.Libraries {
		if l.Soname == "" || strings.Contains(l.Soname, "/") {
			return fmt.Errorf("%q is no name of a library", l.Soname)
		}
		texts = append(append(append(texts, l.Soname, l.By), l.Versions...), l.Symbols...)
	}
	for _, f := range n.Files {
		if !paths.IsClean(f.Path) {
			return fmt.Errorf("%q is no clean relative path", f.Path)
		}
		texts = append(texts, f.Path, f.By)
	}
	for _, p := range n.Packages {
		texts = append(texts, p.Name, p.Upstream, p.By)
	}
	for _, d := range n.Doors {
		texts = append(texts, d.Path, d.Layer, d.Target)
	}
	for _, t := range texts {
		if len(t) > maxNeedsText || !utf8.ValidString(t) || strings.ContainsFunc(t, unicode.IsControl) {
			return fmt.Errorf("%.40q… is no plain text", t)
		}
	}
	return n.Doors.check()
}
