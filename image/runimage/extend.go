package runimage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"whittle.dev/whittle/slicer/contract"
)

// doorsNode is what a spec says of doors: the path of a table in its release, or a list of "path layer [target]".
type doorsNode struct {
	table string
	doors []contract.Door
}

// UnmarshalYAML reads either form.
func (d *doorsNode) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return n.Decode(&d.table)
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return err
	}
	var err error
	if d.doors, err = contract.ReadDoors(strings.NewReader(strings.Join(list, "\n")), tripletMark); err != nil {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %v", n.Line, err)}}
	}
	return nil
}

// tripletMark stands for the architecture's library directory in the doors of a spec, which is for all architectures.
const tripletMark = "${TRIPLET}"

// doorsFor are the doors of the spec for an architecture, whose table has been read.
func (s *Spec) doorsFor(table contract.Doors, triplet string) (contract.Doors, error) {
	all := slices.Clone(table)
	for _, d := range s.More {
		d.Path = strings.ReplaceAll(d.Path, tripletMark, triplet)
		d.Target = strings.ReplaceAll(d.Target, tripletMark, triplet)
		all = append(all, d)
	}
	return all.Sorted()
}

// Over lays a spec over the whole one that it extends: its layers come on top, its doors and variables are added, and what it says
// itself of ID, title, user and working directory counts.
func (s *Spec) Over(base *Spec) (*Spec, error) {
	over := *s
	over.Extends, over.Sibling, over.Doors = "", s.ID == "", base.Doors
	over.Fills = s.ID != "" || base.Fills // images of the ID that is extended have promised not to
	over.ID, over.Title = cmp.Or(s.ID, base.ID), cmp.Or(s.Title, base.Title)
	over.User, over.Workdir = cmp.Or(s.User, base.User), cmp.Or(s.Workdir, base.Workdir)
	if over.Sibling || len(s.Layers) == 0 {
		over.Closure = base.Closure // and so the layers below are those of the base
	}
	over.Env = maps.Clone(base.Env)
	maps.Copy(over.Env, s.Env)
	over.Layers = slices.Concat(base.Layers, s.Layers)
	over.More = slices.Concat(base.More, s.More)
	for _, g := range s.Layers {
		if slices.ContainsFunc(base.Layers, func(b Group) bool { return b.Name == g.Name }) {
			return nil, fmt.Errorf("cannot extend run image %s by %s: it has a layer %q already", base.ID, s.Path, g.Name)
		}
	}
	return &over, nil
}
