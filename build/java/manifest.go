package java

import (
	"bufio"
	"io"
	"strings"
)

// manifest is the main section of a META-INF/MANIFEST.MF (JAR File Specification), by names in small letters.
type manifest map[string]string

// maxManifest bounds a manifest, in bytes: a long Class-Path has some 10 kB.
const maxManifest = 4 << 20

// readManifest reads the main section. Lines that are no attribute are passed over, as Java does.
func readManifest(r io.Reader) (manifest, error) {
	parts := map[string]*strings.Builder{} // a value of many lines is put together once
	last := ""
	lines := bufio.NewScanner(io.LimitReader(r, maxManifest))
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if line == "" && len(parts) > 0 {
			break // what follows is about single entries
		}
		if more, ok := strings.CutPrefix(line, " "); ok && last != "" {
			parts[last].WriteString(more)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		last = strings.ToLower(strings.TrimSpace(name))
		parts[last] = new(strings.Builder)
		parts[last].WriteString(strings.TrimPrefix(value, " "))
	}
	m := manifest{}
	for name, value := range parts {
		m[name] = strings.TrimSpace(value.String())
	}
	return m, lines.Err()
}

// attribute is a line of a manifest to write.
type attribute struct{ name, value string }

// writeManifest is a manifest of some attributes: lines of at most 72 bytes.
func writeManifest(attributes []attribute) []byte {
	var b strings.Builder
	for _, a := range attributes {
		line := a.name + ": " + a.value
		for len(line) > 72 {
			cut := 72
			for cut > 1 && line[cut]&0xc0 == 0x80 { // not within a character
				cut--
			}
			b.WriteString(line[:cut] + "\r\n")
			line = " " + line[cut:]
		}
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}
