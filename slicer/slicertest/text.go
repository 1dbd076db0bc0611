package slicertest

import (
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"
)

// ArchiveOf makes an archive of the files of a txtar, so that tests can write packages as text. A file
// "deb/NAME_VERSION/PATH" is a member of a package; "deb/NAME_VERSION/DEBIAN/control" has further control fields, and
// other files below DEBIAN are maintainer scripts. What a member is shows in its content:
//
//	-> TARGET                    a symbolic link
//	=> TARGET                    a hard link to a member before it
//	mode 01777                   a directory of that mode, if its path ends in "/"
//	elf soname=S needs=A,B …     an ELF file: soname, needs, runpath, interp, exec, defines, undefined,
//	                             strings
//	#! …                         a script, executable
//	gzip                         the lines below it, compressed
//	anything else                a plain file; executable below usr/bin and usr/sbin
func ArchiveOf(t *txtar.Archive, keys ...*Key) Archive {
	var order []string
	debs := map[string]*Deb{}
	for _, f := range t.Files {
		rest, ok := strings.CutPrefix(f.Name, "deb/")
		if !ok {
			continue
		}
		name, path, _ := strings.Cut(rest, "/")
		d := debs[name]
		if d == nil {
			d = &Deb{Fields: map[string]string{}, Scripts: map[string]string{}, Compression: "gz"}
			d.Name, d.Version, _ = strings.Cut(name, "_")
			debs[name], order = d, append(order, name)
		}
		d.addText(path, string(f.Data))
	}
	a := Archive{Components: map[string][]Deb{"main": nil}, Keys: keys}
	for _, name := range order {
		a.Components["main"] = append(a.Components["main"], *debs[name])
	}
	return a
}

func (d *Deb) addText(path, text string) {
	if script, ok := strings.CutPrefix(path, "DEBIAN/"); ok && script != "control" {
		d.Scripts[script] = text
		return
	}
	if path == "DEBIAN/control" {
		for line := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			d.Fields[name] = strings.TrimSpace(value)
		}
		return
	}
	f := DebFile{Path: path, Body: []byte(text)}
	program := strings.HasPrefix(path, "usr/bin/") || strings.HasPrefix(path, "usr/sbin/")
	switch {
	case strings.HasPrefix(text, "-> "):
		f.Body, f.Link = nil, strings.TrimSpace(text[3:])
	case strings.HasPrefix(text, "=> "):
		f.Body, f.HardLink = nil, strings.TrimSpace(text[3:])
	case strings.HasSuffix(path, "/"):
		f.Body = nil
		if _, err := fmt.Sscanf(text, "mode %o", &f.Mode); err != nil {
			panic(fmt.Sprintf("cannot make a directory of %q", text))
		}
	case strings.HasPrefix(text, "elf"):
		f.Body = ELFOf(strings.Fields(text)[1:]...).Bytes()
	case strings.HasPrefix(text, "gzip\n"):
		f.Body = Compress("gz", []byte(strings.TrimPrefix(text, "gzip\n")))
	}
	if f.Link == "" && (program || strings.HasPrefix(text, "#!")) {
		f.Mode = 0o755
	}
	d.Files = append(d.Files, f)
}

// ELFOf describes an ELF file by words such as "soname=libx.so.1" and "needs=liby.so.1,libz.so.1"; "exec" makes it a
// program. It panics on other words.
func ELFOf(words ...string) ELF {
	var e ELF
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		list := strings.Split(value, ",")
		switch key {
		case "soname":
			e.Soname = value
		case "needs":
			e.Needed = list
		case "system":
			e.System = value
		case "runpath":
			e.RunPath = value
		case "interp":
			e.Interp = value
		case "defines":
			e.Define = list
		case "undefined":
			e.Undefined = list
		case "strings":
			e.Strings = list
		case "exec":
			e.Exec = true
		default:
			panic(fmt.Sprintf("cannot make an ELF file with %q", w))
		}
	}
	return e
}
