package main

import (
	"strings"

	"whittle.dev/whittle/slicer"
)

// rootLayer stands for the root itself while a root's manifest is explained. No layer can have this name.
const rootLayer = "@"

// explainManifest explains from a manifest. That of a root, whose files are in no layer, is told to Explain as one
// layer, because chains of reasons are followed by the files' places in layers; the answer speaks of the root again.
func explainManifest(m *slicer.Manifest, query string) ([]slicer.Explanation, error) {
	if len(m.Files) == 0 || m.Files[0].Layer != "" {
		return slicer.Explain(m, query)
	}
	answers, err := slicer.Explain(inLayer(m), query)
	prefix := slicer.LayerPath(rootLayer, "")
	for i, a := range answers {
		answers[i].Subject = strings.ReplaceAll(a.Subject, prefix, "/")
		for j, line := range a.Lines {
			a.Lines[j] = strings.ReplaceAll(line, prefix, "/")
		}
	}
	return answers, err
}

func inLayer(m *slicer.Manifest) *slicer.Manifest {
	here := map[string]bool{}
	for _, f := range m.Files {
		here["/"+f.Path] = true
	}
	moved := *m
	moved.Files = make([]slicer.ManifestFile, len(m.Files))
	for i, f := range m.Files {
		f.Layer = rootLayer
		why := make([]slicer.Reason, len(f.Why))
		for j, r := range f.Why {
			if here[r.By] {
				r.By = slicer.LayerPath(rootLayer, strings.TrimPrefix(r.By, "/"))
			}
			why[j] = r
		}
		f.Why = why
		moved.Files[i] = f
	}
	return &moved
}
