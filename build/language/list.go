package language

import "strings"

// List joins words for the log.
func List(words []string) string { return strings.Join(words, ", ") }

// Or joins steps of which one will do: "Ask for 3.13, build with another builder, or set a variable".
func Or(step string, others ...string) string {
	for i, s := range others {
		step += ", "
		if i == len(others)-1 {
			step += "or "
		}
		step += s
	}
	return step
}

// Some joins the first three words for the log, and says that there are more.
func Some(words []string) string {
	if len(words) > 3 {
		return List(words[:3]) + ", …"
	}
	return List(words)
}
