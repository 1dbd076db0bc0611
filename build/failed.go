package build

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/failure"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/project"
)

// advice is what the advice about a failure depends on.
type advice struct {
	// find returns the Debian packages that have what a native build lacks, the best first; nil where nothing can be looked at.
	find      func(failure.Cause) []found
	packages  []string // that project.toml names for the build already
	bound     []string // the bindings of type ca-certificates
	app       string   // the app's folder
	languages []language.Language
	builders  builders.All // of all releases
	release   string       // of the build's own builder
	foreign   string       // what the run image is taken to have, where somebody else made it
}

// found is a Debian package with a file that a build lacks.
type found struct {
	Package string
	Path    string // of the file, relative to the root
	There   bool   // the build has the package
}

// failed is the problem of a program that failed, by what it wrote.
func (a advice) failed(program *language.ProgramError, err error) *language.Problem {
	if errors.Is(program, language.ErrNoProgram) {
		return &language.Problem{
			What: "the build image has no program " + program.Args[0], Evidence: []string{err.Error()}, Err: err,
			Next: "Build with whittle's own builder, or name the Debian package of the program in project.toml, [dev.whittle.build] packages.",
		}
	}
	cause := failure.Read(program.Output)
	if killed := failure.Read(program.Err.Error()); killed.Kind == failure.NoMemory {
		cause = killed
	}
	tool := language.ToolOf(a.languages, program.Tool())
	p := &language.Problem{What: what(cause, tool), Evidence: append([]string{doing(err, program)}, cause.Lines...), Err: err}
	if script := scriptOf(program, tool); script != "" && cause.Kind == failure.Unknown {
		p.What = "the script " + script + " failed"
	}
	switch {
	case ofScript(cause, tool) != "":
		p.Next = ofScript(cause, tool)
	case cause.Native():
		p.Next = a.native(cause)
	case cause.Kind == failure.Unknown && program.Shown:
		p.Evidence, p.Next = p.Evidence[:1], "Its own messages are above."
	case cause.Kind == failure.Unknown && strings.TrimSpace(program.Output) == "":
		p.Evidence, p.Next = p.Evidence[:1], "It wrote nothing that would tell why."
	default:
		p.Next = a.next(cause, tool)
	}
	return p
}

// doing is the error without what it was wrapped around: what the build was about to do when the program failed, and
// the program.
func doing(err error, program *language.ProgramError) string {
	first, _, _ := strings.Cut(err.Error(), "\n")
	return strings.Replace(first, program.Error(), program.Short(), 1)
}

// what says what a cause means, in a clause.
func what(c failure.Cause, tool language.Tool) string {
	join := " and "
	if c.Any {
		join = " or "
	}
	names := strings.Join(c.Names, join)
	switch c.Kind {
	case failure.Header:
		return "the build lacks the header " + names
	case failure.Program:
		return "the build lacks the program " + names
	case failure.PkgConfig:
		return "the build lacks the pkg-config file " + strings.Join(c.Names, ".pc"+join) + ".pc"
	case failure.Library:
		return "the build lacks the library " + names
	case failure.CMakePackage:
		return "the build lacks what CMake's find_package calls " + names
	case failure.Untrusted:
		return "a server's certificate is not trusted"
	case failure.Unreachable:
		return strings.TrimSuffix("a server cannot be reached: "+names, ": ")
	case failure.Insecure:
		return "the index at " + names + " is ignored, because it is not reached by https"
	case failure.Unauthorized:
		return "a server asks for credentials"
	case failure.NoSuchPackage:
		return "the index has no package " + names
	case failure.NoSuchVersion:
		return "the index has no such version: " + names
	case failure.BadMetadata:
		return "pip does not accept the metadata of " + names
	case failure.OtherRuntime:
		return fmt.Sprintf("%s is not for the %s of this build, but for %s", c.Names[0], tool.Runtime, c.Names[1])
	case failure.OtherRust:
		return fmt.Sprintf("%s cannot be built with the Rust of this build: %s in it is for rustc %s", c.Names[0], c.Names[1], c.Names[2])
	case failure.OtherLibrary:
		return fmt.Sprintf("%s is in a version for %s, and Debian has %s", c.Names[0], c.Names[1], c.Names[2])
	case failure.Conflict:
		return "the app's requirements contradict each other"
	case failure.Tampered:
		return "a package is not the one that the app pinned"
	case failure.Stale:
		return "the lock file does not fit what the app asks for"
	case failure.NoSpace:
		return "the disk of the build is full"
	case failure.NoMemory:
		return "the build ran out of memory"
	case failure.NoSSH:
		return "a repository is named by ssh, which the build has not"
	case failure.SmallHeap:
		return names + " reached the limit of its own heap"
	case failure.OldDigest:
		return "a tool wants a digest that OpenSSL 3, which Node.js has since version 17, does not make"
	case failure.BrokenSource:
		return "the app's source does not compile"
	case failure.BrokenPackage:
		return c.Names[0] + " cannot be built"
	}
	return tool.Name + " failed"
}

// gitFails begins what git says where it cannot fetch: what it fetches from is no index.
const gitFails = "fatal: unable to access "

// next is the one step that fits a cause.
func (a advice) next(c failure.Cause, tool language.Tool) string {
	index := ""
	if tool.Index != "" {
		index = " (" + tool.Index + ")"
	}
	switch c.Kind {
	case failure.Untrusted:
		if len(a.bound) > 0 {
			return fmt.Sprintf("The binding %s does not hold the certificate of the server's authority: add it there.", language.List(a.bound))
		}
		return "Where a proxy or a server has an authority of its own, give its certificate to the build in a service binding of type ca-certificates: " +
			"a folder with a file type that says so and the certificate in PEM (pack build --volume FOLDER:/platform/bindings/ca)."
	case failure.Unreachable:
		if slices.ContainsFunc(c.Lines, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), gitFails) }) {
			return "Check that the build reaches that server, from which git fetches a package: its network, and the proxy (HTTPS_PROXY)."
		}
		return "Check the network of the build: the proxy (HTTPS_PROXY), and the index" + index + "."
	case failure.Insecure:
		return fmt.Sprintf("Name the index by https; where it has none, set PIP_TRUSTED_HOST=%s.", c.Names[0])
	case failure.Unauthorized:
		return "Give the credentials to the build in a service binding of type " + cmp.Or(tool.Credentials, "netrc (with a .netrc) or git-credentials") + "."
	case failure.NoSuchPackage:
		if dir := a.wheels(c.Names); tool.Name == "pip" && dir != "" {
			return fmt.Sprintf("A wheel of it lies in the app: have pip look there, with PIP_FIND_LINKS=%s, or with the line --find-links %[1]s in requirements.txt.", dir)
		}
		return "Correct the name, or name the index that has it" + index + "."
	case failure.NoSuchVersion:
		return "Ask for a version that the index has."
	case failure.BadMetadata:
		name, _, _ := strings.Cut(c.Names[0], " ")
		return fmt.Sprintf("Ask for another version of %s, a newer one: what this one says it requires was never valid, and pip has refused it since 24.1.", name)
	case failure.OtherRuntime:
		step := fmt.Sprintf("Ask for a newer version of it, or for another %s (%s)", tool.Runtime, tool.Setting)
		if forNewer(c.Names[1]) {
			step = fmt.Sprintf("Ask for a newer %s (%s), or for an older version of it", tool.Runtime, tool.Setting)
		}
		return language.Or(step, a.others(tool, c.Names[1])...) + "."
	case failure.OtherRust:
		return fmt.Sprintf("Ask for another version of %s: one that the index has a wheel of for this %s, or an older one.", c.Names[0], cmp.Or(tool.Runtime, "platform"))
	case failure.OtherLibrary:
		return fmt.Sprintf("Ask for the version of the library: %s==%s.", c.Names[0], c.Names[2])
	case failure.Conflict:
		return "Change one of the requirements that the messages name, so that one version fits all."
	case failure.Tampered:
		return "If the change is wanted, renew the digest in the lock or requirements file; if not, somebody may have exchanged the package."
	case failure.Stale:
		return "Renew the lock (" + cmp.Or(tool.Relock, "with the tool that wrote it") + "), and commit it."
	case failure.NoSpace:
		return "Give the build more space, such as by removing old images and volumes of the daemon."
	case failure.NoMemory:
		return "Give the build more memory, or have it run fewer jobs at once."
	case failure.NoSSH:
		return "Name it by https, such as git+https://HOST/OWNER/NAME.git; where it is private, give the credentials in a service binding of type netrc (with a .netrc) or git-credentials."
	case failure.SmallHeap:
		limit := map[string]string{"Node.js": "NODE_OPTIONS=--max-old-space-size=4096", "Java": "JAVA_TOOL_OPTIONS=-Xmx4g"}[c.Names[0]]
		return "Raise the limit: set " + limit + " for the build, or as much as its memory allows."
	case failure.OldDigest:
		return "Update the tool (webpack since 5.61 has a digest of its own), or set NODE_OPTIONS=--openssl-legacy-provider for the build."
	case failure.BrokenSource:
		return "Correct what the compiler tells above."
	case failure.BrokenPackage:
		step := fmt.Sprintf("Ask for a newer version of %s: old ones cannot be built for new %s", c.Names[0], forNew(tool))
		older := a.others(tool, "<"+a.builders.Of(a.release).Version(strings.ToLower(tool.Runtime)))
		return language.Or(step, older...) + ". If it is the app's own, correct what the compiler tells above."
	}
	return "What it wrote last is above."
}

// forNewer tells whether versions of a runtime, in the notation of any tool, have no end: what is for them is for newer ones than those
// of a build that has none of them.
func forNewer(versions string) bool {
	return !strings.Contains(versions, "<") && (strings.HasPrefix(versions, ">") || strings.Contains(versions, "+") || strings.Contains(versions, "newer"))
}

// wheels is the folder of the app that has a wheel of a distribution that the index lacks, which is named with its version or without;
// empty where none has.
func (a advice) wheels(names []string) (dir string) {
	root, err := os.OpenRoot(a.app)
	if err != nil || len(names) == 0 {
		return ""
	}
	defer root.Close()
	name, _, _ := strings.Cut(names[0], "=")
	name = strings.ToLower(strings.ReplaceAll(name, "-", "_")) + "-"
	for _, depth := range []string{"*.whl", "*/*.whl", "*/*/*.whl"} {
		found, err := fs.Glob(project.FolderOf(root), depth)
		if err != nil {
			return ""
		}
		for _, at := range found {
			if strings.HasPrefix(strings.ToLower(path.Base(at)), name) {
				return path.Dir(at)
			}
		}
	}
	return ""
}

// scriptOf is the script of the app that a package manager was to run; empty for none.
func scriptOf(program *language.ProgramError, tool language.Tool) string {
	if args := program.Args; tool.PackageOf != nil && len(args) > 2 && args[1] == "run" {
		return args[len(args)-1]
	}
	return ""
}

// ofScript is advice about a program that a script of the app runs and that none of its packages has; empty where it is more likely
// one of the system.
func ofScript(c failure.Cause, tool language.Tool) string {
	if c.Kind != failure.Program || len(c.Names) == 0 || tool.PackageOf == nil {
		return ""
	}
	has := tool.PackageOf(c.Names[0])
	if has == "" {
		return ""
	}
	return fmt.Sprintf("Add the package %s, which has the program %s, to %s; it is none of the app's packages.", has, c.Names[0], tool.AddTo)
}

// native advises about what the system of the build lacks.
func (a advice) native(c failure.Cause) string {
	var all []found
	if a.find != nil {
		all = a.find(c)
	}
	if len(all) == 0 {
		return fmt.Sprintf("Add the Debian package that has it to project.toml, [dev.whittle.build] packages; whittle find %s may name it.", filesOf(c, c.Names[0])[0])
	}
	if f := all[0]; f.There {
		return fmt.Sprintf("%s is there, and has it as /%s: tell the build to look there (CPATH, LIBRARY_PATH, PKG_CONFIG_PATH or PATH).", f.Package, f.Path)
	}
	packages := slices.Clone(a.packages)
	var has []string
	for _, f := range all {
		has = append(has, f.Package+" has "+path.Base(f.Path))
		packages = append(packages, f.Package)
	}
	return fmt.Sprintf("%s. In project.toml, under [dev.whittle.build]: packages = [%s]", strings.Join(has, ", and "), quoted(packages))
}

func quoted(words []string) string {
	var all []string
	for _, w := range words {
		all = append(all, fmt.Sprintf("%q", w))
	}
	return strings.Join(all, ", ")
}

// others are steps to builders whose version of a tool's runtime is one that a package is for.
func (a advice) others(tool language.Tool, wanted string) []string {
	var steps []string
	for _, b := range a.builders.Others(a.release) {
		if v := b.Version(strings.ToLower(tool.Runtime)); tool.Fits != nil && tool.Fits(v, wanted) {
			steps = append(steps, fmt.Sprintf("build with %s (%s %s)", b.Image(), tool.Runtime, v))
		}
	}
	return steps
}

// forNew is what old packages of a tool cannot be built for.
func forNew(tool language.Tool) string {
	if tool.Runtime != "" {
		return fmt.Sprintf("versions of %s (%s asks for another)", tool.Runtime, tool.Setting)
	}
	return "compilers"
}
