package debian

import "strings"

// OSRelease returns ID and VERSION_ID of the text of an os-release (os-release(5)); empty what it does not have.
func OSRelease(text []byte) (id, version string) {
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch value = strings.Trim(value, `"'`); key {
		case "ID":
			id = value
		case "VERSION_ID":
			version = value
		}
	}
	return id, version
}
