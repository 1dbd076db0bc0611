package release

import (
	"strings"
	"unicode/utf8"
)

// The globs of the format: "?" is one character but "/", "*" any run of characters but "/", "**" any run at all.
// Nothing else is special. A byte that is not UTF-8 is a character of its own.

// token is one part of a compiled glob: a character, or one of the wildcards.
type token rune

const (
	anyOne  token = -1 - iota // ?
	anyRun                    // *
	anyTree                   // **
)

// invalidByte is added to bytes that are not UTF-8, so that they are no Unicode character.
const invalidByte = utf8.MaxRune + 1

// decode returns the first character of s and its length in bytes.
func decode(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		r = invalidByte + rune(s[0])
	}
	return r, n
}

// compile splits a glob into tokens.
func compile(glob string) []token {
	tokens := make([]token, 0, len(glob))
	for glob != "" {
		switch {
		case strings.HasPrefix(glob, "**"):
			tokens, glob = append(tokens, anyTree), glob[2:]
		case glob[0] == '*':
			tokens, glob = append(tokens, anyRun), glob[1:]
		case glob[0] == '?':
			tokens, glob = append(tokens, anyOne), glob[1:]
		default:
			r, n := decode(glob)
			tokens, glob = append(tokens, token(r)), glob[n:]
		}
	}
	return tokens
}

// Match tells whether the glob matches the whole path. Directories end in "/" on both sides.
func Match(pattern, path string) bool { return match(compile(pattern), path) }

// match goes from left to right and returns to the last wildcard on a mismatch. That is exact: what stands before the
// last "**" can only profit from matching early, and between two "**" a "*" is held by the slashes around it.
func match(pattern []token, path string) bool {
	type mark struct {
		p    int    // where the pattern goes on behind the wildcard
		rest string // what was left of the path there
	}
	var run, tree *mark
	p := 0
	for path != "" || p < len(pattern) {
		if p < len(pattern) {
			switch t := pattern[p]; t {
			case anyTree:
				p++
				tree, run = &mark{p, path}, nil
				continue
			case anyRun:
				p++
				run = &mark{p, path}
				continue
			default:
				if c, n := decode(path); n > 0 && (t == token(c) || t == anyOne && c != '/') {
					p, path = p+1, path[n:]
					continue
				}
			}
		}
		if run != nil && run.rest != "" && run.rest[0] != '/' {
			_, n := decode(run.rest)
			run.rest = run.rest[n:]
			p, path = run.p, run.rest
			continue
		}
		if tree == nil || tree.rest == "" {
			return false
		}
		_, n := decode(tree.rest)
		tree.rest = tree.rest[n:]
		p, path, run = tree.p, tree.rest, nil
	}
	return true
}

// intersects tells whether some path is matched by both globs. A path without wildcards matches itself. It walks all pairs
// of positions that some common text leads to. Most pairs of globs differ in what stands before or behind their wildcards,
// which is looked at first.
func intersects(a, b []token) bool {
	for i := 0; i < len(a) && i < len(b) && !a[i].repeats() && !b[i].repeats(); i++ {
		if !common(a[i], b[i]) {
			return false
		}
	}
	for i, j := len(a)-1, len(b)-1; i >= 0 && j >= 0 && !a[i].repeats() && !b[j].repeats(); i, j = i-1, j-1 {
		if !common(a[i], b[j]) {
			return false
		}
	}
	width := len(b) + 1
	seen := make([]bool, (len(a)+1)*width)
	todo := []int{0}
	seen[0] = true
	visit := func(i, j int) {
		if at := i*width + j; !seen[at] {
			seen[at] = true
			todo = append(todo, at)
		}
	}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		i, j := at/width, at%width
		if i == len(a) && j == len(b) {
			return true
		}
		if i < len(a) && a[i].repeats() {
			visit(i+1, j)
		}
		if j < len(b) && b[j].repeats() {
			visit(i, j+1)
		}
		if i == len(a) || j == len(b) || !common(a[i], b[j]) {
			continue
		}
		ni, nj := i+1, j+1
		if a[i].repeats() {
			ni = i
		}
		if b[j].repeats() {
			nj = j
		}
		visit(ni, nj)
	}
	return false
}

func (t token) repeats() bool { return t == anyRun || t == anyTree }

// common tells whether one character can stand for both tokens.
func common(a, b token) bool {
	switch {
	case a >= 0 && b >= 0:
		return a == b
	case a == anyTree || b == anyTree:
		return true
	case a >= 0:
		return a != '/'
	case b >= 0:
		return b != '/'
	}
	return true
}
