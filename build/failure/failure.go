// Package failure reads why a program of a build failed from what it wrote: the tools of all languages end in the same
// few causes (a header that is not there, an index that cannot be reached, a version that nobody has), each told in words
// of their own. The words here are those that pip, npm, yarn, pnpm, cargo, go, Bundler,
// Composer, gcc, ld, CMake, Meson and pkg-config were seen to write.
package failure

import (
	"regexp"
	"slices"
	"strings"
)

// Kind is a kind of cause: what fits one advice.
type Kind string

// The kinds.
const (
	Unknown        Kind = ""
	Header         Kind = "header"          // Names: "mpfr.h", "mysql/mysql.h"
	Library        Kind = "library"         // Names: "foo" of -lfoo
	PkgConfig      Kind = "pkg-config file" // Names: "libxml-2.0", any of which would do
	CMakePackage   Kind = "CMake package"   // Names: "fmt", "CURL", as find_package has them
	Program        Kind = "program"         // Names: "pg_config", "cmake"
	File           Kind = "file of the app" // Names: its path, as the build system has it
	OldTool        Kind = "old build tool"  // Names: the tool, the version asked for
	Untrusted      Kind = "untrusted certificate"
	Unreachable    Kind = "unreachable index" // Names: the host, where it is told
	Insecure       Kind = "insecure index"    // Names: the host
	Unauthorized   Kind = "missing credentials"
	NoSuchPackage  Kind = "unknown package"              // Names: the package
	NoSuchVersion  Kind = "unknown version"              // Names: the package with the version asked for
	OtherRuntime   Kind = "version for another runtime"  // Names: the package with the version asked for, the runtimes that it is for
	OtherRust      Kind = "crate for another Rust"       // Names: the package that has the crate, the crate, the versions of rustc that it is for
	BadMetadata    Kind = "metadata that cannot be read" // Names: the package with its version
	OtherLibrary   Kind = "version for another library"  // Names: the package, the library with the version that it is for, the version that is there
	Conflict       Kind = "conflicting requirements"
	Tampered       Kind = "wrong digest"
	Stale          Kind = "stale lock"
	NoSpace        Kind = "full disk"
	NoSSH          Kind = "repository by ssh"
	NoMemory       Kind = "lack of memory"
	SmallHeap      Kind = "limit of the heap" // Names: whose
	OldDigest      Kind = "digest that OpenSSL 3 refuses"
	BrokenSource   Kind = "compiler error"
	BrokenPackage  Kind = "package that cannot be built" // Names: the package
	maxLines            = 12
	maxContextLine      = 400
)

// Cause is why a program failed.
type Cause struct {
	Kind  Kind
	Names []string // what it is about, without doubles; what they are depends on the kind
	Any   bool     // any of the names would do
	Lines []string // the program's own lines that tell it, at most a dozen; of an unknown cause the last ones
}

// Read finds the cause in a program's output. A program may write of several; what lacks on the system comes first,
// because everything after it follows, and what lacks on the network before what an index does not have: a tool that
// reached nothing says that there is no such package, too.
func Read(output string) Cause {
	output = escapes.ReplaceAllString(output, "")
	if c, ok := forOtherRuntime(output); ok {
		return c
	}
	lines := readable(output)
	for _, r := range rules {
		if c, ok := r.read(lines); ok {
			return inPackage(ignoredByPip(c, output), output)
		}
	}
	return ofSource(Cause{Lines: last(lines)}, output)
}

// packageOf matches the line by which a tool tells which package it could not compile: pip, Bundler, npm, Yarn, node-gyp.
var packageOf = regexp.MustCompile(`(?m)^\s*(?:ERROR: )?(?:Failed building wheel for|An error occurred while installing|(?:npm error path|error|gyp ERR! cwd) \S+/node_modules/)\s*((?:@[\w.-]+/)?[\w.-]+)`)

// inPackage tells of a compiler's error whose source it is about. A header that Python itself had once is no package's of Debian.
func inPackage(c Cause, output string) Cause {
	broken := c.Kind == BrokenSource || c.Kind == Header && slices.Contains(c.Names, "longintrepr.h")
	if m := packageOf.FindStringSubmatch(output); m != nil && broken {
		c.Kind, c.Names = BrokenPackage, []string{m[1]}
	}
	return c
}

// collected matches the lines by which pip tells that it takes the source of a package, as there is no wheel of it for this Python.
var collected = regexp.MustCompile(`(?m)^\s*Collecting ([\w.-]+).*\n\s+(?:Downloading|Using cached) \S+\.(?:tar\.gz|zip|tar\.bz2)\b.*$`)

// fetched matches the lines by which pip tells of the sources that it takes, also where it tries one version after the other.
var fetched = regexp.MustCompile(`(?m)^\s+(?:Downloading|Using cached) ([\w.-]+?)-\d[\w.!+]*\.(?:tar\.gz|zip|tar\.bz2)\b.*$`)

// ofSource tells whose source pip was at where nothing else tells the cause: the code by which old packages are built stops in as many
// ways as there are modules that Python had once. Nothing was at work any more when all was installed.
func ofSource(c Cause, output string) Cause {
	if name := packageAtWork(output); name != "" {
		c.Kind, c.Names = BrokenPackage, []string{name}
	}
	return c
}

// packageAtWork is the package that a tool was building when it failed; empty where it tells of none.
func packageAtWork(output string) string {
	failed := packageOf.FindStringSubmatch(output)
	if failed == nil && !strings.Contains(output, "\nInstalling collected packages: ") {
		all := collected.FindAllStringSubmatch(output, -1)
		if len(all) == 0 && strings.Contains(output, "error: subprocess-exited-with-error") {
			all = fetched.FindAllStringSubmatch(output, -1)
		}
		if len(all) > 0 {
			failed = all[len(all)-1]
		}
	}
	if failed == nil {
		return ""
	}
	return failed[1]
}

// rule finds one kind of cause by a line.
type rule struct {
	kind    Kind
	pattern *regexp.Regexp // its groups are names
	names   []string       // the names where the line tells them in words of its own
	all     bool           // every such line adds a name, and not only the first
	any     bool           // and any of the names would do
	above   *regexp.Regexp // a line that must be there, too, at most two lines above
	with    *regexp.Regexp // a line that must be there, too, at most six lines below: what says that this one is the cause
	without *regexp.Regexp // a line that may not be there: what says that this one follows from another cause
}

// read is the cause by this rule; false where no line tells it.
func (r rule) read(lines []string) (Cause, bool) {
	c := Cause{Kind: r.kind, Names: slices.Clone(r.names), Any: r.any}
	if r.without != nil && slices.ContainsFunc(lines, r.without.MatchString) {
		return c, false
	}
	code := -1 // a line that has the cause as a code alone: a later one may say more
	for i, line := range lines {
		m := r.pattern.FindStringSubmatch(line)
		if m == nil || r.with != nil && !slices.ContainsFunc(lines[i:min(i+7, len(lines))], r.with.MatchString) {
			continue
		}
		if r.above != nil {
			head := slices.IndexFunc(lines[max(0, i-2):i], r.above.MatchString)
			if head < 0 {
				continue
			}
			c.Lines = append(c.Lines, lines[max(0, i-2)+head])
		}
		if !r.all && onlyCode.MatchString(line) {
			code = max(code, i)
			continue
		}
		c.Lines = append(c.Lines, around(lines, i)...)
		for _, name := range m[1:] {
			if name = strings.Trim(name, "'`’‘., "); name != "" && !slices.Contains(c.Names, name) {
				c.Names = append(c.Names, name)
			}
		}
		if !r.all || len(c.Lines) >= maxLines {
			break
		}
	}
	if len(c.Lines) == 0 && code >= 0 {
		c.Lines = lines[code : code+1]
	}
	c.Lines = c.Lines[:min(len(c.Lines), maxLines)]
	return c, len(c.Lines) > 0
}

// onlyCode are lines of npm that tell a cause in one word.
var onlyCode = regexp.MustCompile(`^npm (?:error|ERR!) (?:code|errno|syscall) \S+$`)

// excerpt is what compilers write below an error: the source line, and marks below it.
var excerpt = regexp.MustCompile(`^\s*(\d+ )?\|`)

// undeclared is the place of an error that follows from a function which nobody declared, of which the compiler warns.
var undeclared = regexp.MustCompile(`^(\S+:\d+:\d+: )error: .*makes pointer from integer`)

// around is a line with what belongs to it: where it was included from, what CMake says it is in or what it follows from, and the excerpt of the source.
func around(lines []string, i int) []string {
	from, to := i, i+1
	if i > 0 && strings.HasPrefix(lines[i-1], "In file included from") {
		from--
	}
	for at := i - 1; at >= max(0, i-4); at-- {
		if strings.HasPrefix(lines[at], "CMake Error at ") && !strings.HasPrefix(lines[at], "CMake Error at /usr/") { // of the project's own files
			return slices.DeleteFunc(slices.Clone(lines[at:to]), func(line string) bool { return line == "" })
		}
	}
	if m := undeclared.FindStringSubmatch(lines[i]); m != nil {
		for at := max(0, i-8); at < i; at++ {
			if strings.HasPrefix(lines[at], m[1]) && strings.Contains(lines[at], "implicit declaration of function") {
				from = at
			}
		}
	}
	if to < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[to]), "--> ") {
		to++
	}
	for to < len(lines) && to-i < 6 && excerpt.MatchString(lines[to]) {
		to++
	}
	return lines[from:to]
}

var (
	escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]|\r")
	prefix  = regexp.MustCompile(`^(npm (error|ERR!)|gyp (ERR!|info)|Error:)? ?`)
	// noise is what tools write around a failure without telling anything about it.
	noise = regexp.MustCompile(`^\s*$|originates from a subprocess|subprocess-exited-with-error|did not run successfully|exit code: \d|lines of output\]|See above for output|\[end of output\]|` +
		`A complete log of this run|For a full report see|-debug-0\.log|^(?:Collecting|Downloading|Using cached) \S+|^(?:Installing build dependencies|Getting requirements to build wheel|Preparing metadata \S+): |eresolve-report|^\[notice\]|compilation terminated|^[\s~^().|]*$|` +
		`^(?:\[ERROR\]\s*)?at [\w.$/<>]+\([^)]*\)$|^\[ERROR\]\s*$|^(?:\[ERROR\]\s*)?(?:-> )?\[Help \d\]|^\[ERROR\] (?:To see the full stack trace|Re-run Maven|For more information about the errors)|` +
		`^(?:from )?/?\S+:\d+:in [` + "`" + `'].*|An error occurred while installing .* and Bundler cannot continue|^\s*--(?:with|without)-|^Provided configuration options|^--(?:srcdir|curdir|ruby|help|clean|prevent-strip)`)
)

// readable is the output, which has no terminal codes, in lines: without the indentation of a tool that quotes another.
func readable(output string) []string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, " \t\n")
		if trimmed := strings.TrimLeft(line, " \t"); !excerpt.MatchString(line) {
			line = trimmed
		}
		if len(line) > maxContextLine {
			line = line[:maxContextLine] + "…"
		}
		lines = append(lines, strings.ToValidUTF8(line, "�"))
	}
	return lines
}

// last is the end of an output, without noise.
func last(lines []string) []string {
	var told []string
	for _, line := range lines {
		if !noise.MatchString(line) && prefix.ReplaceAllString(line, "") != "" {
			told = append(told, line)
		}
	}
	return told[max(0, len(told)-maxLines):]
}
