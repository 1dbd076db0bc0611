package maintscript

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"whittle.dev/whittle/slicer/internal/plan"
)

// pamStacks are the files that pam-auth-update(8) makes from the templates of libpam-runtime and the profiles of packages. Services
// include them; without them nobody can log in.
var pamStacks = []string{"account", "auth", "password", "session", "session-noninteractive"}

const (
	pamTemplates = "usr/share/pam/common-"
	pamProfiles  = "usr/share/pam-configs"
)

// pamProfile is a way to check users: the fields of its file by name, those of modules without the line of their name.
type pamProfile struct {
	name     string
	priority int
	fields   map[string]string
}

// pam makes the stacks of the profiles that are on by default. Only libpam-runtime has the templates.
func (m maker) pam() error {
	_, files, err := m.files(pamProfiles, "")
	if err != nil {
		return err
	}
	var profiles []pamProfile
	for _, f := range files {
		if p := readPAMProfile(f.Name, string(f.Data)); p.fields["Default"] == "yes" {
			profiles = append(profiles, p)
		}
	}
	profiles = withoutConflicts(profiles)
	for _, stack := range pamStacks {
		template := m.follow(m.ByPath[pamTemplates+stack])
		if template == nil {
			continue
		}
		text, err := template.Read(maxSource)
		if err != nil {
			return err
		}
		m.put("etc/pam.d/common-"+stack, []byte(pamStack(stack, string(text), profiles)), append([]*plan.File{template}, m.in[pamProfiles]...)...)
	}
	return nil
}

var pamField = regexp.MustCompile(`^(\S+):(?:\s+(.*))?$`)

func readPAMProfile(name, text string) pamProfile {
	p := pamProfile{name: path.Base(name), fields: map[string]string{}}
	field := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		if found := pamField.FindStringSubmatch(line); found != nil {
			field = strings.TrimSuffix(found[1], "-Final")
			p.fields[field] = found[2]
		} else if line = strings.TrimSpace(line); line != "" && field != "" {
			p.fields[field] = strings.TrimPrefix(p.fields[field]+"\n"+line, "\n")
		}
	}
	p.priority, _ = strconv.Atoi(p.fields["Priority"])
	if p.fields["Session-Interactive-Only"] != "yes" {
		for _, part := range []string{"", "-Type", "-Initial"} {
			p.fields["Session-noninteractive"+part] = p.fields["Session"+part]
		}
	}
	return p
}

// withoutConflicts sorts profiles by priority, and leaves out those that one of a higher priority does not go with.
func withoutConflicts(profiles []pamProfile) []pamProfile {
	slices.SortFunc(profiles, func(a, b pamProfile) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), strings.Compare(b.name, a.name))
	})
	var kept []pamProfile
	for _, p := range profiles {
		conflicts := func(a, b pamProfile) bool { return slices.Contains(strings.Split(a.fields["Conflicts"], ", "), b.name) }
		if !slices.ContainsFunc(kept, func(k pamProfile) bool { return conflicts(k, p) || conflicts(p, k) }) {
			kept = append(kept, p)
		}
	}
	return kept
}

// pamBlocks are the two places of a template where modules go, each from one line to another.
var pamBlocks = []struct{ kind, from, to string }{
	{"Primary", `# here are the per-package modules (the "Primary" block)`, "# here's the fallback if no module succeeds"},
	{"Additional", `# and here are more per-package modules (the "Additional" block)`, "# end of pam-auth-update config"},
}

// pamStack fills a template with the modules of profiles.
func pamStack(stack, template string, profiles []pamProfile) string {
	var out strings.Builder
	within := -1
	for line := range strings.Lines(template) {
		for i, b := range pamBlocks {
			if within == i && strings.HasPrefix(line, b.to) {
				within = -1
			}
			if strings.HasPrefix(line, b.from) {
				out.WriteString(line + pamModules(stack, b.kind, profiles))
				within, line = i, ""
			}
		}
		if within < 0 {
			out.WriteString(line)
		}
	}
	return out.String()
}

// pamModules are the lines of one block: "end" in them stands for how many lines are to be passed over.
func pamModules(stack, kind string, profiles []pamProfile) string {
	field := strings.ToUpper(stack[:1]) + stack[1:]
	service, _, _ := strings.Cut(stack, "-")
	var lines []string
	n := 0
	for _, p := range profiles {
		if p.fields[field+"-Type"] != kind {
			continue
		}
		text := p.fields[field]
		if first := p.fields[field+"-Initial"]; n == 0 && first != "" {
			text = first
		}
		n++
		lines = append(lines, strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })...)
	}
	if kind == "Primary" && len(lines) == 0 {
		return service + "\t[default=1]\t\t\tpam_permit.so\n"
	}
	count := len(lines)
	if kind == "Additional" {
		count--
	}
	var out strings.Builder
	for i, line := range lines {
		control, rest := pamControl(line)
		fmt.Fprintf(&out, "%s\t%s\t%s\n", service, strings.ReplaceAll(control, "end", strconv.Itoa(count-i)), strings.Join(strings.Fields(rest), " "))
	}
	return out.String()
}

// pamControl parts the control of a line from its module and options.
func pamControl(line string) (control, rest string) {
	if end := strings.IndexByte(line, ']'); strings.HasPrefix(line, "[") && end > 0 {
		return line[:end+1], line[end+1:]
	}
	if end := strings.IndexAny(line, " \t"); end > 0 {
		return line[:end], line[end:]
	}
	return line, ""
}
