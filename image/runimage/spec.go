package runimage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"whittle.dev/whittle/slicer/contract"
)

// Spec says what a run image is made of. It is read from a release's run/NAME.yaml, or from a file of the user's that extends one.
type Spec struct {
	ID      string            // the contract's name, in the labels: whittle.debian-13.base
	Title   string            // one line for people
	User    string            // numeric, UID or UID:GID; DefaultUser where the file says nothing
	Env     map[string]string // must have PATH
	Workdir string
	Layers  []Group         // bottom first
	Closure string          // the layer for libraries that nobody named
	Doors   string          // path of the door table in the release; empty for an image without
	More    []contract.Door // doors beside the table's
	Path    string          // where the spec was read, for messages and reasons
	Extends string          // the spec that this one adds to, NAME or RELEASE/NAME; empty for a whole one. See Over
	Sibling bool            // it keeps the ID of the spec that it extends, and so what is promised of it
	Fills   bool            // it has files of its own behind doors; see contract.Doors.Fill
}

// Group is one layer of a run image: a name, and the slices and packages that land in it.
type Group struct {
	Name   string
	Slices []string
}

// DefaultUser is the user of a run image whose spec names none: distroless' "nonroot", which no build image uses.
const DefaultUser = "65532:65532"

// maxSpec bounds the text of a spec; real ones have some 2 kB.
const maxSpec = 1 << 20

type specFile struct {
	Extends string            `yaml:"extends"`
	ID      string            `yaml:"id"`
	Title   string            `yaml:"title"`
	User    string            `yaml:"user"`
	Env     map[string]string `yaml:"env"`
	Workdir string            `yaml:"workdir"`
	Layers  []groupNode       `yaml:"layers"`
	Doors   doorsNode         `yaml:"doors"`
}

type groupNode struct {
	Name   string   `yaml:"name"`
	Slices []string `yaml:"slices"`
	line   int
}

// UnmarshalYAML keeps the line of the group. Nodes decoded by hand lose the decoder's strictness, so the keys are
// checked here.
func (g *groupNode) UnmarshalYAML(n *yaml.Node) error {
	type plain groupNode
	if n.Kind != yaml.MappingNode {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: a layer must have a name and slices", n.Line)}}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; k.Value != "name" && k.Value != "slices" {
			return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: unknown key %q, a layer has name and slices", k.Line, k.Value)}}
		}
	}
	if err := n.Decode((*plain)(g)); err != nil {
		return err
	}
	g.line = n.Line
	return nil
}

// ReadSpec reads a run image's spec. Unknown and repeated keys are errors; messages name the file and the line.
func ReadSpec(fsys fs.FS, name string) (*Spec, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read run image spec: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSpec+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read run image spec %s: %w", name, err)
	}
	if len(text) > maxSpec {
		return nil, fmt.Errorf("cannot read run image spec %s: it is larger than %d bytes", name, maxSpec)
	}
	var file specFile
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, specError(name, err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("cannot read run image spec %s: it has more than one document", name)
	}
	return file.spec(name)
}

var lineOf = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// specError turns "line 3: problem" into "file:3: problem".
func specError(name string, err error) error {
	text := err.Error()
	var types *yaml.TypeError
	if errors.As(err, &types) && len(types.Errors) > 0 {
		text = types.Errors[0]
	}
	if errors.Is(err, io.EOF) {
		text = "it is empty"
	}
	text = strings.ReplaceAll(text, " in type runimage.specFile", "")
	if m := lineOf.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("cannot read run image spec %s:%s: %s", name, m[1], text[len(m[0]):])
	}
	return fmt.Errorf("cannot read run image spec %s: %s", name, text)
}

var (
	specID    = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	specName  = regexp.MustCompile(`^(?:[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*$`)
	groupName = regexp.MustCompile(`^[a-z0-9][a-z0-9+._-]*$`)
	envName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func (f *specFile) spec(name string) (*Spec, error) {
	s := &Spec{
		ID: f.ID, Title: f.Title, User: f.User, Env: f.Env, Workdir: f.Workdir, Doors: f.Doors.table, More: f.Doors.doors,
		Path: name, Extends: f.Extends,
	}
	if s.Extends == "" && s.User == "" {
		s.User = DefaultUser
	}
	if what := s.fault(len(f.Layers)); what != "" {
		return nil, fmt.Errorf("cannot read run image spec %s: %s", name, what)
	}
	groups, err := f.groups(name)
	if s.Layers = groups; len(groups) > 0 {
		s.Closure = groups[len(groups)-1].Name
	}
	return s, err
}

// fault says what is wrong with a spec of so many layers; empty if nothing is. What a spec that extends another one leaves out it has
// from that.
func (s *Spec) fault(layers int) string {
	whole := s.Extends == ""
	switch {
	case !whole && !specName.MatchString(s.Extends):
		return fmt.Sprintf("it extends %q, which is neither the NAME of a spec beside it nor the RELEASE/NAME of one that whittle brings", s.Extends)
	case (whole || s.ID != "") && !specID.MatchString(s.ID):
		return fmt.Sprintf("its id %q is not a name of lower-case letters, digits, dots and dashes", s.ID)
	case (whole || s.User != "") && !numericUser(s.User):
		return fmt.Sprintf("its user %q is not a number other than 0, or two: the image has no names to look up", s.User)
	case whole && s.Env["PATH"] == "":
		return "its env has no PATH, which buildpack platforms ask of a run image"
	case s.Workdir != "" && !path.IsAbs(s.Workdir):
		return fmt.Sprintf("its workdir %q is not an absolute path", s.Workdir)
	case !whole && s.Doors != "":
		return "it extends a spec, which has a table of doors: its own doors are a list"
	case s.Doors != "" && !fs.ValidPath(s.Doors):
		return fmt.Sprintf("its doors %q is not a clean relative path in the release", s.Doors)
	case whole && layers == 0:
		return "it has no layers"
	case !whole && s.ID == "" && len(s.More)+len(s.Env) > 0:
		return "it has doors or an env of its own, and no id: what images of the same ID promise would differ"
	}
	for _, k := range slices.Sorted(maps.Keys(s.Env)) {
		if !envName.MatchString(k) {
			return fmt.Sprintf("its env has %q, which is not a variable's name", k)
		}
	}
	return ""
}

func (f *specFile) groups(name string) ([]Group, error) {
	var groups []Group
	seen := map[string]int{}
	for _, g := range f.Layers {
		fail := func(format string, args ...any) ([]Group, error) {
			return nil, fmt.Errorf("cannot read run image spec %s:%d: "+format, append([]any{name, g.line}, args...)...)
		}
		switch {
		case !groupName.MatchString(g.Name):
			return fail("layer name %q is not a name of lower-case letters, digits, dots, dashes and plus signs", g.Name)
		case g.Name == recordsLayer:
			return fail("layer name %q is taken by the layer that whittle makes itself", g.Name)
		case seen[g.Name] != 0:
			return fail("layer %q was named on line %d already", g.Name, seen[g.Name])
		case len(g.Slices) == 0:
			return fail("layer %q has no slices", g.Name)
		}
		seen[g.Name] = g.line
		groups = append(groups, Group{Name: g.Name, Slices: g.Slices})
	}
	return groups, nil
}

// numericUser tells whether u is UID or UID:GID with a UID that is not root's.
func numericUser(u string) bool {
	uid, gid, both := strings.Cut(u, ":")
	n, err := strconv.ParseUint(uid, 10, 31)
	if err != nil || n == 0 {
		return false
	}
	_, err = strconv.ParseUint(gid, 10, 31)
	return !both || err == nil
}
