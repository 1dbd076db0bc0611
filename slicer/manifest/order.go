package manifest

import (
	"cmp"
	"strings"
)

// CompareReasons orders reasons by kind, by what wanted the thing, and by name.
func CompareReasons(a, b Reason) int {
	return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.By, b.By), strings.Compare(a.Name, b.Name))
}

// CompareEdges orders edges by the file that needs, by the name, by kind, and by what the name led to.
func CompareEdges(a, b Edge) int {
	return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.Name, b.Name), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.To, b.To))
}
