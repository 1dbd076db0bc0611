package main

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// questions are what a program is asked, until it answers.
var questions = []string{"--version", "--help"}

// asked is a command of a program with an empty environment and no network.
func asked(program, argument string, seconds int) command {
	return command{Args: []string{program, argument}, Seconds: seconds}
}

// answered tells whether a program has answered: it ended by itself with success, and printed something.
func (a answer) answered() bool {
	return a.Exit == 0 && len(strings.TrimSpace(string(a.Stdout)+string(a.Stderr))) > 0
}

var fleeting = []*regexp.Regexp{
	regexp.MustCompile(`0x[0-9a-fA-F]{6,}`),
	regexp.MustCompile(`/tmp/\S+`),
	regexp.MustCompile(`\d{1,2}:\d\d(:\d\d([.,]\d+)?)?`),
	regexp.MustCompile(`\d{4}-\d\d-\d\d`),
	regexp.MustCompile(`(?m)^.*\b(pid|PID|took|elapsed)\b.*$`),
}

// digest identifies what a program printed, but for addresses, temporary names and times.
func (a answer) digest() string {
	h := sha256.New()
	for _, part := range [][]byte{a.Stdout, {0}, a.Stderr} {
		for _, f := range fleeting {
			part = f.ReplaceAll(part, []byte("…"))
		}
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// evidence is what tells most about why a program did not answer.
func (a answer) evidence() string {
	if a.Error != "" {
		return a.Error
	}
	for _, text := range []string{string(a.Stderr), string(a.Stdout)} {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
			return last[:min(len(last), 240)]
		}
	}
	return "prints nothing"
}
