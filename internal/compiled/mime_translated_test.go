package compiled

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTranslationsArePassedOver are comments that are, and are not, left out before a description is parsed.
func TestTranslationsArePassedOver(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"none", `<a><comment>x</comment></a>`, `<a><comment>x</comment></a>`},
		{"several", `<a><comment>x</comment> <comment xml:lang="de">ä</comment><comment xml:lang="sr@Latn">z</comment>` + "\n</a>", "<a><comment>x</comment> \n</a>"},
		{"an empty one", `<comment xml:lang="de"></comment>.`, `.`},
		{"no language", `<comment xml:lang="">x</comment>`, ""},
		{"with an element", `<comment xml:lang="de">x<b/></comment>`, ""},
		{"with a reference", `<comment xml:lang="de">x &nothing; y</comment>`, ""},
		{"that does not end", `<comment xml:lang="de">x`, ""},
		{"whose language does not end", `<comment xml:lang="de`, ""},
		{"with another attribute", `<comment xml:lang="de" a="b">x</comment>`, ""},
		{"not in UTF-8", "<comment xml:lang=\"de\">\xe4</comment>", ""},
		{"with a character that XML has not", "<comment xml:lang=\"de\">\x01</comment>", ""},
		{"as text", `<comment><![CDATA[<comment xml:lang="de">x</comment>]]></comment>`, ""},
		{"behind one that is kept", `<comment xml:lang="de">&lt;</comment><comment xml:lang="fr">x</comment>`, `<comment xml:lang="de">&lt;</comment>`},
	} {
		want := row.want
		if want == "" {
			want = row.text
		}
		if got := string(withoutTranslations([]byte(row.text))); got != want {
			t.Errorf("%s: got %q, want %q", row.name, got, want)
		}
	}
}

// TestTranslationsChangeNothing makes the database of a description with and without translations.
func TestTranslationsChangeNothing(t *testing.T) {
	const text = `<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info"><mime-type type="a/b"><comment>plain</comment>TRANSLATED` +
		`<acronym>AB</acronym><glob pattern="*.ab"/></mime-type><mime-type type="a/c">TRANSLATED<glob pattern="*.ac"/></mime-type></mime-info>`
	database := func(translated string) map[string][]byte {
		out, ignored := MIME([]File{{Name: "a.xml", Data: []byte(strings.ReplaceAll(text, "TRANSLATED", translated))}})
		if len(ignored) > 0 {
			t.Fatalf("ignored %v", ignored)
		}
		return out
	}
	if diff := cmp.Diff(database(""), database(`<comment xml:lang="de">gewöhnlich</comment><comment xml:lang="fr">simple</comment>`)); diff != "" {
		t.Error(diff)
	}
}
