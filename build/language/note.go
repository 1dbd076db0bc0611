package language

import (
	"encoding/json"
	"os"
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
