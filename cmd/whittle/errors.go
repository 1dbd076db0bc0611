package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/spf13/cobra"

	"whittle.dev/whittle/image/finish"
	"whittle.dev/whittle/image/inspect"
	"whittle.dev/whittle/image/lifecycle"
	"whittle.dev/whittle/internal/sandbox"
	"whittle.dev/whittle/internal/terminal"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer"
	"whittle.dev/whittle/slicer/contract"
	"whittle.dev/whittle/slicer/lock"
	"whittle.dev/whittle/slicer/missing"
	"whittle.dev/whittle/slicer/packages"
	"whittle.dev/whittle/slicer/release"
	"whittle.dev/whittle/trace"
)

// message is what a person needs to know of an error: the problem, the evidence for it, and what to do next. All advice
// is made here and nowhere else, so that it stays consistent.
type message struct {
	Problem  string   `json:"problem"`
	Evidence []string `json:"evidence,omitempty"`
	Next     string   `json:"next,omitempty"`
}

// usageError is a command line that cannot be understood.
type usageError struct {
	error
	command *cobra.Command
	nearest []string
}

func (e usageError) Unwrap() error { return e.error }

// releaseError is a release whose definitions contradict each other.
type releaseError struct {
	dir string
	error
}

func (e releaseError) Unwrap() error { return e.error }

// verdict ends a command that worked with an exit code of its own.
type verdict int

func (v verdict) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

// finish prints an error and returns the exit code.
func (t *tool) finish(err error) int {
	var v verdict
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &v):
		return int(v)
	}
	m := explainError(err)
	if t.json && t.printJSON(map[string]message{"error": m}) == nil {
		return exitError
	}
	m.write(t.stderr)
	return exitError
}

func (m message) write(w io.Writer) {
	problem, more, _ := strings.Cut(m.Problem, "\n")
	terminal.Fprintf(w, "whittle: %s\n", problem)
	for line := range strings.Lines(more) {
		terminal.Fprintf(w, "  %s\n", strings.TrimSpace(line))
	}
	for _, e := range m.Evidence {
		terminal.Fprintf(w, "  %s\n", e)
	}
	if m.Next != "" {
		terminal.Fprintf(w, "next: %s\n", m.Next)
	}
}

// explainError makes the message of an error: of what is found in it, or else of its text and of what to do about its kind.
func explainError(err error) message {
	if m, ok := explainFindings(err); ok {
		return m.split()
	}
	next, kind := nextStep(err)
	m := message{Problem: err.Error(), Next: next}
	switch kind {
	case packages.ErrNoPackage:
		m.Problem = withoutKind(err)
	case context.Canceled:
		m.Problem = "interrupted; nothing half-made was left"
	}
	return m.split()
}

// explainFindings makes the message of an error that carries its evidence in fields. It is not ok for any other.
func explainFindings(err error) (m message, ok bool) {
	var usage usageError
	var faulty releaseError
	var missing *missing.Error
	var locked *lock.Error
	var loss *contract.LossError
	var blind *blindError
	switch {
	case errors.As(err, &usage):
		m.Problem, m.Evidence = err.Error(), nearest(usage.nearest)
		m.Next = usage.command.CommandPath() + " --help"
	case errors.As(err, &faulty):
		m.Problem = "cannot cut by the definitions in " + faulty.dir
		m.Evidence = strings.Split(faulty.Error(), "\n")
		m.Next = "`whittle definitions check " + faulty.dir + "` tells the same while you mend them"
	case errors.As(err, &missing):
		m.Problem = fmt.Sprintf("cannot complete the closure: %d things are missing", len(missing.Findings))
		if len(missing.Findings) == 1 {
			m.Problem = "cannot complete the closure: one thing is missing"
		}
		for _, f := range missing.Findings {
			m.Evidence = append(m.Evidence, f.String())
		}
		m.Next = "name the package that has it; `whittle find NAME` looks for a library or a file"
	case errors.As(err, &locked):
		m.Problem, m.Evidence = "cannot keep to the lock", locked.Lines
		m.Next = "`whittle lock` renews the lock; --sources with a snapshot of the archive, or a --bundle, still has the old packages"
	case errors.As(err, &loss):
		m.Problem = fmt.Sprintf("cannot make run image %s for %s: it lacks %s of what it must have", loss.ID, loss.Arch, text.Count(len(loss.Lost), "part"))
		for _, part := range loss.Lost {
			m.Evidence = append(m.Evidence, "- "+part.String())
		}
		m.Next = "put it back into the spec, or give the image another id: apps are rebased onto images of this one as they are"
		if !slices.ContainsFunc(loss.Lost, func(p contract.Part) bool { return !p.Older }) {
			m.Next = "take the archive's updates and security suites too: --sources names them, and a mirror that is behind has them later"
		}
	case errors.As(err, &blind):
		m.Problem = fmt.Sprintf("cannot find %s: the archive's list of files cannot be read", blind.asked)
		if blind.none != nil {
			m.Evidence = append(m.Evidence, withoutKind(blind.none))
		}
		lines := strings.Split(blind.why.Error(), "; ")
		m.Evidence = append(m.Evidence, lines[len(lines)-1])
		m.Next = "a mirror that is being updated has the right list later; --sources names another one, and packages are found without the list"
	default:
		return m, false
	}
	return m, true
}

// advice is what to do about an error of a kind. The first kind that fits counts.
var advice = []struct {
	kind error
	next string
}{
	{trace.ErrNotPermitted, "tracing needs Linux and ptrace: in a container add --cap-add SYS_PTRACE, on a host see /proc/sys/kernel/yama/ptrace_scope"},
	{lifecycle.ErrNoBuildpack, "name an image that pack, kpack or another platform of buildpacks made, as it came from there"},
	{finish.ErrNeedsLauncher, "leave the launcher in this image, or give the process a command without a shell and its variables in env.launch"},
	{packages.ErrNotBundled, "a bundle has what its names took: make it again with `whittle bundle` and these names"},
	{sandbox.ErrNoNamespaces, "leave out --run-triggers, or cut where namespaces may be made: most containers forbid it, and so do some settings of the kernel (user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns)"},
	{slicer.ErrOtherArch, "--arch NAME cuts for another architecture; one cut is for one of them"},
	{slicer.ErrOtherVersion, "name the package without a version, or with the one that is chosen; apt's preferences choose among those that there are, and --sources with a snapshot of the archive has older ones"},
	{packages.ErrOffline, "leave out --offline once, and the cache has it from then on; --bundle FILE takes what `whittle bundle` wrote, without a network"},
	{release.ErrNoSlice, "`whittle find WORD` looks for packages, slices and files; a package by its name alone is taken whole"},
	{packages.ErrNoPackage, "`whittle find WORD` looks for packages, slices and files; --suite and --sources choose the archive"},
	{packages.ErrUnlisted, "--sources with a snapshot of the archive of that day has its signature; --allow-unlisted takes it by the digest of the lock alone"},
	{packages.ErrShared, "name a cache of your own (--cache DIR or WHITTLE_CACHE), or remove this one; if nobody else has written to it, chmod -R go-w DIR"},
	{errLinkOfOthers, "name the directory itself that it leads to, if that is the one that you mean"},
	{slicer.ErrEdited, "do it again: the package's own file is unpacked anew; `whittle cut --copy` makes roots that can be edited"},
	{packages.ErrRollback, "a mirror that is behind catches up by itself; --allow-rollback takes the older archive all the same"},
	{packages.ErrExpired, "try another mirror; for a snapshot archive write check-valid-until=no (Check-Valid-Until: no) into its apt source"},
	{packages.ErrUnsigned, "name the keyring of the archive in Signed-By of its apt source; an archive without a signature is not used"},
	{inspect.ErrNoManifest, "name an image or a root that whittle or chisel made: nothing else has such records; `whittle verify` works on any"},
	{context.Canceled, ""}, // whatever failed for it, nothing is to be done
	{syscall.ENOSPC, "free some space; --cache DIR puts the cache elsewhere, and TMPDIR what is made on the way"},
	{packages.ErrUnreachable, checkNetwork},
}

const checkNetwork = "check the network and the proxy settings (http_proxy, https_proxy); commands that read the archive also take --offline"

// nextStep is what to do about an error, empty where nothing is known to help, and the error's kind if advice has it.
func nextStep(err error) (next string, kind error) {
	if misnamed(err) {
		return givenAdvice[givenName], nil
	}
	var registry *transport.Error
	if errors.As(err, &registry) && registryAdvice(registry) != "" {
		return registryAdvice(registry), nil
	}
	if errors.As(err, new(x509.UnknownAuthorityError)) { // a server of it is also one that cannot be reached
		return "--ca-file FILE trusts the certificate authority in FILE too; apt's Acquire::https::CAInfo and SSL_CERT_FILE also count", nil
	}
	for _, a := range advice {
		if errors.Is(err, a.kind) {
			return a.next, a.kind
		}
	}
	var network net.Error
	if errors.As(err, &network) && !errors.As(err, new(syscall.Errno)) || errors.As(err, new(*net.OpError)) {
		return checkNetwork, nil
	}
	var path *fs.PathError
	if errors.As(err, &path) && errors.Is(err, fs.ErrPermission) {
		return getPermission(path), nil
	}
	var g givenError
	if errors.As(err, &g) {
		return givenAdvice[g.what], nil
	}
	return "", nil
}

// getPermission is what to do about a file that whittle may not read or write.
func getPermission(e *fs.PathError) string {
	at := e.Path
	if readsOnly(e.Op) {
		return "start whittle as a user who may read " + at + ", such as the owner of the directory or root"
	}
	if strings.HasPrefix(filepath.Base(at), ".whittle-") { // what is made on the way has a name that says nothing
		at = filepath.Dir(at)
	}
	return "whittle needs no root, but must be able to write " + at + "; --cache DIR or WHITTLE_CACHE puts the cache elsewhere"
}

// registryAdvice is what to do about an answer of a registry; empty where nothing is known to help.
func registryAdvice(e *transport.Error) string {
	switch {
	case e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden:
		return "log in to the registry (docker login, or DOCKER_CONFIG) as a user who may do this with the image"
	case e.StatusCode == http.StatusTooManyRequests:
		return "the registry limits how often it is asked: log in, wait, or use a mirror of it"
	case e.StatusCode == http.StatusNotFound:
		return "look at the name and the tag: the registry does not have this image"
	case e.StatusCode >= http.StatusInternalServerError:
		return "the registry has a fault of its own: start again later; what it had is as it was"
	}
	return ""
}

// readsOnly tells whether an operation on a file wants nothing but to read it.
func readsOnly(op string) bool {
	return slices.Contains([]string{"read", "readdir", "readdirent", "readlink", "readlinkat", "lstat", "lstatat", "stat", "statat", "fstatat"}, op)
}

// longProblem is how many bytes a problem may have and still be read as one line.
const longProblem = 160

// split makes evidence of a problem that lists several failures: "cannot do it: one; another; a third".
func (m message) split() message {
	problem, rest, ok := strings.Cut(m.Problem, ": ")
	if len(m.Problem) <= longProblem || len(m.Evidence) > 0 || !ok || !strings.Contains(rest, "; ") {
		return m
	}
	m.Problem = problem
	for line := range strings.SplitSeq(strings.ReplaceAll(rest, "\n", "; "), "; ") {
		m.Evidence = append(m.Evidence, line)
	}
	return m
}

// withoutKind is the text of an error about a package that is not there, which says so before its kind does.
func withoutKind(err error) string {
	return strings.TrimSuffix(err.Error(), ": "+packages.ErrNoPackage.Error())
}

func nearest(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return []string{"nearest: " + strings.Join(names, ", ")}
}
