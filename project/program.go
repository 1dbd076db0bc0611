package project

import (
	"path"
	"slices"
	"strings"
)

// Program is the program that a start command runs, as it is written there: "./server". Of several commands in a line it is that
// of the last one that runs on: "./migrate && gunicorn app" is gunicorn. A command behind | or || does not count, as it reads what another
// one writes, or runs where that fails: "node server.js | pino-pretty" is node. Assignments in front are skipped, and so are exec, env and
// a shell around the command. A line that nobody can read has some program or none: the build tells of it elsewhere.
func Program(line string) string {
	found := ""
	for _, words := range commands(line) {
		name := programOf(words)
		if name != "" && (found == "" || !slices.Contains([]string{"cd", "true", "echo", "exit", "wait"}, name)) {
			found = name
		}
	}
	return found
}

// programOf is the program of one command.
func programOf(words []string) string {
	for i, word := range words {
		rest := words[i+1:]
		switch {
		case word == "exec" || word == "env" || word == "command" || strings.Contains(word, "=") || i > 0 && strings.HasPrefix(word, "-"):
		case slices.Contains([]string{"sh", "bash", "dash"}, path.Base(word)) && len(rest) > 1 && strings.HasPrefix(rest[0], "-") && strings.HasSuffix(rest[0], "c"):
			return Program(rest[1])
		default:
			return word
		}
	}
	return ""
}

// commands are the words of each command of a line, those behind | and || left out; quotes hold words together, and redirections are words
// ("2>&1").
func commands(line string) [][]string {
	var all [][]string
	var words []string
	var word strings.Builder
	quote, inWord, behindPipe := rune(0), false, false
	end := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	endCommand := func() {
		end()
		if !behindPipe {
			all = append(all, words)
		}
		words = nil
	}
	for i, r := range line {
		switch {
		case r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			end()
		case (r == ';' || r == '&' || r == '|') && !isRedirection(line, i):
			endCommand()
			behindPipe = r == '|'
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	endCommand()
	return all
}

// isRedirection tells whether an operator at a place of a line is a part of a redirection: ">&", "<&", ">|", "&>".
func isRedirection(line string, at int) bool {
	return at > 0 && (line[at-1] == '>' || line[at-1] == '<' && line[at] == '&') || line[at] == '&' && strings.HasPrefix(line[at+1:], ">")
}
