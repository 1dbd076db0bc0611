package main

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// reference is a variable in a file that render reads: ${NAME} or ${NAME:-text}. A name has capital letters, so that the
// variables of nginx ($uri, ${host}) are left alone.
var reference = regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}`)

// nameservers is the variable that is those of the machine where nobody sets it: nginx does not read where they are.
const nameservers = "NAMESERVERS"

// resolvers lists the name servers of a file (resolv.conf(5)) as nginx writes them.
func resolvers(file string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		// The library that parses addresses is a twentieth of this program, which is in every such image.
		switch addr, _, _ := strings.Cut(words[1], "%"); {
		case strings.Trim(addr, "0123456789.") == "":
			all = append(all, addr)
		case strings.Trim(addr, "0123456789abcdefABCDEF:.") == "":
			all = append(all, "["+addr+"]")
		}
	}
	return all
}

// render reads a file, replaces its variables, and sets a variable to the path of the result: for programs whose
// configuration cannot name variables, such as nginx. The result is kept in memory (memfd_create(2)), as the image's file
// system may be read-only; the program that replaces this process can open it as often as it likes. Values are words of the file, or
// what a line may have.
func (r *runner) render(args []string, lines bool) error {
	if len(args) != 2 {
		return errors.New("usage: render [-l] NAME FILE")
	}
	clean := word
	if lines {
		clean = line
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return errors.New("render " + args[1] + ": " + errors.Unwrap(err).Error())
	}
	var unset []string
	result := reference.ReplaceAllStringFunc(string(text), func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		if value, ok := r.vars.Lookup(m[1]); ok && value != "" {
			return clean(value)
		}
		if m[1] == nameservers && m[2] == "" {
			return strings.Join(resolvers("/etc/resolv.conf"), " ")
		}
		if !strings.Contains(ref, ":-") && !slices.Contains(unset, m[1]) {
			unset = append(unset, m[1])
		}
		return m[2]
	})
	if len(unset) > 0 { // no error: a word may be empty, and where it may not, the program tells the line and not the name
		_, _ = os.Stderr.WriteString("render: not set, and empty in " + args[1] + ": " + strings.Join(unset, ", ") + "\n")
	}
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

// line keeps a value from being more than a part of a line: a hashed password has a $ in it.
func line(value string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' {
			return -1
		}
		return c
	}, value)
}

// word keeps a value from being more than a word of the file: PORT="1; evil" is no port.
func word(value string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(" \t\r\n;{}\"'\\#$", c) {
			return -1
		}
		return c
	}, value)
}
