package language

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// ReadNote reads what an earlier build noted in a file of a layer, as JSON, into a value. It returns false where there is no
// note that can be used: the layer was not restored, or another version of whittle wrote it. Then the build does without.
func ReadNote(file string, to any) bool {
	text, err := ReadFile(file)
	return err == nil && json.Unmarshal(text, to) == nil
}

// WriteNote notes a value in a file, for ReadNote of a later build. Equal values are equal bytes.
func WriteNote(file string, value any) error {
	text, err := json.Marshal(value)
	if err == nil {
		err = os.WriteFile(file, text, 0o644)
	}
	return err
}

// Remembered returns what make makes, from a note in a folder where that was made under the same key before. Without a folder nothing is
// remembered.
func Remembered[T any](folder, name, key string, make func() (T, error)) (T, error) {
	type kept struct {
		Key  string
		Made T
	}
	var old kept
	file := filepath.Join(folder, name)
	if ReadNote(file, &old) && old.Key == key {
		return old.Made, nil
	}
	made, err := make()
	if err != nil || folder == "" {
		return made, err
	}
	if err := WriteNote(file, kept{key, made}); err != nil {
		return made, fmt.Errorf("cannot keep %s: %w", name, err)
	}
	return made, nil
}
