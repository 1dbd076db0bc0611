package python

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/language"
)

// withPkgResources is the last line of setuptools that has pkg_resources; it stands in for distutils, too, which Python 3.12
// removed. Packages of before 2023 import them without saying so.
const withPkgResources = "setuptools==80.9.0 --hash=sha256:062d34222ad13e0cc312a4c02d73f059e86a4acbfbdea8f8f76b28c99f306922"

var (
	// importsOld finds imports at the top of a module, which no try guards.
	importsOld = regexp.MustCompile(`(?m)^(?:import|from)[ \t]+(pkg_resources|distutils)\b`)
	// buildsOnly are files that only builds run.
	buildsOnly = regexp.MustCompile(`(?:^|/)(?:setup|conftest|[\w]*setuptools[\w]*|build[\w]*|_?distutils|command|tests?|testing|[\w]*_ext|pip|wheel|setuptools|pkg_resources|_distutils_hack)(?:\.py|/)`)
)

// oldImport is a file below a folder that can't do without pkg_resources or distutils, and which.
func oldImport(dir fs.FS) (file, module string, err error) {
	err = fs.WalkDir(dir, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || path.Ext(name) != ".py" || buildsOnly.MatchString(name) {
			return err
		}
		text, ok, err := language.ReadText(dir, name)
		if err != nil || !ok {
			return err
		}
		if found := importsOld.FindStringSubmatch(text); found != nil && importsOld.MatchString(blank(text)) {
			file, module = name, found[1]
			return fs.SkipAll
		}
		return nil
	})
	return file, module, err
}

// bringSetuptools installs setuptools where a package or the app imports what only it brings. One that a lock names is left as it
// is.
func (p *python) bringSetuptools(ctx context.Context) error {
	if language.Exists(filepath.Join(p.sitePackages(), "pkg_resources")) || p.plan.Whole && p.plan.has("setuptools") || p.plan.NoIndex || p.plan.By == "" {
		return nil
	}
	file, module, err := oldImport(os.DirFS(p.sitePackages()))
	if err == nil && file == "" && p.begin.OldImport != "" {
		file, module, _ = strings.Cut(p.begin.OldImport, " ")
	}
	if err != nil {
		return fmt.Errorf("cannot look at the packages' imports: %w", err)
	}
	if file == "" || module == "distutils" && (minor(p.version) == "3.11" || p.hasModule("distutils")) {
		return nil
	}
	p.Log.Line("installing %s, because %s imports %s", named(withPkgResources), file, module)
	return p.pipStep(ctx, len(p.plan.Steps)+1, step{What: "setuptools", Lines: []string{withPkgResources}, Args: []string{"--no-deps", "--require-hashes"}})
}

// oldImportOf finds such an import in the app's own files: "file module".
func oldImportOf(all []module) string {
	for _, m := range all {
		if found := importsOld.FindStringSubmatch(m.Code); found != nil && !buildsOnly.MatchString(m.Path) {
			return m.Path + " " + found[1]
		}
	}
	return ""
}

// wantsPkgResources tells whether pip failed because the build of a package imports pkg_resources, which the newest setuptools, that
// builds get, has no more. Who constrains versions or asks for a setuptools is left alone.
func (p *python) wantsPkgResources(err error) bool {
	var program *language.ProgramError
	return errors.As(err, &program) && strings.Contains(program.Output, "ModuleNotFoundError: No module named 'pkg_resources'") &&
		p.Env["PIP_CONSTRAINT"] == "" && !p.plan.has("setuptools") && !p.plan.NoIndex
}

// withOldSetuptools is the environment of a pip whose builds get the last setuptools with pkg_resources.
func (p *python) withOldSetuptools(env map[string]string) (map[string]string, error) {
	constraint, _, _ := strings.Cut(withPkgResources, " ")
	p.Log.Line("  again with %s, because the build of a package imports pkg_resources", named(withPkgResources))
	file := filepath.Join(p.Temp, "constraints.txt")
	if err := os.WriteFile(file, []byte(constraint+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("cannot write constraints: %w", err)
	}
	return language.With(env, map[string]string{"PIP_CONSTRAINT": file}), nil
}
