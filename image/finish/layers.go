package finish

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"whittle.dev/whittle/image"
	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/image/write"
	"whittle.dev/whittle/internal/deb"
	"whittle.dev/whittle/internal/document"
	"whittle.dev/whittle/internal/paths"
)

// launcherLayers are the members of the record that name the launcher's own layers.
var launcherLayers = []string{"launcher", "config", "process-types"}

// finishedSet are the layers of a finished image, with their history.
type finishedSet struct {
	layers []mutate.Addendum
	sbom   string // diffID of the layer of SBOMs, where that is a new one
}

// finishedLayers are the layers of an image without those of the launcher, and without its SBOM.
func finishedLayers(ctx context.Context, o *image.Opened, label lifecycle.Record, end int, work *os.Root) (finishedSet, error) {
	drop, err := ofLauncher(label)
	if err != nil {
		return finishedSet{}, err
	}
	sbom, err := label.Diff("sbom")
	if err != nil {
		return finishedSet{}, err
	}
	layers, err := o.Image.Layers()
	if err != nil {
		return finishedSet{}, err
	}
	m, err := o.Image.Manifest()
	if err != nil {
		return finishedSet{}, fmt.Errorf("its manifest cannot be read: %w", err)
	}
	var set finishedSet
	next := 0
	for _, h := range o.Config.History {
		if h.EmptyLayer {
			set.layers = append(set.layers, mutate.Addendum{History: h})
			continue
		}
		at := next
		next++
		diff, added := o.Config.RootFS.DiffIDs[at].String(), mutate.Addendum{Layer: layers[at], History: h, MediaType: m.Layers[at].MediaType}
		switch {
		case at < end:
		case drop[diff]:
			continue
		case diff == sbom:
			added.MediaType = packedType(added.MediaType)
			if added.Layer, err = withoutLauncher(ctx, layers[at], o.Config.RootFS.DiffIDs[at], added.MediaType, work); err != nil {
				return finishedSet{}, fmt.Errorf("its layer of SBOMs cannot be written anew: %w", err)
			}
			fresh, err := added.Layer.DiffID()
			if err != nil {
				return finishedSet{}, err
			}
			set.sbom = fresh.String()
		}
		set.layers = append(set.layers, added)
	}
	return set, nil
}

// ofLauncher are the diffIDs of the launcher's layers.
func ofLauncher(label lifecycle.Record) (map[string]bool, error) {
	all := map[string]bool{}
	for _, member := range launcherLayers {
		diff, err := label.Diff(member)
		if err != nil {
			return nil, err
		}
		if diff != "" {
			all[diff] = true
		}
	}
	return all, nil
}

// packedType is the type of a layer that is packed anew, beside others of an image.
func packedType(old types.MediaType) types.MediaType {
	if strings.HasPrefix(string(old), "application/vnd.oci.") {
		return types.OCILayer
	}
	return types.DockerLayer
}

// launcherSBOM is where the launcher's SBOM is in the layer of SBOMs.
const launcherSBOM = "layers/sbom/launch/buildpacksio_lifecycle"

// withoutLauncher copies a layer of SBOMs header by header, without what describes the launcher: it is not there any more, and
// scanners would look for its faults.
func withoutLauncher(ctx context.Context, l v1.Layer, diff v1.Hash, media types.MediaType, work *os.Root) (v1.Layer, error) {
	return write.LayerOf(work, "sbom", media, func(w io.Writer) error {
		return image.ReadLayer(ctx, l, diff, false, func(r io.Reader) error {
			return copyTar(w, r, func(name string) bool { return !paths.IsBelow(name, launcherSBOM) })
		})
	})
}

// copyTar copies the entries of a tar whose clean relative names are kept, each with its header as it is.
func copyTar(w io.Writer, r io.Reader, keep func(name string) bool) error {
	from, to := tar.NewReader(r), tar.NewWriter(w)
	for {
		h, err := from.Next()
		if errors.Is(err, io.EOF) {
			return to.Close()
		}
		if err != nil {
			return err
		}
		if deb.IsSparse(h) {
			return fmt.Errorf("its file %q is sparse", h.Name)
		}
		if !keep(strings.TrimPrefix(path.Clean("/"+h.Name), "/")) {
			continue
		}
		if err := to.WriteHeader(h); err != nil {
			return err
		}
		if _, err := io.Copy(to, from); err != nil {
			return err
		}
	}
}

// label makes the labels tell of the image as it is now: the lifecycle's record has no launcher, and the other layers where they
// are.
func (f *Finished) label(config *v1.ConfigFile, record lifecycle.Record, sbom string) error {
	for _, member := range launcherLayers {
		if err := record.SetDiff(member, ""); err != nil {
			return err
		}
	}
	if sbom != "" {
		if err := record.SetDiff("sbom", sbom); err != nil {
			return err
		}
	}
	text, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("its label %s cannot be written: %w", lifecycle.MetadataLabel, err)
	}
	config.Config.Labels[lifecycle.MetadataLabel] = string(text)
	config.Config.Labels[Label] = f.Process
	return f.labelProcesses(config)
}

// labelProcesses leaves in the label of processes the one that the image has.
func (f *Finished) labelProcesses(config *v1.ConfigFile) error {
	text := config.Config.Labels[lifecycle.BuildLabel]
	if text == "" {
		return nil
	}
	var label map[string]json.RawMessage
	if err := document.NewDecoder(strings.NewReader(text), lifecycle.MaxLabel).Decode(&label); err != nil {
		return fmt.Errorf("its label %s cannot be read: %w", lifecycle.BuildLabel, err)
	}
	var all, kept []json.RawMessage
	if len(label["processes"]) > 0 {
		if err := json.Unmarshal(label["processes"], &all); err != nil {
			return fmt.Errorf("its label %s cannot be read: %w", lifecycle.BuildLabel, err)
		}
	}
	for _, p := range all {
		var one struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(p, &one) == nil && one.Type == f.Process {
			kept = append(kept, p)
		}
	}
	processes, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	kind, err := json.Marshal(f.Process)
	if err != nil {
		return err
	}
	label["processes"], label["buildpack-default-process-type"] = processes, kind
	delete(label, "launcher")
	changed, err := json.Marshal(label)
	if err != nil {
		return fmt.Errorf("its label %s cannot be written: %w", lifecycle.BuildLabel, err)
	}
	config.Config.Labels[lifecycle.BuildLabel] = string(changed)
	return nil
}
