package compiled

import (
	"bytes"
	"unicode/utf8"
)

// withoutTranslations is a description without the comments in other languages, of which nothing is made: they are nine tenths of
// its elements, and to parse them takes as much of the time. Only what is plainly such an element and would be read without an
// error is left out, and nothing where the same characters may be text.
func withoutTranslations(data []byte) []byte {
	if bytes.Contains(data, []byte("<![CDATA[")) {
		return data
	}
	kept := make([]byte, 0, len(data)/2)
	begin := []byte(`<comment xml:lang="`)
	for {
		i := bytes.Index(data, begin)
		if i < 0 {
			return append(kept, data...)
		}
		length := translationLength(data[i:], len(begin))
		if length == 0 {
			kept, data = append(kept, data[:i+len(begin)]...), data[i+len(begin):]
			continue
		}
		kept, data = append(kept, data[:i]...), data[i+length:]
	}
}

// translationLength is the length of the translated comment that data begins with, whose language begins at a place; 0 if it is
// none that may be passed over.
func translationLength(data []byte, lang int) int {
	end := []byte("</comment>")
	quote := bytes.IndexByte(data[lang:], '"')
	if quote <= 0 || !isPlain(data[lang:lang+quote]) || !bytes.HasPrefix(data[lang+quote:], []byte(`">`)) {
		return 0
	}
	text := lang + quote + len(`">`)
	length := bytes.IndexByte(data[text:], '<')
	if length < 0 || !isPlain(data[text:text+length]) || !bytes.HasPrefix(data[text+length:], end) {
		return 0
	}
	return text + length + len(end)
}

// isPlain tells whether a text is of characters that XML allows (XML 1.0, 2.2), and refers to none by a name.
func isPlain(text []byte) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError, r < ' ' && r != '\t' && r != '\n', r == '&', r == '<', r == '>', r == 0xfffe, r == 0xffff:
			return false
		}
		text = text[size:]
	}
	return true
}
