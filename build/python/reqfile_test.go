package python

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestRequirementsThatIncludeEachOther has files that include each other, and one that names a file a hundred thousand times:
// each is read once. Thousands of files are none that anybody wrote.
func TestRequirementsThatIncludeEachOther(t *testing.T) {
	files := fstest.MapFS{
		"requirements.txt": {Data: []byte("-r a.txt\n-r ./a.txt\n" + strings.Repeat("-c limits.txt\n-r requirements.txt\n", 100_000))},
		"a.txt":            {Data: []byte("-r requirements.txt\nflask==3.0.0\n")},
		"limits.txt":       {Data: []byte("-c limits.txt\n")},
	}
	r, err := readReqFile(files, "requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"requirements.txt", "a.txt", "limits.txt"}, r.Files); diff != "" || len(r.Requires) != 1 {
		t.Errorf("%s, requires %v", diff, r.Requires)
	}
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, "-c %d.txt\n", i)
	}
	files["requirements.txt"] = &fstest.MapFile{Data: []byte(many.String())}
	if _, err := readReqFile(files, "requirements.txt"); err == nil || !strings.Contains(err.Error(), "it includes more than 1000 files") {
		t.Errorf("got error %v", err)
	}
}
