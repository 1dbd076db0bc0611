package language

import (
	"fmt"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/project"
)

// List joins words for the log.
func List(words []string) string { return strings.Join(words, ", ") }

// Most is the beginning of a long list that is to be chosen from, and how much more there is.
func Most(words []string) []string {
	const most = 12
	if len(words) <= most {
		return words
	}
	return append(slices.Clone(words[:most]), fmt.Sprintf("and %d more", len(words)-most))
}

// Unique is a list without what stands in it a second time. Files of an app may name a hundred thousand things: to look through the
// list for each takes time by the square.
func Unique[T comparable](all []T) []T {
	seen := make(map[T]bool, len(all))
	return slices.DeleteFunc(all, func(one T) bool {
		again := seen[one]
		seen[one] = true
		return again
	})
}

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
func Some(words []string) string { return text.Some(words) }

// SplitList are the words of a list as settings have it: with commas or blanks between them.
func SplitList(list string) []string { return project.SplitList(list) }

// Texts are the texts of a value of somebody's file that is one or a list of them. What else a list has is passed over.
func Texts(value any) []string {
	if text, ok := value.(string); ok {
		return []string{text}
	}
	list, _ := value.([]any)
	var all []string
	for _, one := range list {
		if text, ok := one.(string); ok {
			all = append(all, text)
		}
	}
	return all
}
