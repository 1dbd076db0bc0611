package maintscript

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/internal/debian"
	"whittle.dev/whittle/internal/paths"
	"whittle.dev/whittle/internal/shell"
	"whittle.dev/whittle/slicer/internal/plan"
	"whittle.dev/whittle/slicer/internal/resolve"
	"whittle.dev/whittle/slicer/manifest"
)

// Bounds on what is listed, of a package and of a command in bytes.
const (
	maxUndone        = 20
	maxUndoneCommand = 300
)

// installing are the scripts that run when a package is installed, with what dpkg tells them for the first time.
var installing = []struct {
	name      string
	arguments []string
}{{"preinst", []string{"install"}}, {"postinst", []string{"configure", ""}}}

// AddUndone lists what the scripts of the packages would do on their first installation among the files of the plan,
// without what the plan does itself and what no program of an image would notice.
func (p *Pass) AddUndone() error {
	used := map[string]bool{}
	for _, f := range p.Files {
		used[f.Package] = f.Package != ""
	}
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if pkg := p.Packages[name]; pkg != nil && used[name] {
			p.Undone = append(p.Undone, p.undoneOf(pkg)...)
		}
	}
	return nil
}

func (p *Pass) undoneOf(pkg *plan.Package) []manifest.Undone {
	var all []manifest.Undone
	add := func(u manifest.Undone) {
		if len(u.Command) > maxUndoneCommand {
			u.Command = strings.ToValidUTF8(u.Command[:maxUndoneCommand], "") + " …"
		}
		if u.Package = pkg.Name; !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	for _, r := range p.scriptsOf(pkg) {
		var foreign *shell.LanguageError
		switch {
		case errors.As(r.err, &foreign):
			add(manifest.Undone{Script: r.name, Reason: "whittle reads scripts of the shell, and this one is written for " + foreign.Interpreter, Matters: true})
		case r.err != nil:
			add(manifest.Undone{Script: r.name, Reason: r.err.Error()})
		}
		for _, c := range r.commands {
			if why, done := p.whyUndone(pkg, c); !done {
				add(manifest.Undone{Script: r.name, Command: c.String(), Conditional: c.Maybe, Reason: why, Matters: p.matters(pkg, c)})
			}
		}
	}
	if more := len(all) - maxUndone; more > 0 {
		last := all[maxUndone-1].Script
		all = append(all[:maxUndone], manifest.Undone{Package: pkg.Name, Script: last, Reason: fmt.Sprintf("%d more commands are not done", more)})
	}
	return all
}

// whyUndone tells why a command of a script is not done, or that it is.
func (p *Pass) whyUndone(pkg *plan.Package, c shell.Command) (why string, done bool) {
	failed, ran := p.compiled[calledBy{pkg.Name, c.String()}]
	switch {
	case ran && failed == "", p.isSettled(c):
		return "", true
	case ran:
		return failed, false
	case isCompiler(c):
		return manifest.NotCompiled, false
	}
	return undoneReason(c), false
}

// reading is what a maintainer script would do.
type reading struct {
	name     string
	commands []shell.Command
	err      error
}

// usrLocal is the part of a script by which debhelper makes directories in /usr/local, which are for administrators.
var usrLocal = regexp.MustCompile(`(?s)# Automatically added by dh_usrlocal.*?# End automatically added section`)

// scriptsOf reads the scripts of a package as they would run among the files of the plan. They are read once, so that
// what the rules make of them changes nothing in what they say.
func (p *Pass) scriptsOf(pkg *plan.Package) []reading {
	if all, ok := p.read[pkg.Name]; ok {
		return all
	}
	if p.exists == nil {
		p.exists = p.existing()
	}
	var all []reading
	for _, s := range installing {
		if text, ok := pkg.Scripts[s.name]; ok {
			commands, err := shell.Read(usrLocal.ReplaceAllString(text, ""), p.surroundings(pkg, s.name, p.seenBy(pkg)))
			all = append(all, reading{s.name, commands, err})
		}
	}
	p.read[pkg.Name] = all
	return all
}

func (p *Pass) surroundings(pkg *plan.Package, name string, exists func(string) (bool, bool)) shell.Surroundings {
	s := shell.Surroundings{Exists: exists, Temporary: "/tmp/" + name + ".", Variables: map[string]string{
		"DPKG_MAINTSCRIPT_PACKAGE": pkg.Name, "DPKG_MAINTSCRIPT_NAME": name, "DPKG_MAINTSCRIPT_ARCH": p.Want.Arch, "DPKG_ROOT": "",
	}}
	for _, i := range installing {
		if i.name == name {
			s.Arguments = i.arguments
		}
	}
	return s
}

// existing tells what is in the plan or the floor. What the kernel and the machine put into a root is not known.
func (p *Pass) existing() func(string) (bool, bool) {
	directories := map[string]bool{}
	for at := range p.ByPath {
		for dir := path.Dir(at); dir != "." && !directories[dir]; dir = path.Dir(dir) {
			directories[dir] = true
		}
	}
	return func(at string) (bool, bool) {
		at = debian.InRoot(at)
		if paths.IsBelow(at, "proc", "sys", "dev", "run", "tmp") {
			return false, false
		}
		if "/"+at == phpHelper {
			return true, true // what it has, rules do, whether its package is cut or not
		}
		return p.Here(at) || directories[at], true
	}
}

// seenBy is what a package's scripts find. A program that may be of a helper which the cut left out is not known not to be there: on
// Debian the helper is, and what the script does with it is to be told.
func (p *Pass) seenBy(pkg *plan.Package) func(string) (bool, bool) {
	if !p.leftHelper(pkg) {
		return p.exists
	}
	return func(at string) (bool, bool) {
		is, known := p.exists(at)
		return is, known && (is || !debian.OnPath(debian.InRoot(at)))
	}
}

// isSettled tells whether a command needs no mention: the plan does it, or its effect is none in an image.
func (p *Pass) isSettled(c shell.Command) bool {
	name := c.Name()
	for _, r := range rules {
		if slices.Contains(r.does, name) || (slices.Contains(r.follows, name) && !c.Computed && !c.Maybe) || (slices.Contains(r.tells, name) && !c.Computed) {
			return true
		}
	}
	switch {
	case strings.HasPrefix(name, "db_"), slices.Contains(noEffect, name), name == "update-alternatives":
		return true
	case writesTemporary(c):
		return true // what becomes of the file is told where it goes to its place
	case slices.Contains(readsOnly, name):
		return c.Writes == ""
	case name == "." || name == "source":
		return len(c.Words) > 1 && (strings.HasPrefix(c.Words[1], "/usr/share/debconf/") || c.Words[1] == phpHelper)
	case name == "sed":
		return c.Writes == "" && !slices.ContainsFunc(c.Words, func(w string) bool { return strings.HasPrefix(w, "-i") || w == "--in-place" })
	case name == "chown" && !c.Computed && len(c.Words) > 2 && slices.Contains([]string{"root", "root:root", "0:0"}, c.Words[1]):
		return true // as everything does
	case name == "chmod" && len(c.Words) == 3 && p.hasMode(c.Words[2], c.Words[1]):
		return true
	case name == "dpkg-divert" && !c.Computed:
		return true // where two packages of the cut have a file, it is diverted
	case name == "dpkg-divert" || name == "dpkg-statoverride":
		return !slices.ContainsFunc(c.Words, func(w string) bool { return w == "--add" || w == "--divert" }) ||
			slices.ContainsFunc(c.Words, func(w string) bool { return w == "--remove" || w == "--list" || strings.HasSuffix(w, aliased) })
	}
	made, ok := madeBy(c)
	return ok && !slices.ContainsFunc(made, func(m madeFile) bool {
		was, _ := p.exists("/" + m.path)
		return !was && !p.Here(m.path)
	})
}

// matters tells whether a program of the cut may miss what a command would make: it is of a package that was taken whole, it is run
// for certain or hangs on a helper that the cut left out, and makes more than an owner, a mode, a log or a link that is there.
func (p *Pass) matters(pkg *plan.Package, c shell.Command) bool {
	if !p.Whole[pkg.Name] || c.Maybe && !p.lacksHelper(pkg, c) || slices.Contains(unimportant, c.Name()) {
		return false
	}
	for _, w := range append(slices.Clone(c.Words[1:]), c.Writes) {
		if at := debian.InRoot(w); path.IsAbs(w) && (paths.IsBelow(at, "var/log", "var/cache", "var/run", "run", "tmp", "etc/default") || p.Here(at) && c.Writes == w) {
			return false
		}
	}
	return true
}

// unimportant are programs of which a program of the cut notes little: owners and modes, and what reads or removes.
var unimportant = slices.Concat(readsOnly, []string{
	"chown", "chgrp", "chmod", "setfacl", "setcap", "chattr", "dpkg-statoverride", "usermod", "touch", "sed", "mv", "dpkg-divert",
	"cp", "install", "ln", "mkdir", "restorecon", "passwd", "logger", "wall", "eval", "exec", "sh", "perl",
})

// lacksHelper tells whether a command is a program that is not in the cut, because only maintainer scripts use its package.
func (p *Pass) lacksHelper(pkg *plan.Package, c shell.Command) bool {
	name := path.Base(c.Name())
	return !p.Here("usr/bin/"+name) && !p.Here("usr/sbin/"+name) && p.leftHelper(pkg)
}

// leftHelper tells whether the cut left out a package on which this one depends because only maintainer scripts use it, and that makes
// something of files: a registry of dictionaries, of fonts, of catalogs.
func (p *Pass) leftHelper(pkg *plan.Package) bool {
	for o := range p.Omitted {
		if o.By == pkg.Name && strings.HasPrefix(resolve.ScriptOnly[o.Name], "registers ") {
			return true
		}
	}
	return false
}

// hasMode tells whether a file of the plan has a mode, which is octal.
func (p *Pass) hasMode(at, mode string) bool {
	f := p.ByPath[debian.InRoot(at)]
	return f != nil && f.Mode == fmt.Sprintf("%04s", mode)
}

// readsOnly are programs that change nothing unless their output is written to a file.
var readsOnly = []string{
	"echo", "printf", "cat", "grep", "egrep", "fgrep", "zgrep", "sort", "cut", "tr", "awk", "gawk", "mawk", "uniq", "head", "tail", "find", "ls", "id",
	"getent", "readlink", "realpath", "basename", "dirname", "expr", "seq", "wc", "date", "uname", "hostname", "stat", "xargs", "fold",
	"dpkg", "dpkg-query", "dpkg-architecture", "ischroot", "mountpoint", "pathfind", "ps", "cmp", "diff", "md5sum", "sha256sum", "env", "logname", "tty", "file",
	"which", "command", "comm", "pidof", "pgrep", "arch", "getconf", "locale", "test", "[", "sleep", "mktemp", "aa-enabled", "a2query",
}

// noEffect are programs of which an image would show nothing.
var noEffect = []string{
	// bookkeeping of packages, and migrations from earlier versions
	"dpkg-maintscript-helper", "dpkg-trigger", "rm", "rmdir", "ucfr", "ucfq",
	// services: an image has no init, and starts its program itself
	"deb-systemd-helper", "deb-systemd-invoke", "systemctl", "invoke-rc.d", "update-rc.d", "service", "start-stop-daemon", "telinit", "init",
	"journalctl", "udevadm", "systemd-hwdb", "systemd-machine-id-setup", "apparmor_parser", "aa-remove-unknown", "kill", "killall", "pkill",
	"update-initramfs", "update-grub", "depmod", "modprobe", "sysctl", "dbus-send", "mount", "umount", "sync",
	// what others do: the loader's cache is written, and Python's, fontconfig's and the desktop's are made when they
	// lack or never
	"ldconfig", "py3compile", "py3clean", "pycompile", "pyclean", "pypycompile", "fc-cache", "update-icon-caches", "gtk-update-icon-cache",
	"update-desktop-database", "update-menus", "install-info", "update-info-dir", "mandb", "catman", "appstreamcli", "update-fonts-dir",
	"update-fonts-scale", "update-fonts-alias", "mkfontdir", "mkfontscale", "emacs-package-install", "emacs-install", "emacs-package-remove",
}

// undoneReasons say why commands are not done.
var undoneReasons = []struct {
	programs []string
	reason   string
}{
	{[]string{"adduser", "addgroup", "useradd", "groupadd", "usermod", "groupmod", "deluser", "delgroup", "systemd-sysusers", "update-passwd", "pwconv", "grpconv", "shadowconfig"}, "accounts are not made"},
	{[]string{"chown", "chgrp"}, "files belong to root"},
	{[]string{"chmod", "setfacl", "setcap", "chattr", "dpkg-statoverride"}, "modes are those of the package"},
	{[]string{"systemd-tmpfiles"}, "what tmpfiles.d lists is not made"},
	{[]string{"dpkg-divert"}, "the names are computed"},
	{[]string{"ucf", "cp", "install", "mv", "ln", "touch", "mkdir", "tar", "gzip", "bzip2", "xz"}, "files that scripts make are not made"},
}

func undoneReason(c shell.Command) string {
	for _, r := range undoneReasons {
		if slices.Contains(r.programs, c.Name()) {
			return r.reason
		}
	}
	if c.Writes != "" {
		return "files that scripts make are not made"
	}
	return "scripts are not run"
}
