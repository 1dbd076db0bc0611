package build

import (
	"strings"
	"testing"

	"github.com/paketo-buildpacks/packit/v2"

	"whittle.dev/whittle/build/language"
)

// TestReservedLayerNames: no layer has a name under which the lifecycle would never restore it.
func TestReservedLayerNames(t *testing.T) {
	b := &builder{BuildContext: packit.BuildContext{Layers: packit.Layers{Path: t.TempDir()}}}
	for _, name := range language.ReservedLayers {
		if _, err := b.layer(name); err == nil || !strings.Contains(err.Error(), "reserved") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	for _, name := range []string{language.LayerBuildPackages, layerMore, layerArchive} {
		if _, err := b.layer(name); err != nil {
			t.Error(err)
		}
	}
}
