package closure

import (
	"bytes"
	"debug/elf"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/script"
)

// WithStrings makes Read look at the strings of the file for Opens and Starts.
// It reads the whole file, where nothing else does.
func WithStrings(o *options) { o.strings = true }

// maxText bounds a string that may name something, in bytes: what is longer is
// a text for people or no string at all.
const maxText = 1 << 10

// scanWindow is how much of a file is searched at once. Windows overlap by
// maxText, so that a string is whole in one of them.
const scanWindow = 1 << 20

// openedLibrary matches a library that is named by a whole string, alone or
// with its absolute path.
var openedLibrary = regexp.MustCompile(`^(?:/[\w.+/-]+/)?lib[\w.+-]*\.so(?:\.[0-9]+)*$`)

// starters are the functions of the C library that start programs; those of
// shells hand a command line to /bin/sh, and others tell more of a file.
var (
	starters = []string{
		"execl", "execle", "execlp", "execv", "execve", "execvp", "execvpe", "posix_spawn", "posix_spawnp",
	}
	shells = []string{"popen", "system"}
	others = []string{"iconv_open"}
)

// readTexts sets Opens and Starts from the strings of the loaded segments, and
// Shell and Converts from what the file imports. The table of dynamic strings is
// passed over: what it names is known otherwise.
func (d *dynamic) readTexts(o *Object, versions map[uint16]version) error {
	imports, err := d.imports(versions)
	if err != nil {
		return err
	}
	o.Shell = slices.ContainsFunc(shells, func(s string) bool { return imports[s] })
	o.Converts = imports["iconv_open"]
	starts := o.Shell || slices.ContainsFunc(starters, func(s string) bool { return imports[s] })
	opens, programs := map[string]bool{}, map[string]bool{}
	err = d.eachWindow(func(window []byte) {
		collectLibraries(window, opens)
		if starts {
			collectPrograms(window, programs)
		}
	})
	o.Opens, o.Starts = sortedKeys(opens), sortedKeys(programs)
	o.Opens = slices.DeleteFunc(o.Opens, func(name string) bool {
		return name == o.Soname || slices.Contains(o.Needed, name)
	})
	return err
}

func sortedKeys(set map[string]bool) []string {
	var all []string
	for key := range set {
		all = append(all, strings.Clone(key))
	}
	slices.Sort(all)
	return all
}

// imports answers which of the starters, shells and others the file imports. Most files
// have none of their names, and their symbols are not read.
func (d *dynamic) imports(versions map[uint16]version) (map[string]bool, error) {
	found := map[string]bool{}
	for _, name := range slices.Concat(starters, shells, others) {
		if strings.Contains(d.strtab, "\x00"+name+"\x00") {
			found[name] = false
		}
	}
	if len(found) == 0 {
		return found, nil
	}
	read := &Object{}
	if err := d.readSymbols(read, versions); err != nil {
		return nil, err
	}
	for _, s := range read.Undefined {
		if _, ok := found[s.Name]; ok {
			found[s.Name] = true
		}
	}
	return found, nil
}

// eachWindow goes over the bytes that strings may be in: the segments that are
// not executable, or all of them where one segment has both code and data.
func (d *dynamic) eachWindow(do func([]byte)) error {
	constants := slices.ContainsFunc(d.loads, func(s segment) bool { return s.flags&(elf.PF_X|elf.PF_W) == 0 })
	for _, s := range d.loads {
		if constants && s.flags&elf.PF_X != 0 {
			continue
		}
		for _, part := range d.withoutStrings(s) {
			if err := d.windows(part, do); err != nil {
				return err
			}
		}
	}
	return nil
}

// span is a part of a file.
type span struct{ from, to int64 }

// withoutStrings answers the parts of a segment before and after the table of
// dynamic strings.
func (d *dynamic) withoutStrings(s segment) []span {
	all := span{int64(min(s.offset, uint64(d.size))), int64(min(s.offset+min(s.filesz, uint64(d.size)), uint64(d.size)))}
	at, _, err := d.offset(d.values[elf.DT_STRTAB])
	if len(d.strtab) == 0 || err != nil || at < all.from || at >= all.to {
		return []span{all}
	}
	return []span{{all.from, at}, {min(at+int64(len(d.strtab)), all.to), all.to}}
}

func (d *dynamic) windows(part span, do func([]byte)) error {
	for at := part.from; at < part.to; at += scanWindow - maxText {
		window, err := d.memory.file(at, int(min(scanWindow, part.to-at)))
		if err != nil {
			return err
		}
		do(window)
		if at+scanWindow >= part.to {
			return nil
		}
	}
	return nil
}

// collectLibraries notes the strings of a window that name libraries.
func collectLibraries(window []byte, found map[string]bool) {
	so := []byte(".so")
	for at := bytes.Index(window, so); at >= 0; {
		begin := bytes.LastIndexByte(window[max(0, at-maxText):at], 0) + max(0, at-maxText) + 1
		length := bytes.IndexByte(window[at:min(len(window), at+maxText)], 0)
		next := at + len(so)
		if length > 0 {
			if text := window[begin : at+length]; openedLibrary.Match(text) {
				found[string(text)] = true
			}
			next = at + length
		}
		more := bytes.Index(window[next:], so)
		if more < 0 {
			return
		}
		at = next + more
	}
}

// collectPrograms notes the programs of Essential packages that the strings of
// a window name: by their path; by their name, where that means nothing else; or
// in a command line.
func collectPrograms(window []byte, found map[string]bool) {
	for len(window) > 0 {
		end := bytes.IndexByte(window, 0)
		if end < 0 {
			return
		}
		text := window[:end]
		window = window[end+1:]
		if len(text) < 2 || len(text) > maxText || !isText(text) {
			continue
		}
		for _, name := range programsIn(string(text)) {
			found[name] = true
		}
	}
}

func isText(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c < ' ' && c != '\n' && c != '\t' || c >= 0x7f })
}

// commandLine matches the beginning of a string that is a command line: a
// program, and then an option (tar's may lack the dash), something put in, or a
// quote.
var commandLine = regexp.MustCompile(`^(?:exec )?((?:/usr)?/s?bin/)?([a-z][a-z0-9-]*[a-z0-9]) +(?:[-%$'"/<>|&{]|2>|[cxt][a-z]* [%'"$/])`)

// programsIn are the programs that one string names.
func programsIn(text string) []string {
	if rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "/usr"), "/bin/"); ok && isEssential(rest) {
		return []string{rest}
	}
	// Linkers keep a string that another one ends in within that: "gzip" in "--gzip" and "ungzip".
	for _, before := range []string{"", "--", "un"} {
		if name, ok := strings.CutPrefix(text, before); ok && debian.IsSpawned(name) {
			return []string{name}
		}
	}
	m := commandLine.FindStringSubmatch(text)
	if m == nil || !isEssential(m[2]) || m[1] == "" && debian.IsWord(m[2]) && !strings.Contains(text, " -") {
		return nil
	}
	return slices.DeleteFunc(script.Commands([]byte(text)), func(name string) bool { return !isEssential(path.Base(name)) })
}

func isEssential(name string) bool {
	_, ok := debian.EssentialProgram(name)
	return ok
}
