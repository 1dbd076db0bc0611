package python

import (
	"errors"
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/build/language"
)

// TestForeignLockHasANextStep: a lock of a format that nobody here reads is told with what to do about it.
func TestForeignLockHasANextStep(t *testing.T) {
	for file, texts := range map[string][]string{
		"uv.lock":      {"version = 0\n", "", "\n"},
		"poetry.lock":  {"[metadata]\nlock-version = \"3.0\"\n"},
		"pdm.lock":     {"[metadata]\nlock_version = \"3.1\"\n"},
		"Pipfile.lock": {`{"_meta": {"pipfile-spec": 5}}`, "INVALID"},
		"pylock.toml":  {"lock-version = \"2.0\"\n"},
	} {
		for _, text := range texts {
			_, err := readLock(fstest.MapFS{file: {Data: []byte(text)}}, file)
			var p *language.Problem
			if !errors.Is(err, errNoLock) || !errors.As(explain(err), &p) || p.Next == "" {
				t.Errorf("%s: %v, want a problem with a next step", file, explain(err))
			}
		}
	}
}
