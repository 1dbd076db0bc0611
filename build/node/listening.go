package node

import (
	"regexp"

	"whittle.dev/whittle/build/language"
)

// sourceEndings are those of files that Node.js runs, or that become such.
var sourceEndings = []string{".js", ".mjs", ".cjs", ".ts", ".mts"}

// listensOn is how a server of Node.js is told its port.
var listensOn = regexp.MustCompile(`(?:\.listen\s*\(\s*|\blisten:\s*)(?:\{[^}]*?\bport:\s*)?(\w+)`)

// loopback is what a server says that listens on the loopback address alone.
var loopback = regexp.MustCompile("\\.listen\\s*\\([^;]{0,80}[\"'`](?:127\\.0\\.0\\.1|localhost|::1)[\"'`]")

// writing is how sources in Node.js write files, or have a package do so.
var writing = language.Writing{Endings: sourceEndings, Writes: regexp.MustCompile(`\b(?:writeFile|appendFile|createWriteStream|mkdir|ensureDir|outputFile|diskStorage|multer)(?:Sync)?\s*\(|["'][^"']+\.(?:sqlite3?|db)["']`), Direct: regexp.MustCompile("\\b(?:mkdir|ensureDir)(?:Sync)?\\s*\\(\\s*[\"'`]" + language.RelativePath + "/?[\"'`]|\\bmulter\\s*\\(\\s*\\{\\s*dest:\\s*[\"'`]" + language.RelativePath + "/?[\"'`]")}

// tellListening tells of servers in the app's sources that nobody reaches, or on a port of their own.
func (a *app) tellListening(o outcome) {
	l := a.Listening(language.Serving{Endings: sourceEndings, Loopback: loopback.MatchString, Port: listensOn})
	if l.Fixed != "" && len(o.processes) > 0 {
		a.note(l.Fixed)
	}
}
