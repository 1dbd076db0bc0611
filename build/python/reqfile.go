package python

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"whittle.dev/whittle/build/language"
)

// reqFile is what a requirements file says, with those that it includes. pip reads the file itself; this is read to know
// before which distributions will come.
type reqFile struct {
	Requires []Requirement
	Asks     bool // it asks for something, as far as anybody but pip can tell
	Own      bool // it installs folders of the app
	NoIndex  bool // nothing may be fetched
	Hashes   bool
	NoBinary []string // distributions, or ":all:", that no wheel is taken of
	Loose    int      // requirements that name no exact version
	Files    []string
}

var (
	ownFolder  = regexp.MustCompile(`^(?:-e\s*|--editable[ =]\s*)?(?:\.{1,2}(?:/|\[|$)|file:|[\w.-]+/)`)
	eggName    = regexp.MustCompile(`[#&]egg=([\w.-]+)`)
	hashOption = regexp.MustCompile(`\s--hash[= ]`)
)

// readReqFile reads a requirements file of the app in pip's format. What it does not understand it leaves to pip.
func readReqFile(dir fs.FS, name string) (*reqFile, error) {
	r := &reqFile{}
	return r, r.read(dir, path.Clean(name))
}

// read reads a file of requirements and those that it includes, each once.
func (r *reqFile) read(dir fs.FS, name string) error {
	if slices.Contains(r.Files, name) {
		return nil
	}
	text, ok, err := language.ReadText(dir, name)
	if err != nil || !ok {
		return err
	}
	if err := r.see(name); err != nil {
		return err
	}
	for line := range strings.Lines(strings.ReplaceAll(decode(text), "\\\n", " ")) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		line, _, _ = strings.Cut(line, " #")
		if err := r.line(dir, name, strings.TrimSpace(line)); err != nil {
			return err
		}
	}
	return nil
}

// maxFiles is how many files a requirements file includes.
const maxFiles = 1000

// see takes note of a file.
func (r *reqFile) see(name string) error {
	if slices.Contains(r.Files, name) {
		return nil
	}
	if len(r.Files) == maxFiles {
		return fmt.Errorf("cannot read %s: it includes more than %d files", r.Files[0], maxFiles)
	}
	r.Files = append(r.Files, name)
	return nil
}

// includes tells which file a line includes, and whether as requirements (-r) or as constraints (-c). Pip takes beginnings of
// long options, too.
func includes(line string) (option, file string, ok bool) {
	if !strings.HasPrefix(line, "-") {
		return "", "", false
	}
	for short, long := range map[string]string{"-r": "--requirement", "-c": "--constraint"} {
		rest, is := strings.CutPrefix(line, short)
		if i := strings.IndexAny(line, " =\t"); !is && i > len("--re") && strings.HasPrefix(long, line[:i]) {
			rest, is = line[i:], true
		}
		if rest = strings.Trim(rest, " =\t\"'"); is && rest != "" {
			return short, rest, true
		}
	}
	return "", "", false
}

// outside is the problem of a requirements file that includes a file which is not the app's: pip would print lines of it.
func outside(name, line string) error {
	return &language.Problem{
		What: "cannot use " + name + ": it includes a file that is not the app's", Evidence: []string{line},
		Next: "Put the file into the app's folder, and name it by a path relative to " + name + ".",
	}
}

// line reads a line of such a file: an option, or a requirement.
func (r *reqFile) line(dir fs.FS, name, line string) error {
	if option, included, ok := includes(line); ok {
		file := path.Join(path.Dir(name), included)
		if path.IsAbs(included) || !fs.ValidPath(file) {
			return outside(name, line)
		}
		if option == "-c" { // constraints name no distribution to install
			return r.see(file)
		}
		return r.read(dir, file)
	}
	if !strings.HasPrefix(line, "-") || strings.HasPrefix(line, "-e") || strings.HasPrefix(line, "--ed") {
		r.Asks = true
	}
	switch {
	case strings.HasPrefix(line, "--no-binary"):
		names := strings.TrimLeft(strings.TrimPrefix(line, "--no-binary"), " =")
		r.NoBinary = append(r.NoBinary, language.SplitList(names)...)
	case strings.HasPrefix(line, "--no-index"):
		r.NoIndex = true
	case ownFolder.MatchString(line):
		r.Own = true
	case strings.HasPrefix(line, "-"), strings.HasPrefix(line, "git+"):
		if m := eggName.FindStringSubmatch(line); m != nil {
			r.Requires = append(r.Requires, Requirement{Name: normalize(m[1]), URL: line})
		}
	default:
		r.Hashes = r.Hashes || hashOption.MatchString(line)
		line, _, _ = strings.Cut(line, " --")
		one, err := parseRequirement(line)
		if err != nil {
			return nil // pip's to say
		}
		if one.URL == "" && (!strings.HasPrefix(one.Spec, "==") || strings.Contains(one.Spec, "*")) {
			r.Loose++
		}
		r.Requires = append(r.Requires, one)
	}
	return nil
}

// decode reads UTF-16, which PowerShell writes by `pip freeze > requirements.txt`, and plain text.
func decode(text string) string {
	var order binary.ByteOrder
	switch {
	case strings.HasPrefix(text, "\xff\xfe"):
		order = binary.LittleEndian
	case strings.HasPrefix(text, "\xfe\xff"):
		order = binary.BigEndian
	default:
		return strings.ReplaceAll(text, "\r\n", "\n")
	}
	var units []uint16
	for i := 2; i+1 < len(text); i += 2 {
		units = append(units, order.Uint16([]byte(text[i:i+2])))
	}
	return strings.ReplaceAll(string(utf16.Decode(units)), "\r\n", "\n")
}
