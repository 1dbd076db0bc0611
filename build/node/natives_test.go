package node

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
)

func TestNativePackages(t *testing.T) {
	got := nativePackages(files(`package.json={"dependencies": {"pg-native": "3", "express": "5"}, "optionalDependencies": {"usb": "2"}}`), nil)
	want := []language.BuildPackage{{Name: "libpq-dev", By: "pg-native in package.json"}, {Name: "libudev-dev", By: "usb in package.json"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, none := range []string{`{"dependencies": {"express": "5"}}`, "{", ""} {
		if got := nativePackages(files("package.json="+none), nil); len(got) > 0 {
			t.Errorf("%s: got %v", none, got)
		}
	}
}
