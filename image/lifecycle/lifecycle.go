// Package lifecycle reads what the lifecycle of buildpacks records in the labels of an image.
package lifecycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/internal/document"
)

// Labels of images, by the platform specification.
const (
	MetadataLabel = "io.buildpacks.lifecycle.metadata" // of an app's image: its layers by their diffIDs, a Record
	BuildLabel    = "io.buildpacks.build.metadata"     // of an app's image: its processes
	Rebasable     = "io.buildpacks.rebasable"
	BaseID        = "io.buildpacks.base.id" // of a run image: the ID of its contract
	Description   = "io.buildpacks.base.description"
	DistroName    = "io.buildpacks.base.distro.name"
	DistroVersion = "io.buildpacks.base.distro.version"
	StackID       = "io.buildpacks.stack.id"
)

// PlatformAPI is the variable of an app's image that says which Platform API it was made at.
const PlatformAPI = "CNB_PLATFORM_API"

// MaxLabel bounds a label of the lifecycle, in bytes.
const MaxLabel = 4 << 20

// ErrNoBuildpack is wrapped by the error about an image that no buildpack made.
var ErrNoBuildpack = errors.New("no lifecycle of buildpacks made it")

// Record is the lifecycle's label of an image, of which only some members are known here; the others stay as they are.
type Record map[string]json.RawMessage

// Read reads the record of an app's image, and where its run image ends: so many of its layers, the first ones, are the run
// image's.
func Read(config *v1.ConfigFile) (r Record, end int, err error) {
	text := config.Config.Labels[MetadataLabel]
	if text == "" {
		return nil, 0, fmt.Errorf("it has no label %s: %w", MetadataLabel, ErrNoBuildpack)
	}
	if err := document.NewDecoder(strings.NewReader(text), MaxLabel).Decode(&r); err != nil {
		return nil, 0, fmt.Errorf("its label %s cannot be read: %w", MetadataLabel, err)
	}
	end, err = r.end(config.RootFS.DiffIDs)
	return r, end, err
}

// read decodes a member. One that is not there leaves the value as it is.
func (r Record) read(member string, into any) error {
	if len(r[member]) == 0 {
		return nil
	}
	if err := json.Unmarshal(r[member], into); err != nil {
		return fmt.Errorf("member %s of its label %s cannot be read: %w", member, MetadataLabel, err)
	}
	return nil
}

// end finds the end of the run image among the layers of an image as a rebase does: by the diffID of its top layer.
func (r Record) end(layers []v1.Hash) (int, error) {
	var run struct {
		TopLayer string `json:"topLayer"`
	}
	if err := r.read("runImage", &run); err != nil {
		return 0, err
	}
	at := slices.IndexFunc(layers, func(h v1.Hash) bool { return h.String() == run.TopLayer })
	if at < 0 {
		return 0, fmt.Errorf("its label %s names %q as the top layer of the run image, which is none of its layers", MetadataLabel, run.TopLayer)
	}
	return at + 1, nil
}

// Diff is the diffID that a member names; empty where it names none.
func (r Record) Diff(member string) (string, error) {
	var m struct {
		SHA string `json:"sha"`
	}
	err := r.read(member, &m)
	return m.SHA, err
}

// SetDiff makes a member name a diffID.
func (r Record) SetDiff(member, diff string) error {
	text, err := json.Marshal(map[string]string{"sha": diff})
	if err == nil {
		r[member] = text
	}
	return err
}

// CountLayers counts the history entries that stand for a layer.
func CountLayers(history []v1.History) int {
	n := 0
	for _, h := range history {
		if !h.EmptyLayer {
			n++
		}
	}
	return n
}
