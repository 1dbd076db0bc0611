package manifest

import (
	"cmp"
	"strings"
)

func CompareReasons(a, b Reason) int {
	return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.By, b.By), strings.Compare(a.Name, b.Name))
}

func CompareEdges(a, b Edge) int {
	return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.Name, b.Name), strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.To, b.To))
}
