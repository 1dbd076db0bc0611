package project

import "strings"

// Program is the program that a start command runs, as it is written there: "./server". Assignments in front are skipped,
// and "exec" and "cd x &&" too.
func Program(line string) string {
	if _, rest, ok := strings.Cut(line, "&&"); ok && strings.HasPrefix(strings.TrimSpace(line), "cd ") {
		line = rest
	}
	for word := range strings.FieldsSeq(line) {
		if word != "exec" && !strings.Contains(word, "=") {
			return word
		}
	}
	return ""
}
