package detect

import (
	"testing"
)

func TestAlwaysBehind(t *testing.T) {
	const group, other, own = "[[order]]\n", "[[order.group]]\nid = \"acme/tool\"\nversion = \"1\"\n", "[[order.group]]\nid = \"whittle/whittle\"\n"
	for text, want := range map[string]bool{
		"":                                    false,
		"[[":                                  false,
		group + own:                           false,
		group + other:                         false,
		group + other + own:                   true,
		group + own + other:                   false,
		group + other + own + group + own:     false,
		group + other + own + group + other:   true,
		group + other + own + other + "\n# x": true,
	} {
		if got := alwaysBehind(files("order.toml="+text), "whittle/whittle"); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
	if alwaysBehind(files(), "whittle/whittle") {
		t.Error("behind without an order")
	}
}
