package language

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// maxText bounds the text files of an app that are read whole, in bytes. The longest locks have some 5 MB.
const maxText = 32 << 20

// ReadText reads a regular file of the app, without a byte order mark; it returns false where there is none. What is no
// regular file is none: a pipe would be waited for.
func ReadText(files fs.FS, name string) (text string, ok bool, err error) {
	info, err := fs.Stat(files, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || err == nil && !info.Mode().IsRegular() {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("cannot read %s: %w", name, err)
	}
	f, err := files.Open(name)
	if err != nil {
		return "", false, fmt.Errorf("cannot read %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxText+1))
	if err != nil {
		return "", false, fmt.Errorf("cannot read %s: %w", name, err)
	}
	if len(data) > maxText {
		return "", false, fmt.Errorf("cannot read %s: it has more than %d MB", name, maxText>>20)
	}
	return strings.TrimPrefix(string(data), "\uFEFF"), true, nil
}

// IsFile tells whether there is a regular file of a name, which may begin with "./"; links are followed as files does.
func IsFile(files fs.FS, name string) bool {
	info, err := fs.Stat(files, path.Clean(name))
	return err == nil && info.Mode().IsRegular()
}

// IsDir tells whether there is a folder of a name.
func IsDir(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.IsDir()
}

// FirstFile is the first of some names that IsFile; empty where none is.
func FirstFile(files fs.FS, names ...string) string {
	for _, name := range names {
		if IsFile(files, name) {
			return name
		}
	}
	return ""
}

// Lines are the lines of a text, with their ends, and their numbers from 1.
func Lines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(text) {
			if n++; !yield(n, line) {
				return
			}
		}
	}
}

// PlainText refuses a file's text that is not UTF-8: PowerShell's > writes UTF-16.
func PlainText(name, text string) error {
	null := strings.Index(text, "\x00")
	if utf8.ValidString(text) && null < 0 {
		return nil
	}
	found := "another encoding"
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") || strings.Count(text, "\x00") > len(text)/3 {
		found = "UTF-16"
	} else if null >= 0 {
		return &Problem{What: "cannot read " + name, Evidence: []string{fmt.Sprintf("it is no text: byte %d is null", null+1)}, Next: "Type the file anew."}
	}
	return &Problem{
		What: "cannot read " + name, Evidence: []string{"it is not UTF-8 text, but " + found},
		Next: "Save it as UTF-8; PowerShell's `>` writes UTF-16.",
	}
}

// TOMLError is the problem of a file that is no TOML, with the line.
func TOMLError(name string, err error) error {
	p := &Problem{What: "cannot read " + name, Evidence: []string{err.Error()}, Next: "Correct that line.", Err: err}
	if parse, ok := errors.AsType[toml.ParseError](err); ok {
		p.Evidence = []string{fmt.Sprintf("line %d: %s", parse.Position.Line, parse.Message)}
	}
	return p
}

// Clip is the beginning of a text of somebody's file or server, in one line for a message or a name.
func Clip(text string) string {
	const most = 120
	more := len(text) > most
	if more {
		text = text[:most]
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if more {
		text += "…"
	}
	return text
}
