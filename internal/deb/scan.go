package deb

import (
	"bytes"
	"fmt"
)

// ScanParagraphs calls fn for each paragraph of data, a whole control file in
// memory, without taking the paragraph apart: p is data[start:end], from its
// first line to its last without the final newline. It is for indexes of many
// thousand paragraphs of which few fields are wanted; FieldOf gets those. An
// error of fn ends the scan and is returned as it is.
//
// Unlike ParagraphReader it checks nothing but the size of a paragraph, and a
// comment is part of its paragraph.
func ScanParagraphs(data []byte, fn func(start, end int, p []byte) error) error {
	start, end := -1, 0
	for pos := 0; pos < len(data); {
		next := lineEnd(data, pos)
		if blank(data[pos:next]) {
			if start >= 0 {
				if err := fn(start, end, data[start:end]); err != nil {
					return err
				}
			}
			start = -1
		} else {
			if start < 0 {
				start = pos
			}
			end = next
			if end-start > maxParagraph {
				line := bytes.Count(data[:start], []byte("\n")) + 1
				return fmt.Errorf("cannot parse control file: line %d: paragraph is longer than %d bytes", line, maxParagraph)
			}
		}
		pos = next + 1
	}
	if start < 0 {
		return nil
	}
	return fn(start, end, data[start:end])
}

// FieldOf returns the value of the named field of a paragraph that
// ScanParagraphs gave, or nil if there is none. The value is a part of p: blanks
// around it are cut off, but the lines of a folded value are as they are
// written, each with its leading blank.
func FieldOf(p []byte, name string) []byte {
	for pos := 0; pos < len(p); {
		end := lineEnd(p, pos)
		if end-pos > len(name) && p[pos+len(name)] == ':' && equalFold(p[pos:pos+len(name)], name) {
			for end+1 < len(p) && (p[end+1] == ' ' || p[end+1] == '\t') {
				end = lineEnd(p, end+1)
			}
			return trimValue(p[pos+len(name)+1 : end])
		}
		pos = end + 1
	}
	return nil
}

// trimValue is bytes.Trim, which would make nil of a value of blanks.
func trimValue(v []byte) []byte {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t') {
		v = v[1:]
	}
	for len(v) > 0 && (blank(v[len(v)-1:]) || v[len(v)-1] == '\n') {
		v = v[:len(v)-1]
	}
	return v
}

// lineEnd returns where the line that begins at pos ends: at its newline, or at
// the end of data.
func lineEnd(data []byte, pos int) int {
	if n := bytes.IndexByte(data[pos:], '\n'); n >= 0 {
		return pos + n
	}
	return len(data)
}

func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
