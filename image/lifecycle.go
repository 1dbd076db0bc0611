package image

import (
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

// split says where the run image of an app's image ends: its first layers are the run image's.
type split struct{ run int }

// splitOf finds the end of the run image as a rebase does: by the diffID of its top layer in the label.
func splitOf(config *v1.ConfigFile) (split, error) {
	text := config.Config.Labels[lifecycleLabel]
	if text == "" {
		return split{}, fmt.Errorf("it has no label %s: %w", lifecycleLabel, ErrNoBuildpack)
	}
	var label struct {
		RunImage struct {
			TopLayer string `json:"topLayer"`
		} `json:"runImage"`
	}
	if err := document.NewDecoder(strings.NewReader(text), maxLabel).Decode(&label); err != nil {
		return split{}, fmt.Errorf("its label %s cannot be read: %w", lifecycleLabel, err)
	}
	at := slices.IndexFunc(config.RootFS.DiffIDs, func(h v1.Hash) bool { return h.String() == label.RunImage.TopLayer })
	if at < 0 {
		return split{}, fmt.Errorf("its label %s names %q as the top layer of the run image, which is none of its layers", lifecycleLabel, label.RunImage.TopLayer)
	}
	return split{run: at + 1}, nil
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
