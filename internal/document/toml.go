package document

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxNested is how deep tables and lists of a TOML text may lie in each other, and how many parts the name of a key has. The library
// takes time by the square of both.
const maxNested = 64

// TOML decodes a TOML text that somebody else wrote. Its errors are the library's, but for one that lies too deep in itself.
func TOML(text string, v any) (toml.MetaData, error) {
	if err := checkNested(text); err != nil {
		return toml.MetaData{}, err
	}
	return toml.Decode(text, v)
}

// checkNested refuses brackets and dots that lead deeper than a text that says something does.
func checkNested(text string) error {
	depth, parts, line := 0, 1, 1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\n':
			parts = 1
			line++
		case '#':
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case '"', '\'':
			end := stringEnd(text[i:])
			line += strings.Count(text[i:i+end], "\n")
			i += end - 1
		case '[', '{':
			depth++
			parts = 1
		case ']', '}':
			depth = max(0, depth-1)
			parts = 1
		case '=', ',':
			parts = 1
		case '.':
			parts++
		}
		if depth > maxNested || parts > maxNested {
			return toml.ParseError{Message: fmt.Sprintf("it lies more than %d deep in tables and lists", maxNested), Position: toml.Position{Line: line}}
		}
	}
	return nil
}

// stringEnd is the length of the string that a text begins with: in one or three quotes of either kind. One that is not closed ends
// with its line, or with the text.
func stringEnd(text string) int {
	quote := text[:1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(text, long) {
		for i := 3; i < len(text); i++ {
			switch {
			case text[i] == '\\' && quote == `"`:
				i++
			case strings.HasPrefix(text[i:], long):
				return i + 3
			}
		}
		return len(text)
	}
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == `"`:
			i++
		case text[i] == quote[0]:
			return i + 1
		case text[i] == '\n':
			return i
		}
	}
	return len(text)
}
