package debian

import "strings"

// OSReleasePath is where Debian has the file of os-release(5): /etc/os-release is a link to it.
const OSReleasePath = "usr/lib/os-release"

// MaxOSRelease bounds its text, in bytes; Debian's has 286.
const MaxOSRelease = 64 << 10

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
