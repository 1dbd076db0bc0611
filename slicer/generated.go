package slicer

import (
	"bytes"
	"slices"
	"strings"
)

// addGenerated makes the files that programs fail without and that maintainer scripts would have made, by rules; each
// rule looks at the plan alone, so its result is the same wherever it is made.
func (p *plan) addGenerated() error {
	return p.caBundle()
}

const (
	caDir    = "usr/share/ca-certificates/"
	caBundle = "etc/ssl/certs/ca-certificates.crt"
)

// caBundle joins the certificates of ca-certificates into the bundle that update-ca-certificates would write: all of
// them, sorted by path, each ending in a newline.
func (p *plan) caBundle() error {
	if p.here(caBundle) {
		return nil
	}
	var bundle bytes.Buffer
	var first *planned
	for _, f := range p.sorted() {
		if !strings.HasPrefix(f.Path, caDir) || !strings.HasSuffix(f.Path, ".crt") || f.Kind != File.String() {
			continue
		}
		data, err := f.read(1 << 20)
		if err != nil {
			return err
		}
		bundle.Write(data)
		if !bytes.HasSuffix(data, []byte("\n")) {
			bundle.WriteByte('\n')
		}
		if first == nil {
			first = f
		}
	}
	if first == nil {
		return nil
	}
	made := p.generate(p.layer(caBundle, first.Layer), caBundle, first.Package, slices.Clip(bundle.Bytes()))
	made.Slice = first.Slice
	made.Why = []Reason{{Kind: Generated, By: first.Package, Name: "ca-bundle"}}
	p.seen[caBundle] = made
	return nil
}
