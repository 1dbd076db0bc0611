package python

import (
	"errors"
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
	out := newPipOutput(language.NewLog(&log, languagetest.Noon))
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

// TestReasonOfPip is what tells why, where pip says after it only that something failed.
func TestReasonOfPip(t *testing.T) {
	for output, want := range map[string]string{
		"      ValueError: No file/folder found for package shop\n      [end of output]\n  ERROR: Failed building wheel for shop\nERROR: Failed to build installable wheels for some pyproject.toml based projects (shop)\n": "ValueError: No file/folder found for package shop",
		"error: subprocess-exited-with-error\nnote: This error originates from a subprocess\nthe end\n":                                                                                                                      "the end",
		"KeyError: 'X'\n": "KeyError: 'X'",
	} {
		if got := reason(&language.ProgramError{Err: errors.New("exit status 1"), Output: output}); got != want {
			t.Errorf("%q: got %q, want %q", output, got, want)
		}
	}
}
