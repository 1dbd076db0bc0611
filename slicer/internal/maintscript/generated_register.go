package maintscript

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/slicer/internal/plan"
)

const odbcDrivers = "etc/odbcinst.ini"

// iniSection is the head of a section of an INI file.
var iniSection = regexp.MustCompile(`^\s*\[([^\]]+)\]\s*$`)

// odbcDrivers registers the drivers that "odbcinst -i -d -f FILE" would: without an entry in odbcinst.ini unixODBC knows none. A
// question of debconf may decide over it, whose answer is yes.
func (m maker) odbcDrivers() error {
	sections := map[string][]string{}
	var from []*plan.File
	for _, c := range m.registrations("odbcinst") {
		f := flags(c.Words, "f", "n")
		_, install := f["i"]
		_, driver := f["d"]
		template := m.follow(m.ByPath[strings.TrimPrefix(f["f"], "/")])
		if !install || !driver || template == nil {
			continue
		}
		text, err := template.Read(maxSource)
		if err != nil {
			return err
		}
		if readDrivers(text, sections) {
			from = append(from, template)
		}
	}
	var all bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		fmt.Fprintf(&all, "[%s]\n%s\nUsageCount=1\n\n", name, strings.Join(sections[name], "\n"))
	}
	m.put(odbcDrivers, all.Bytes(), from...)
	return nil
}

// readDrivers adds the sections of a template, and tells whether there was any.
func readDrivers(text []byte, sections map[string][]string) bool {
	found, name := false, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if head := iniSection.FindStringSubmatch(line); head != nil {
			found, name = true, head[1]
			sections[name] = nil
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if name != "" && ok && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, ";") {
			sections[name] = append(sections[name], strings.TrimSpace(key)+"="+strings.TrimSpace(value))
		}
	}
	return found
}

const shellsDir = "usr/share/debianutils"

// loginShells makes /etc/shells, by which chsh, FTP servers and PAM tell the shells of users: what debianutils and the packages of
// shells list, and what add-shell is told, as far as it is in the plan.
func (m maker) loginShells() error {
	text := "# /etc/shells: valid login shells\n"
	var from []*plan.File
	var names []string
	for _, f := range slices.Concat([]*plan.File{m.ByPath[shellsDir+"/shells"]}, m.in[shellsDir+"/shells.d"]) {
		if f = m.follow(f); f == nil {
			continue
		}
		data, err := f.Read(maxSource)
		if err != nil {
			return err
		}
		from = append(from, f)
		for line := range strings.Lines(string(data)) {
			line, _, _ = strings.Cut(line, "#")
			names = append(names, strings.TrimSpace(line))
		}
	}
	for _, c := range m.calls("add-shell") {
		names, from = append(names, c.Words[1:]...), append(from, c.by)
	}
	listed := map[string]bool{}
	for _, name := range names {
		at := "usr/bin/" + path.Base(name)
		if !path.IsAbs(name) || listed[at] || !m.Here(at) {
			continue
		}
		listed[at] = true
		text += "/bin/" + path.Base(name) + "\n/usr/bin/" + path.Base(name) + "\n"
	}
	if len(listed) > 0 {
		m.put("etc/shells", []byte(text), from...)
	}
	return nil
}

// inetServices lists in inetd.conf what "update-inetd --add" would, where an inetd is in the plan that reads it.
func (m maker) inetServices() error {
	if m.ByPath["usr/sbin/inetd"] == nil && m.ByPath["usr/sbin/inetutils-inetd"] == nil {
		return nil
	}
	var text strings.Builder
	var from []*plan.File
	for _, c := range m.registrations("update-inetd") {
		entry, ok := flags(c.Words, "add", "group", "comment-chars")["add"]
		if !ok {
			continue
		}
		entry = strings.ReplaceAll(strings.TrimLeft(entry, "#"), `\t`, "\t")
		text.WriteString(strings.TrimPrefix(entry, "<off> ") + "\n")
		from = append(from, c.by)
	}
	m.put("etc/inetd.conf", []byte(text.String()), from...)
	return nil
}

const mailcapDir = "usr/lib/mime/packages"

// mailcapPriority is the field of an entry of a mailcap that update-mime sorts by.
var mailcapPriority = regexp.MustCompile(`(?i)priority\s*=\s*([0-9])\s*($|;)`)

// mailcap joins the entries of packages into /etc/mailcap, as update-mime does: those of a higher priority first, and of equal ones
// those for one type before those for many. It is for those who have the package of run-mailcap.
func (m maker) mailcap() error {
	head := m.follow(m.ByPath["usr/lib/mime/mailcap"])
	if head == nil {
		return nil
	}
	text, err := head.Read(maxSource)
	if err != nil {
		return err
	}
	from, files, err := m.files(mailcapDir, "")
	if err != nil {
		return err
	}
	type entry struct {
		priority, width int
		text            string
	}
	var entries []entry
	for _, f := range files {
		for line := range strings.Lines(string(f.Data)) {
			line = strings.TrimSpace(line)
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			e := entry{priority: 5, text: line}
			if found := mailcapPriority.FindStringSubmatch(line); found != nil {
				e.priority, _ = strconv.Atoi(found[1])
			}
			kind, _, _ := strings.Cut(line, ";")
			e.width = strings.Count(kind, "*")
			entries = append(entries, e)
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.width, b.width))
	})
	for _, e := range entries {
		text = append(text, e.text+"\n"...)
	}
	m.put("etc/mailcap", text, append([]*plan.File{head}, from...)...)
	return nil
}
