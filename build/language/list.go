package language

import "strings"

// List joins words for the log.
func List(words []string) string { return strings.Join(words, ", ") }

// Some joins the first three words for the log, and says that there are more.
func Some(words []string) string {
	if len(words) > 3 {
		return List(words[:3]) + ", …"
	}
	return List(words)
}
