package release

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is one YAML file while it is read. It collects warnings.
type document struct {
	merged   int // fields that merge keys brought in
	globs    int // patterns among its paths
	file     string
	warnings []string
}

// field is one key and value of a mapping.
type field struct {
	name  string
	line  int
	value *yaml.Node
}

func (d *document) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("cannot read %s:%d: %s", d.file, line, fmt.Sprintf(format, args...))
}

func (d *document) warnf(line int, format string, args ...any) {
	d.warnings = append(d.warnings, fmt.Sprintf("%s:%d: %s", d.file, line, fmt.Sprintf(format, args...)))
}

// parse returns the root node of the file, nil if the file is empty.
func (d *document) parse(text []byte) (*yaml.Node, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", d.file, err)
	}
	if root.Kind == 0 || len(root.Content) == 0 {
		return nil, nil
	}
	return root.Content[0], nil
}

func isNull(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

func resolve(n *yaml.Node) *yaml.Node {
	for range 8 {
		if n == nil || n.Kind != yaml.AliasNode {
			break
		}
		n = n.Alias
	}
	return n
}

// fields returns the keys and values of a mapping in file order, merge keys ("<<") expanded. What names the mapping
// for messages.
func (d *document) fields(n *yaml.Node, what string) ([]field, error) {
	n = resolve(n)
	if isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, d.errorf(n.Line, "%s must be a mapping", what)
	}
	var fs, merged []field
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := resolve(n.Content[i]), resolve(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			return nil, d.errorf(k.Line, "a key of %s is not a word", what)
		}
		if k.ShortTag() == "!!merge" {
			more, err := d.merge(v, what, 4)
			if err != nil {
				return nil, err
			}
			merged = append(merged, more...)
			continue
		}
		if at, twice := seen[k.Value]; twice {
			return nil, d.errorf(k.Line, "%q is given twice in %s, first in line %d", k.Value, what, at)
		}
		seen[k.Value] = k.Line
		fs = append(fs, field{k.Value, k.Line, v})
	}
	for _, f := range merged {
		if _, own := seen[f.name]; !own {
			seen[f.name] = f.line
			fs = append(fs, f)
		}
	}
	return fs, nil
}

// maxMerged bounds the fields that the merge keys of a file bring in: those of mappings that are named many times multiply.
const maxMerged = 10_000

func fieldsOf(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	return n.Content
}

// merge returns the fields that a merge key brings in, to the given depth of merges in merges.
func (d *document) merge(n *yaml.Node, what string, depth int) ([]field, error) {
	if d.merged += 1 + len(fieldsOf(n)); d.merged > maxMerged {
		return nil, fmt.Errorf("cannot read %s: its merge keys bring more than %d fields", d.file, maxMerged)
	}
	if depth == 0 || n == nil {
		return nil, fmt.Errorf("cannot read %s: merge keys of %s are nested too deeply", d.file, what)
	}
	var fs []field
	switch n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			more, err := d.merge(resolve(item), what, depth-1)
			if err != nil {
				return nil, err
			}
			fs = append(fs, more...)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if k := n.Content[i]; k.ShortTag() != "!!merge" {
				fs = append(fs, field{k.Value, k.Line, resolve(n.Content[i+1])})
				continue
			}
			more, err := d.merge(resolve(n.Content[i+1]), what, depth-1)
			if err != nil {
				return nil, err
			}
			fs = append(fs, more...)
		}
	default:
		return nil, d.errorf(n.Line, "a merge key of %s does not name a mapping", what)
	}
	return fs, nil
}

// decode reads a scalar or list into v, with the rules of YAML 1.1 that the format has (0755 is octal).
func (d *document) decode(f field, v any) error {
	if isNull(f.value) {
		return nil
	}
	if err := f.value.Decode(v); err != nil {
		_, text, _ := strings.Cut(strings.TrimPrefix(err.Error(), "yaml: unmarshal errors:\n  "), ": ")
		return d.errorf(f.value.Line, "%s: %s", f.name, text)
	}
	return nil
}

// words reads one word or a list of words.
func (d *document) words(f field) ([]string, error) {
	if f.value.Kind == yaml.SequenceNode {
		var list []string
		return list, d.decode(f, &list)
	}
	var one string
	if err := d.decode(f, &one); err != nil || one == "" {
		return nil, err
	}
	return []string{one}, nil
}
