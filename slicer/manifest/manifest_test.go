package manifest

import (
	"fmt"
	"strings"
	"testing"
)

// TestReadRefusesSizesThatOverflow: whoever wrote a manifest does not make whittle tell of files of less than nothing.
func TestReadRefusesSizesThatOverflow(t *testing.T) {
	for sizes, ok := range map[string]bool{"0": true, "5,1125899906842619": true, "-7": false, "1125899906842625": false, "1,1125899906842624": false, "9223372036854775807,9223372036854775807": false} {
		var files []string
		for i, size := range strings.Split(sizes, ",") {
			files = append(files, fmt.Sprintf(`{"layer": "slices", "path": "f%d", "kind": "file", "mode": "0644", "size": %s}`, i, size))
		}
		_, err := Read(strings.NewReader(`{"schema": "` + Schema + `", "files": [` + strings.Join(files, ",") + `]}`))
		if (err == nil) != ok || !ok && !strings.Contains(err.Error(), "is said to have") {
			t.Errorf("sizes %s: %v", sizes, err)
		}
	}
}
