package python

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestPipIsRetold has in the log what takes time, each once.
func TestPipIsRetold(t *testing.T) {
	var log strings.Builder
	out := &pipOutput{log: language.NewLog(&log, languagetest.Noon)}
	for _, text := range []string{
		"Collecting orjson\n  Downloading https://files.example/orjson-3.tar.gz (1.2 MB)\n  Downloading small-1.whl (12 kB)\n",
		"Building wheels for collected packages: orjson\n  Building wheel for orjson (pyproject.toml): sta", "rted\n",
		"  Building wheel for orjson (pyproject.toml): still running...\n  Building wheel for orjson (pyproject.toml): still running...\n",
		"  Building wheel for orjson (pyproject.toml): finished with status 'done'\nInstalling collected packages: orjson, small\n",
	} {
		if _, err := io.WriteString(out, text); err != nil {
			t.Fatal(err)
		}
	}
	want := "    downloading orjson-3.tar.gz, 1.2 MB\n    building orjson\n    installing 2 packages: orjson, small\n"
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Error(diff)
	}
}
