package document

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Bounds of a YAML text: its bytes, of which the library makes a hundred times as many, and the pairs of keys in all its mappings, as
// the library compares each key of one with all others.
const (
	maxYAML  = 1 << 20
	maxPairs = 100_000_000
)

// YAML decodes a YAML text that somebody else wrote. Its errors are the library's, but for one that is too large.
func YAML(text string, v any) error {
	if len(text) > maxYAML {
		return fmt.Errorf("yaml: it has more than %d MB", maxYAML>>20)
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil || root.Kind == 0 {
		return err
	}
	if pairs(&root) > maxPairs {
		return fmt.Errorf("yaml: its mappings have too many keys")
	}
	return root.Decode(v)
}

// pairs counts the pairs of keys in a node. Aliases lead to nodes that are counted where they stand; the library bounds them.
func pairs(n *yaml.Node) int {
	sum := 0
	if n.Kind == yaml.MappingNode {
		sum = len(n.Content) * len(n.Content) / 8
	}
	for _, one := range n.Content {
		sum += pairs(one)
	}
	return sum
}
