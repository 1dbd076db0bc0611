package script

import "bytes"

// The functions here find what a regular expression would, in a fraction of the time: sources are read for every cut of a
// package that is not unpacked yet, and most of their text is nothing that matters.

// linesWith calls fn with each line in which one of the words occurs.
func linesWith(text []byte, words []string, fn func(line []byte)) {
	for line := range bytes.Lines(text) {
		for _, w := range words {
			if bytes.Contains(line, []byte(w)) {
				fn(line)
				break
			}
		}
	}
}

func isWord(c byte) bool {
	return isLetter(c) || c >= '0' && c <= '9'
}

func isLetter(c byte) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// qualified calls fn with each name of several parts: \b[A-Za-z_]\w*(::\w+)+.
func qualified(text []byte, fn func(name []byte)) {
	for from := 0; ; {
		next := bytes.Index(text[from:], []byte("::"))
		if next < 0 {
			return
		}
		colons := from + next
		start := colons
		for start > from && isWord(text[start-1]) {
			start--
		}
		if start > 0 && start == from && isWord(text[start-1]) {
			start = colons // the rest of a word that was read before
		}
		end := colons
		for end+2 < len(text) && text[end] == ':' && text[end+1] == ':' && isWord(text[end+2]) {
			end = run(text, end+2, isWord)
		}
		if start == colons || !isLetter(text[start]) || end == colons {
			from = colons + 1
			continue
		}
		fn(text[start:end])
		from = end
	}
}

// quotedNames calls fn with each dotted name that is a string of its own, perhaps with the name of a thing in it behind a
// colon: ["']([A-Za-z_]\w*(\.[A-Za-z_]\w*)*)(:[\w.]+)?["'].
func quotedNames(text []byte, fn func(name []byte)) {
	quoted(text, func(i int) (end, last int) {
		end = dotted(text, i)
		last = end
		if last < len(text) && text[last] == ':' {
			if last = run(text, end+1, isDotted); last == end+1 {
				return i, i
			}
		}
		return end, last
	}, fn)
}

// quotedDistributions calls fn with each name of a distribution that is a string of its own, perhaps with a version:
// ["']([A-Za-z0-9][\w.-]*)(\s*[=<>~!]=?\s*[\w.]+)?["'].
func quotedDistributions(text []byte, fn func(name []byte)) {
	quoted(text, func(i int) (end, last int) {
		if i >= len(text) || text[i] == '_' || !isWord(text[i]) {
			return i, i
		}
		end = run(text, i, func(c byte) bool { return isDotted(c) || c == '-' })
		last = run(text, end, isSpace)
		if last == len(text) || bytes.IndexByte([]byte("=<>~!"), text[last]) < 0 {
			return end, end
		}
		if last++; last < len(text) && text[last] == '=' {
			last++
		}
		last = run(text, last, isSpace)
		if more := run(text, last, isDotted); more > last {
			return end, more
		}
		return end, end
	}, fn)
}

// quoted calls fn with what parse finds behind a quote, from i to end, if the next quote stands at last.
func quoted(text []byte, parse func(i int) (end, last int), fn func([]byte)) {
	for i := 0; i < len(text); i++ {
		next := bytes.IndexAny(text[i:], `"'`)
		if next < 0 {
			return
		}
		i += next
		end, last := parse(i + 1)
		if end > i+1 && last < len(text) && (text[last] == '"' || text[last] == '\'') {
			fn(text[i+1 : end])
			i = last
		}
	}
}

// run returns where the bytes of a kind that begin at i end.
func run(text []byte, i int, kind func(byte) bool) int {
	for i < len(text) && kind(text[i]) {
		i++
	}
	return i
}

func isDotted(c byte) bool { return isWord(c) || c == '.' }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r' }

// dotted returns where the dotted name that begins at i ends; i if there is none.
func dotted(text []byte, i int) int {
	if i >= len(text) || !isLetter(text[i]) {
		return i
	}
	i = run(text, i, isWord)
	for i+1 < len(text) && text[i] == '.' && isLetter(text[i+1]) {
		i = run(text, i+1, isWord)
	}
	return i
}
