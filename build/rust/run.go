package rust

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/text"
)

// run runs cargo; what it tells of its progress is counted.
func (c *cargo) run(ctx context.Context, args ...string) error { return c.to(ctx, nil, args...) }

// output runs cargo and returns what it writes to its standard output.
func (c *cargo) output(ctx context.Context, args ...string) (string, error) {
	var out strings.Builder
	err := c.to(ctx, &out, args...)
	return strings.TrimSpace(out.String()), err
}

// said runs cargo and returns what it tells beside its output.
func (c *cargo) said(ctx context.Context, args ...string) (string, error) {
	var said strings.Builder
	err := c.Run(ctx, c.command(nil, &said, args))
	return said.String(), err
}

func (c *cargo) to(ctx context.Context, out io.Writer, args ...string) error {
	p := newProgress(c.Log)
	defer p.close()
	if err := c.Run(ctx, c.command(out, p, args)); err != nil {
		return explain(p.Text(), err)
	}
	return nil
}

// command is cargo with the user's configuration from a binding.
func (c *cargo) command(out, errs io.Writer, args []string) language.Command {
	all := []string{"cargo"}
	for _, file := range c.bound("config.toml", "config") {
		all = append(all, "--config", file)
	}
	return language.Command{Args: append(all, args...), What: "cargo " + args[0], Dir: c.Dir, Env: c.env, Stdout: out, Stderr: errs}
}

// credentials leads cargo to the credentials of a binding of type cargo: the link is in the cache while cargo runs, the
// secret is not.
func (c *cargo) credentials() error {
	link := filepath.Join(c.home, "credentials.toml")
	if err := os.RemoveAll(link); err != nil {
		return err
	}
	for _, file := range c.bound("credentials.toml", "credentials") {
		c.Log.Line("credentials: cargo's of a binding, for this build only")
		return os.Symlink(file, link)
	}
	return nil
}

// bound are the files of some names in bindings of type cargo, the first of each binding.
func (c *cargo) bound(names ...string) []string {
	var files []string
	for _, b := range c.Bindings("cargo") {
		if file, ok := b.File(names...); ok {
			files = append(files, file)
		}
	}
	return files
}

// progress counts what cargo downloads and compiles.
type progress struct {
	*language.Progress
	log                  *language.Log
	downloaded, compiled int
	now, told            string
}

func newProgress(log *language.Log) *progress {
	p := &progress{log: log}
	p.Progress = language.NewProgress(p.line, p.tell)
	return p
}

// line takes "   Compiling serde v1.0.0" and the like: cargo writes them with the verb at the right of a column.
func (p *progress) line(line string) bool {
	if !strings.HasPrefix(line, " ") {
		return false
	}
	verb, what, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch verb {
	case "Downloaded":
		p.downloaded++
	case "Compiling":
		p.compiled++
		p.now = what
	case "Updating", "Downloading", "Locking", "Adding", "Removing", "Downgrading", "Upgrading", "Blocking", "Finished", "Fresh", "Replacing", "Unpacking", "Note":
	default:
		return false
	}
	return true
}

// tell prints how far cargo is, once; the log itself tells of a crate that takes long.
func (p *progress) tell() {
	say := ""
	switch {
	case p.compiled > 0:
		say = fmt.Sprintf("compiling %s, %s done", p.now, text.Count(p.compiled-1, "crate"))
	case p.downloaded > 0:
		say = fmt.Sprintf("downloading crates: %d so far", p.downloaded)
	}
	if say != p.told {
		p.log.Line("%s", say)
		p.told = say
	}
}

func (p *progress) close() {
	p.Close()
	if p.downloaded > 0 {
		p.log.Line("downloaded %s", text.Count(p.downloaded, "crate"))
	}
	if p.compiled > 0 {
		p.log.Line("compiled %s", text.Count(p.compiled, "crate"))
	}
}
