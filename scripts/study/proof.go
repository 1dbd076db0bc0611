package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/slicer/missing"
)

// verified is what whittle verify prints.
type verified struct {
	Objects  int               `json:"objects"`
	Findings []missing.Finding `json:"findings"`
}

// prove verifies the root. What it lacks is looked for on Debian.
func (t *trial) prove(ctx context.Context, root string) error {
	out, exit, problem, err := t.tool(ctx, "verify", "--json", "--arch", t.arch, root)
	if err != nil {
		return err
	}
	var v verified
	if err := json.Unmarshal(out, &v); err != nil {
		t.add(row{Place: inProof, Exit: exit, Outcome: incomplete, Detail: problem})
		return nil
	}
	if exit == 0 {
		t.add(row{Place: inProof, Outcome: proven, Detail: fmt.Sprintf("%d ELF files", v.Objects)})
		return nil
	}
	t.add(row{Place: inProof, Exit: exit, Outcome: incomplete, Detail: told(v.Findings)})
	there, err := t.proveDebian(ctx)
	if err != nil {
		return err
	}
	if onlyHere := without(v.Findings, there.Findings); len(onlyHere) > 0 {
		t.add(row{Place: inTruth, Outcome: untrue, Detail: told(onlyHere)})
	} else {
		t.add(row{Place: inTruth, Outcome: truthful, Detail: fmt.Sprintf("%d of %d", len(v.Findings), len(there.Findings))})
	}
	return nil
}

// proveDebian verifies a Debian root on which the package is installed.
func (t *trial) proveDebian(ctx context.Context) (v verified, err error) {
	b, err := t.debian(ctx, t.at)
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	a, err := b.do(apt("install", t.name))
	if err != nil || a.Exit != 0 {
		return v, err // everything is found there that can be installed at all
	}
	a, err = b.do(command{Args: []string{"/media/" + filepath.Base(t.whittle), "verify", "--json", "--arch", t.arch, "/mnt"}, Seconds: 300})
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(a.Stdout, &v); err != nil {
		return v, fmt.Errorf("cannot verify the Debian root: %w: %s", err, a.evidence())
	}
	return v, nil
}

// without lists the findings that are not among the others.
func without(findings, others []missing.Finding) []missing.Finding {
	same := func(a, b missing.Finding) bool {
		return a.Kind == b.Kind && a.Importer == b.Importer && a.Name == b.Name && a.Version == b.Version
	}
	return slices.DeleteFunc(slices.Clone(findings), func(f missing.Finding) bool {
		return slices.ContainsFunc(others, func(o missing.Finding) bool { return same(f, o) })
	})
}

// told says how many findings there are, and the first ones.
func told(findings []missing.Finding) string {
	var all []string
	for _, f := range findings[:min(len(findings), 5)] {
		all = append(all, f.String())
	}
	return fmt.Sprintf("%d: %s", len(findings), strings.Join(all, "; "))
}
