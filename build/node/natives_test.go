package node

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
)

func TestNativePackages(t *testing.T) {
	got := nativePackages(files(`package.json={"dependencies": {"pg-native": "3", "express": "5"}, "optionalDependencies": {"usb": "2"}}`), nil, builders.Builder{})
	want := []language.BuildPackage{{Name: "libpq-dev", By: "pg-native in package.json"}, {Name: "libudev-dev", By: "usb in package.json"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, none := range []string{`{"dependencies": {"express": "5"}}`, "{", ""} {
		if got := nativePackages(files("package.json="+none), nil, builders.Builder{}); len(got) > 0 {
			t.Errorf("%s: got %v", none, got)
		}
	}
}
