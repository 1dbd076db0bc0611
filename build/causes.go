package build

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/failure"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/project"
)

// told is how a kind of cause is told: what it means, in a clause, and the one step that fits, or what finds that step where more counts
// than the cause. fill knows the places in braces.
type told struct {
	what, next string
	step       func(advice, failure.Cause, language.Tool) string
}

// causes are how causes are told. The step of one that the system lacks is a Debian package.
var causes = map[failure.Kind]told{
	failure.Header:       {what: "the build lacks the header {names}", step: advice.native},
	failure.Program:      {what: "the build lacks the program {names}", step: advice.native},
	failure.PkgConfig:    {what: "the build lacks the pkg-config file {names}", step: advice.native},
	failure.Library:      {what: "the build lacks the library {names}", step: advice.native},
	failure.CMakePackage: {what: "the build lacks what CMake's find_package calls {names}", step: advice.native},
	failure.File:         {what: "the app lacks {names}, which its build reads", step: advice.source},
	failure.OldTool: {
		what: "the project asks for a newer {0} than the build has: {1}",
		next: "Lower what it asks for, where it does without what is newer; or compile it elsewhere, and give the program to the build.",
	},

	failure.Untrusted:   {what: "a server's certificate is not trusted", step: advice.trust},
	failure.Unreachable: {what: "a server cannot be reached: {names}", step: advice.reach},
	failure.Insecure: {
		what: "the index at {names} is ignored, because it is not reached by https",
		next: "Name the index by https; where it has none, set PIP_TRUSTED_HOST={0}.",
	},
	failure.Unauthorized: {
		what: "a server asks for credentials",
		next: "Give the credentials to the build in a service binding of type {credentials}.",
	},
	failure.NoSSH: {
		what: "a repository is named by ssh, which the build has not",
		next: "Name it by https, such as git+https://HOST/OWNER/NAME.git; where it is private, give the credentials in a service binding of type " + gitCredentialTypes + ".",
	},

	failure.NoSuchPackage: {what: "the index has no package {names}", step: advice.absent},
	failure.NoSuchVersion: {what: "the index has no such version: {names}", next: "Ask for a version that the index has."},
	failure.BadMetadata:   {what: "pip does not accept the metadata of {names}", step: advice.otherMetadata},
	failure.OtherRuntime:  {what: "{0} is not for the {runtime} of this build, but for {1}", step: advice.otherRuntime},
	failure.OtherRust: {
		what: "{0} cannot be built with the Rust of this build: {1} in it is for rustc {2}",
		next: "Ask for another version of {0}: one that the index has a wheel of for this {platform}, or an older one.",
	},
	failure.OtherLibrary: {
		what: "{0} is in a version for {1}, and Debian has {2}",
		next: "Ask for the version of the library: {0}=={2}.",
	},
	failure.Conflict: {
		what: "the app's requirements contradict each other",
		next: "Change one of the requirements that the messages name, so that one version fits all.",
	},
	failure.Tampered: {
		what: "a package is not the one that the app pinned",
		next: "If the change is wanted, renew the digest in the lock or requirements file; if not, somebody may have exchanged the package.",
	},
	failure.Stale: {
		what: "the lock file does not fit what the app asks for",
		next: "Renew the lock ({relock}), and commit it.",
	},

	failure.NoSpace: {
		what: "the disk of the build is full",
		next: "Give the build more space, such as by removing old images and volumes of the daemon.",
	},
	failure.NoMemory: {
		what: "the build ran out of memory",
		next: "Give the build more memory, or have it run fewer jobs at once.",
	},
	failure.SmallHeap: {
		what: "{names} reached the limit of its own heap",
		next: "Raise the limit: set {heap} for the build, or as much as its memory allows.",
	},
	failure.OldDigest: {
		what: "a tool wants a digest that OpenSSL 3, which Node.js has since version 17, does not make",
		next: "Update the tool (webpack since 5.61 has a digest of its own), or set NODE_OPTIONS=--openssl-legacy-provider for the build.",
	},
	failure.BrokenSource:  {what: "the app's source does not compile", step: func(_ advice, c failure.Cause, _ language.Tool) string { return forCompiler(c) }},
	failure.BrokenPackage: {what: "{0} cannot be built", step: advice.brokenPackage},

	failure.Unknown: {what: "{tool} failed", next: "What it wrote last is above."},
}

// gitCredentialTypes are the types of bindings that have credentials for git.
const gitCredentialTypes = "netrc (with a .netrc) or git-credentials"

// heaps are the settings that raise the limit of a runtime's heap.
var heaps = map[string]string{"Node.js": "NODE_OPTIONS=--max-old-space-size=4096", "Java": "JAVA_TOOL_OPTIONS=-Xmx4g"}

// fill puts what a cause and its tool are called into the places of a text: all names of the cause or one by its number, and what is
// known of the tool.
func fill(text string, c failure.Cause, tool language.Tool) string {
	join, suffix := " and ", ""
	if c.Any {
		join = " or "
	}
	if c.Kind == failure.PkgConfig {
		suffix = ".pc"
	}
	places := []string{
		"{names}", strings.Join(c.Names, suffix+join) + suffix,
		"{tool}", tool.Name,
		"{runtime}", tool.Runtime,
		"{platform}", cmp.Or(tool.Runtime, "platform"),
		"{credentials}", cmp.Or(tool.Credentials, gitCredentialTypes),
		"{relock}", cmp.Or(tool.Relock, "with the tool that wrote it"),
	}
	for i, name := range c.Names {
		places = append(places, fmt.Sprintf("{%d}", i), name)
	}
	if len(c.Names) > 0 {
		places = append(places, "{heap}", heaps[c.Names[0]])
	}
	return strings.TrimSuffix(strings.NewReplacer(places...).Replace(text), ": ")
}

// forCompiler advises about source that a compiler refuses.
func forCompiler(c failure.Cause) string {
	next := "Correct what the compiler tells above."
	if slices.ContainsFunc(c.Lines, func(line string) bool { return strings.HasSuffix(line, "[-Wint-conversion]") }) {
		next += " GCC before version 14 only warned where a number is taken for a pointer, and the program may break by it when it runs; where it is meant, add -Wno-error=int-conversion to CFLAGS."
	}
	return next
}

// trust advises about a server whose certificate is not trusted.
func (a advice) trust(failure.Cause, language.Tool) string {
	if len(a.bound) > 0 {
		return fmt.Sprintf("The binding %s does not hold the certificate of the server's authority: add it there.", language.List(a.bound))
	}
	return "Where a proxy or a server has an authority of its own, give its certificate to the build in a service binding of type ca-certificates: " +
		"a folder with a file type that says so and the certificate in PEM (pack build --volume FOLDER:/platform/bindings/ca)."
}

// gitFails begins what git says where it cannot fetch: what it fetches from is no index.
const gitFails = "fatal: unable to access "

// reach advises about a server that cannot be reached.
func (a advice) reach(c failure.Cause, tool language.Tool) string {
	if slices.ContainsFunc(c.Lines, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), gitFails) }) {
		return "Check that the build reaches that server, from which git fetches a package: its network, and the proxy (HTTPS_PROXY)" + without(tool) + "."
	}
	if tool.Without != "" {
		return "Check the network of the build, and the proxy (HTTPS_PROXY)" + without(tool) + "."
	}
	return "Check the network of the build: the proxy (HTTPS_PROXY), and the index" + index(tool) + "."
}

// without is how a tool does without what it downloads; empty where nothing is known of it.
func without(tool language.Tool) string {
	if tool.Without == "" {
		return ""
	}
	return "; or have " + tool.Without
}

// index is how a tool is given another index, in brackets; empty where nothing is known of it.
func index(tool language.Tool) string {
	if tool.Index == "" {
		return ""
	}
	return " (" + tool.Index + ")"
}

// absent advises about a package that the index has not.
func (a advice) absent(c failure.Cause, tool language.Tool) string {
	if dir := a.wheels(c.Names); tool.Name == "pip" && dir != "" {
		return fmt.Sprintf("A wheel of it lies in the app: have pip look there, with PIP_FIND_LINKS=%s, or with the line --find-links %[1]s in requirements.txt.", dir)
	}
	return "Correct the name, or name the index that has it" + index(tool) + "."
}

// source advises about a file that the app's folder lacks.
func (a advice) source(c failure.Cause, _ language.Tool) string {
	if folder := a.look(func(files fs.FS) string { return language.Submodule(files, c.Names[0]) }); folder != "" {
		return language.FetchSubmodule(folder) + "."
	}
	if path.IsAbs(c.Names[0]) && !strings.HasPrefix(c.Names[0], a.app+"/") {
		return "Have the project do without it: the build has the app's folder, and libraries by Debian's packages (project.toml, [dev.whittle.build] packages)."
	}
	return "Add it to the app's folder, or correct its name. What git has in submodules is fetched by git submodule update --init --recursive."
}

// look is what is seen in the app's folder; empty where that cannot be opened.
func (a advice) look(see func(fs.FS) string) string {
	root, err := os.OpenRoot(a.app)
	if err != nil {
		return ""
	}
	defer root.Close()
	return see(project.FolderOf(root))
}

// wheels is the folder of the app that has a wheel of a distribution that the index lacks, which is named with its version or without;
// empty where none has.
func (a advice) wheels(names []string) (dir string) {
	if len(names) == 0 {
		return ""
	}
	name, _, _ := strings.Cut(names[0], "=")
	name = strings.ToLower(strings.ReplaceAll(name, "-", "_")) + "-"
	return a.look(func(files fs.FS) string {
		for _, depth := range []string{"*.whl", "*/*.whl", "*/*/*.whl"} {
			found, err := fs.Glob(files, depth)
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
	})
}

// otherMetadata advises about a package whose metadata pip refuses.
func (a advice) otherMetadata(c failure.Cause, _ language.Tool) string {
	name, _, _ := strings.Cut(c.Names[0], " ")
	return fmt.Sprintf("Ask for another version of %s, a newer one: what this one says it requires was never valid, and pip has refused it since 24.1.", name)
}

// otherRuntime advises about a package that is for other versions of the runtime.
func (a advice) otherRuntime(c failure.Cause, tool language.Tool) string {
	step := fmt.Sprintf("Ask for a newer version of it, or for another %s (%s)", tool.Runtime, tool.Setting)
	if forNewer(c.Names[1]) {
		step = fmt.Sprintf("Ask for a newer %s (%s), or for an older version of it", tool.Runtime, tool.Setting)
	}
	return language.Or(step, a.others(tool, c.Names[1])...) + "."
}

// forNewer tells whether versions of a runtime, in the notation of any tool, have no end: what is for them is for newer ones than those
// of a build that has none of them.
func forNewer(versions string) bool {
	return !strings.Contains(versions, "<") && (strings.HasPrefix(versions, ">") || strings.Contains(versions, "+") || strings.Contains(versions, "newer"))
}

// brokenPackage advises about a package that does not compile, mostly because it is older than what the build has.
func (a advice) brokenPackage(c failure.Cause, tool language.Tool) string {
	step := fmt.Sprintf("Ask for a newer version of %s: old ones cannot be built for new %s", c.Names[0], forNew(tool))
	older := a.others(tool, "<"+a.builders.Of(a.release).Version(strings.ToLower(tool.Runtime)))
	return language.Or(step, older...) + ". If it is the app's own, correct what the compiler tells above."
}

// forNew is what old packages of a tool cannot be built for.
func forNew(tool language.Tool) string {
	if tool.Runtime != "" {
		return fmt.Sprintf("versions of %s (%s asks for another)", tool.Runtime, tool.Setting)
	}
	return "compilers"
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
