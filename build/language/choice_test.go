package language_test

import (
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestWordsThatNoChoiceHasAreTold: a setting with a word that is mistyped is no setting that was left out.
func TestWordsThatNoChoiceHasAreTold(t *testing.T) {
	truth, several := language.Truths("BP_X")[0], language.Choice{Setting: "BP_X", Words: []string{"debian", "npm"}}
	for _, row := range []struct {
		choice    language.Choice
		said, err string
	}{
		{truth, "", ""},
		{truth, "true", ""},
		{truth, "FALSE", ""},
		{truth, "0", ""},
		{truth, "perhaps", `cannot use BP_X="perhaps": it is neither true nor false`},
		{several, "", ""},
		{several, "npm", ""},
		{several, "gentoo", "cannot use BP_X=\"gentoo\": it may be debian, or npm\nNext: Correct it, or leave it out."},
		{language.Lock, "update", ""},
		{language.Lock, "renew", `cannot use BP_LOCK="renew": it may be update`},
	} {
		languagetest.Has(t, row.choice.Check(map[string]string{row.choice.Setting: row.said}), row.err)
	}
}
