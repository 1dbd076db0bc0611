package java

import (
	"path/filepath"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestKeyIsOfWhatIsMade: settings change the key of an app, and where this build keeps its certificates does not.
func TestKeyIsOfWhatIsMade(t *testing.T) {
	s := languagetest.Site(t, nil)
	key := func(env map[string]string) string {
		t.Helper()
		a := &app{Site: s}
		a.Env = env
		k, err := a.key()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	plain := key(nil)
	for _, row := range []struct {
		name, value string
		same        bool
	}{
		{"NODE_EXTRA_CA_CERTS", filepath.Join(s.Temp, "ca.crt"), true},
		{"MAVEN_OPTS", "-Xmx1g", true},
		{"HOSTNAME", "x", true},
		{"NODE_OPTIONS", "--max-old-space-size=4096", false},
		{"BP_JVM_VERSION", "25", false},
		{"BP_JAVA_INSTALL_NODE", "true", false},
	} {
		if same := key(map[string]string{row.name: row.value}) == plain; same != row.same {
			t.Errorf("%s=%s: the same key %t, want %t", row.name, row.value, same, row.same)
		}
	}
}
