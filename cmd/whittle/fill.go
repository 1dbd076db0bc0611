package main

import (
	"strings"
	"unicode/utf8"
)

// fillText sets text in lines of at most width characters, where blanks allow it. Lines that begin with none are a paragraph, up to the
// next empty line. A line that begins with blanks stays by itself; where it is too long, what is behind its gap of two blanks or more
// goes on below that, and a line without a gap stays as it is: it is a command, or a piece of JSON.
func fillText(s string, width int) string {
	var lines, words []string
	flush := func() {
		lines = append(lines, fillWords(words, 0, width)...)
		words = nil
	}
	for line := range strings.SplitSeq(s, "\n") {
		switch {
		case line == "":
			flush()
			lines = append(lines, "")
		case line[0] == ' ':
			flush()
			lines = append(lines, hang(line, width)...)
		default:
			words = append(words, strings.Fields(line)...)
		}
	}
	flush()
	return strings.Join(lines, "\n")
}

// narrow is how few characters a column may have; with fewer its text begins on the next line.
const narrow = 24

// hang sets a line of a name, a gap and its meaning.
func hang(line string, width int) []string {
	name := strings.TrimLeft(line, " ")
	indent := len(line) - len(name)
	at := strings.Index(name, "  ")
	if utf8.RuneCountInString(line) <= width || at < 0 {
		return []string{line}
	}
	meaning := strings.Fields(name[at:])
	column := utf8.RuneCountInString(line) - utf8.RuneCountInString(strings.TrimLeft(name[at:], " "))
	if width-column < narrow {
		return append([]string{line[:indent+at]}, fillWords(meaning, indent+4, width)...)
	}
	all := fillWords(meaning, column, width)
	all[0] = line[:len(line)-len(strings.TrimLeft(name[at:], " "))] + strings.TrimLeft(all[0], " ")
	return all
}

// fillWords sets words in lines that begin with so many blanks.
func fillWords(words []string, indent, width int) []string {
	var lines []string
	line, length := "", 0
	for _, word := range words {
		n := utf8.RuneCountInString(word)
		if line != "" && length+1+n > width {
			lines, line = append(lines, line), ""
		}
		if line == "" {
			line, length = strings.Repeat(" ", indent)+word, indent+n
			continue
		}
		line, length = line+" "+word, length+1+n
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
