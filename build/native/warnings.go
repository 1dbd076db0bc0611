package native

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"whittle.dev/whittle/build/language"
)

// warningsFile says to GCC which of its options it leaves out (specs files, gcc(1)). It lies in layer native-build, where its path is
// the same in each build: build systems compile anew under other options.
const warningsFile = "warnings.specs"

// noErrors leaves out what makes an error of each warning. Projects say so for the compiler of their developers; another version,
// or optimization, which Makefiles often leave to others, finds more to warn of. Those that a project names (-Werror=format)
// stay errors.
const noErrors = "*self_spec:\n+ %<Werror %<pedantic-errors\n"

// warningsFlag is the option that names the file. Clang knows none like it; a compiler that the user names may be anything.
func (n *native) warningsFlag(compiler string) string {
	hasClang := slices.ContainsFunc(filepath.SplitList(n.Env["PATH"]), func(dir string) bool { return language.Exists(filepath.Join(dir, "clang")) })
	if n.Env[compiler] != "" || hasClang {
		return ""
	}
	return " -specs=" + filepath.Join(n.work, warningsFile)
}

// sayWarnings writes the file: empty while a project is configured, as configure scripts try by -Werror what a compiler can do.
func (n *native) sayWarnings(specs string) error {
	if err := os.WriteFile(filepath.Join(n.work, warningsFile), []byte(specs), 0o644); err != nil {
		return fmt.Errorf("cannot write the compiler's options: %w", err)
	}
	return nil
}

// runCompilers has a build system compile what it was configured for.
func (n *native) runCompilers(ctx context.Context, args ...string) error {
	if err := n.sayWarnings(noErrors); err != nil {
		return err
	}
	return n.run(ctx, n.dir, args...)
}
