package main

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// reference is a variable in a file that render reads: ${NAME} or ${NAME:-text}. A name has capital letters, so that the
// variables of nginx ($uri, ${host}) are left alone.
var reference = regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}`)

// render reads a file, replaces its variables, and sets a variable to the path of the result: for programs whose
// configuration cannot name variables, such as nginx. The result is kept in memory (memfd_create(2)), as the image's file
// system may be read-only; the program that replaces this process can open it as often as it likes.
func (r *runner) render(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: render NAME FILE")
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return errors.New("render " + args[1] + ": " + errors.Unwrap(err).Error())
	}
	result := reference.ReplaceAllStringFunc(string(text), func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		if value, ok := r.vars.Lookup(m[1]); ok && value != "" {
			return clean(value)
		}
		return m[2]
	})
	fd, err := unix.MemfdCreate("rendered", 0) // not closed on exec
	if err != nil {
		return errors.New("render: " + err.Error())
	}
	file := os.NewFile(uintptr(fd), "rendered")
	if _, err := file.WriteString(result); err != nil {
		return errors.New("render: " + err.Error())
	}
	r.rendered = append(r.rendered, file)
	return r.vars.export(args[0], "/proc/self/fd/"+strconv.Itoa(fd))
}

// clean keeps a value from being more than a word of the file: PORT="1; evil" is no port.
func clean(value string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(" \t\r\n;{}\"'\\#$", c) {
			return -1
		}
		return c
	}, value)
}
