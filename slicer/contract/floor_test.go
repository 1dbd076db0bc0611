package contract

import "testing"

// A cut into a root has no floor: its methods answer what is true of a root.
func TestNoFloorAnswersForARoot(t *testing.T) {
	var none *Floor
	switch {
	case none.Layered(), none.HasFile("usr/bin/tool"), none.HasPackage("libc6"):
		t.Error("a root has something before anything is cut")
	case !none.HasLibc():
		t.Error("programs cannot start in a root")
	case none.Digest() != "" || none.Layer("usr/bin/tool") != "":
		t.Error("a root has a digest or a door")
	case !none.Shows("slices", "usr/bin/tool"):
		t.Error("a file of a root is not seen at its own path")
	case none.At("slices", "usr/bin/tool") != "/usr/bin/tool":
		t.Errorf("a file lands at %s", none.At("slices", "usr/bin/tool"))
	case len(none.LinksWithDoors()) > 0 || len(none.ClosureLibraries()) > 0:
		t.Error("a root has links or libraries before anything is cut")
	}
	some := &Floor{Doors: Doors{{Path: "opt", Layer: "slices", Target: "opt"}}}
	if !some.Layered() || some.Shows("slices", "usr/bin/tool") || !some.Shows("slices", "opt/x") || some.At("libs", "x") != LayerPath("libs", "x") || some.HasLibc() {
		t.Error("a floor answers for a root")
	}
}
