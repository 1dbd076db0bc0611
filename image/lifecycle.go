package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"whittle.dev/whittle/internal/document"
)

// lifecycleLabel is where the lifecycle records the layers of an image by their diffIDs (Platform API,
// "io.buildpacks.lifecycle.metadata").
const lifecycleLabel = "io.buildpacks.lifecycle.metadata"

// maxLabel bounds a label of the lifecycle, in bytes.
const maxLabel = 4 << 20

// ErrNoBuildpack is wrapped by the error about an image that no buildpack made.
var ErrNoBuildpack = errors.New("no lifecycle of buildpacks made it")

// lifecycleRecord is the lifecycle's label of an image, of which only some members are known here; the others stay as they are.
type lifecycleRecord map[string]json.RawMessage

// readLifecycle reads the record of an app's image, and where its run image ends: so many of its layers, the first ones, are the run
// image's.
func readLifecycle(config *v1.ConfigFile) (r lifecycleRecord, end int, err error) {
	text := config.Config.Labels[lifecycleLabel]
	if text == "" {
		return nil, 0, fmt.Errorf("it has no label %s: %w", lifecycleLabel, ErrNoBuildpack)
	}
	if err := document.NewDecoder(strings.NewReader(text), maxLabel).Decode(&r); err != nil {
		return nil, 0, fmt.Errorf("its label %s cannot be read: %w", lifecycleLabel, err)
	}
	end, err = r.end(config.RootFS.DiffIDs)
	return r, end, err
}

// read decodes a member. One that is not there leaves the value as it is.
func (r lifecycleRecord) read(member string, into any) error {
	if len(r[member]) == 0 {
		return nil
	}
	if err := json.Unmarshal(r[member], into); err != nil {
		return fmt.Errorf("member %s of its label %s cannot be read: %w", member, lifecycleLabel, err)
	}
	return nil
}

// end finds the end of the run image among the layers of an image as a rebase does: by the diffID of its top layer.
func (r lifecycleRecord) end(layers []v1.Hash) (int, error) {
	var run struct {
		TopLayer string `json:"topLayer"`
	}
	if err := r.read("runImage", &run); err != nil {
		return 0, err
	}
	at := slices.IndexFunc(layers, func(h v1.Hash) bool { return h.String() == run.TopLayer })
	if at < 0 {
		return 0, fmt.Errorf("its label %s names %q as the top layer of the run image, which is none of its layers", lifecycleLabel, run.TopLayer)
	}
	return at + 1, nil
}

// diff is the diffID that a member names; empty where it names none.
func (r lifecycleRecord) diff(member string) (string, error) {
	var m struct {
		SHA string `json:"sha"`
	}
	err := r.read(member, &m)
	return m.SHA, err
}

func (r lifecycleRecord) setDiff(member, diff string) error {
	text, err := json.Marshal(map[string]string{"sha": diff})
	if err == nil {
		r[member] = text
	}
	return err
}

// withLayer counts the history entries that stand for a layer.
func withLayer(history []v1.History) int {
	n := 0
	for _, h := range history {
		if !h.EmptyLayer {
			n++
		}
	}
	return n
}
