package build

import (
	"context"
	"encoding/json"
	"fmt"

	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/verify"
)

// prove checks the image as the dynamic loader would, without running anything.
func (b *builder) prove(ctx context.Context, s *slicer.Selection, w slicer.Want) error {
	b.log.Step("Proof")
	proof, err := b.check(ctx, verify.Image{Arch: b.arch, Floor: b.contract.Floor, Files: s.Planned(), Objects: w.Objects, Links: w.Links, LibraryPath: w.LibraryPath})
	if err != nil {
		return err
	}
	if len(proof.Findings) > 0 {
		return &missing.Error{Findings: proof.Findings}
	}
	if b.onBase, err = b.needsOf(s, w, proof).Encode(); err != nil {
		return err
	}
	who := "the packages"
	if n := len(w.Objects); n > 0 {
		who = text.Count(n, "ELF file") + " of the app and the packages"
	}
	b.log.Line("every library, version and symbol is there that %s need", who)
	b.log.Done()
	return nil
}

// proofFile is where the archive's cache has the proof of the build before.
const proofFile = "proof.json"

// keptProof is a proof that holds, as it is kept: a file that was cut short is no JSON.
type keptProof struct {
	Key       string // of verify.Image.Key
	Libraries []contract.NeededLibrary
	Loaders   []contract.NeededFile
}

// check proves an image, or takes the proof of the build before where it is of the same floor and the same files: reading the
// symbols of a hundred libraries takes longer than everything else of a build that changes nothing, as a lifecycle restores
// files without the times by which they are known to be unchanged.
func (b *builder) check(ctx context.Context, image verify.Image) (*verify.Report, error) {
	key, err := image.Key()
	if err != nil {
		return nil, err
	}
	var kept keptProof
	if key != "" && json.Unmarshal(b.kept(proofFile), &kept) == nil && kept.Key == key {
		return &verify.Report{Libraries: kept.Libraries, Loaders: kept.Loaders}, nil
	}
	proof, err := verify.Check(ctx, image)
	if err != nil || key == "" || len(proof.Findings) > 0 {
		return proof, err
	}
	data, err := json.Marshal(keptProof{key, proof.Libraries, proof.Loaders})
	if err != nil {
		return nil, fmt.Errorf("cannot keep the proof: %w", err)
	}
	return proof, b.keepFile(proofFile, data)
}
