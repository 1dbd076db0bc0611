package build

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// binding is a service binding and the way to its files.
type binding struct {
	language.Binding
	files fs.FS
}

// readBindings reads the service bindings below a folder: a folder each, with a file that tells its type. Names that begin
// with two dots are Kubernetes' own, which mounts a volume's files as links through ..data. root is the path of dir.
func readBindings(dir fs.FS, root string) ([]binding, error) {
	types, err := fs.Glob(dir, "*/type")
	if err != nil {
		return nil, fmt.Errorf("cannot list bindings: %w", err)
	}
	var all []binding
	for _, file := range types {
		name := path.Dir(file)
		if strings.HasPrefix(name, "..") {
			continue
		}
		kind, err := fs.ReadFile(dir, file)
		if err != nil {
			return nil, fmt.Errorf("cannot read binding %s: %w", name, err)
		}
		sub, err := fs.Sub(dir, name)
		if err != nil {
			return nil, fmt.Errorf("cannot read binding %s: %w", name, err)
		}
		b := binding{files: sub, Binding: language.Binding{Name: name, Type: strings.ToLower(strings.TrimSpace(string(kind))), Dir: filepath.Join(root, name)}}
		entries, err := fs.ReadDir(sub, ".")
		if err != nil {
			return nil, fmt.Errorf("cannot read binding %s: %w", name, err)
		}
		for _, e := range entries {
			if base := e.Name(); base != "type" && base != "provider" && !strings.HasPrefix(base, "..") && language.IsFile(sub, base) {
				b.Files = append(b.Files, base)
			}
		}
		all = append(all, b)
	}
	return all, nil
}

// findBindings reads the bindings of the platform: below its own folder, and where SERVICE_BINDING_ROOT says. Of two of
// a name the first counts.
func (b *builder) findBindings() error {
	roots := []string{filepath.Join(b.Platform.Path, "bindings")}
	if other := b.Env["SERVICE_BINDING_ROOT"]; other != "" {
		roots = append(roots, other)
	}
	for _, root := range roots {
		found, err := readBindings(os.DirFS(root), root)
		if err != nil {
			return err
		}
		for _, f := range found {
			if !slices.ContainsFunc(b.bindings, func(o binding) bool { return o.Name == f.Name }) {
				b.bindings = append(b.bindings, f)
			}
		}
	}
	return nil
}

// bindingsOf returns the bindings of a type.
func (b *builder) bindingsOf(kind string) []language.Binding {
	var all []language.Binding
	for _, one := range b.bindings {
		if one.Type == kind {
			all = append(all, one.Binding)
		}
	}
	return all
}

// hideSecrets has the log hide what bindings and variables have of passwords and tokens.
func (b *builder) hideSecrets() {
	b.log.Secrets().AddEnv(b.Env)
	for _, one := range b.bindings {
		if one.Type == "ca-certificates" || one.Type == bindingBundle {
			continue
		}
		for _, name := range one.Files {
			if text, err := language.ReadFile(filepath.Join(one.Dir, name)); err == nil && len(text) <= maxSecrets {
				b.log.Secrets().AddFile(name, string(text))
			}
		}
	}
}

// settingsFiles are those by which an app sets up its package managers, which put the values of variables in the place of names.
var settingsFiles = []string{
	".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml", "requirements.txt", "pip.conf", "settings.xml", ".mvn/settings.xml", "gradle.properties",
}

// hideReferred has the log hide what the app's settings take of the environment.
func (b *builder) hideReferred() {
	for _, name := range settingsFiles {
		for _, files := range []fs.FS{b.files, b.project.Files} {
			if text, _, err := language.ReadText(files, name); err == nil {
				b.log.Secrets().AddReferred(text, b.Env)
			}
		}
	}
}

// maxSecrets is the size of the largest file of a binding that is read for secrets, in bytes: what is larger is data.
const maxSecrets = 64 << 10

// netrc is the one credential that tools of all languages take.
var netrc = language.Credential{Types: []string{"netrc"}, Files: []string{".netrc", "netrc"}, Variable: "NETRC"}

// credentialsEnv are the variables by which the tools of the build take the credentials of bindings.
func (b *builder) credentialsEnv() (map[string]string, error) {
	vars := map[string]string{}
	credentials := []language.Credential{netrc}
	for _, l := range b.Languages {
		credentials = append(credentials, l.Credentials...)
	}
	for _, c := range credentials {
		one, err := b.only(c.Types...)
		if err != nil {
			return nil, err
		}
		if one == nil {
			continue
		}
		file, ok := one.File(c.Files...)
		if !ok {
			return nil, badBinding(one.Name, fmt.Sprintf("it is of type %s and has no file %s", one.Type, c.Files[0]), "Add the file to the binding, or give it the type that it is of.")
		}
		vars[c.Variable] = file
		b.log.Line("credentials: %s of binding %s, for this build only", path.Base(file), one.Name)
	}
	if file := vars["NETRC"]; file != "" {
		home, err := b.homeWith(file)
		if err != nil {
			return nil, err
		}
		vars["HOME"] = home
	}
	git, err := b.gitCredentials()
	if err != nil {
		return nil, err
	}
	return language.With(vars, git), nil
}

// only returns the one binding of some types, or nil.
func (b *builder) only(types ...string) (*language.Binding, error) {
	var all []language.Binding
	for _, t := range types {
		all = append(all, b.bindingsOf(t)...)
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return &all[0], nil
	}
	return nil, badBinding(all[1].Name, fmt.Sprintf("binding %s is of type %s, too", all[0].Name, all[0].Type), "Put what both say into one of them.")
}

// homeWith makes a home for the programs of the build that has a .netrc: git knows no variable for it.
func (b *builder) homeWith(netrc string) (string, error) {
	home := filepath.Join(b.temp, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", fmt.Errorf("cannot make a home for the build: %w", err)
	}
	if err := os.Symlink(netrc, filepath.Join(home, ".netrc")); err != nil {
		return "", fmt.Errorf("cannot make a home for the build: %w", err)
	}
	return home, nil
}

// gitCredentials are the variables that give git the credentials of bindings of type git-credentials: a file
// .git-credentials as git's own store has it, or a file credentials as a credential helper answers (username=…,
// password=…), with a file context that says for which URL.
func (b *builder) gitCredentials() (map[string]string, error) {
	var settings [][2]string
	for _, one := range b.bindingsOf("git-credentials") {
		setting, err := b.gitHelper(one)
		if err != nil {
			return nil, err
		}
		settings = append(settings, setting)
		b.log.Line("credentials: git's of binding %s, for this build only", one.Name)
	}
	return gitConfig(b.Env, settings), nil
}

// gitHelper is the setting by which git takes the credentials of a binding, and its value.
func (b *builder) gitHelper(one language.Binding) (setting [2]string, err error) {
	if file, ok := one.File(".git-credentials", "git-credentials"); ok {
		copied, err := b.copyStore(one, file)
		return [2]string{"credential.helper", "store --file=" + quote(copied)}, err
	}
	file, ok := one.File("credentials")
	if !ok {
		return setting, badBinding(one.Name, "it is of type git-credentials and has neither .git-credentials nor credentials", "Add one of the files to the binding.")
	}
	key := "credential.helper"
	if context, ok := one.File("context"); ok {
		url, err := language.ReadFile(context)
		if err != nil {
			return setting, fmt.Errorf("cannot read binding %s: %w", one.Name, err)
		}
		key = "credential." + strings.TrimSpace(string(url)) + ".helper"
	}
	return [2]string{key, "!f() { cat " + quote(file) + "; }; f"}, nil
}

// copyStore copies a file of git's store, which git locks and rewrites: a binding is read-only.
func (b *builder) copyStore(one language.Binding, file string) (string, error) {
	text, err := language.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("cannot read binding %s: %w", one.Name, err)
	}
	copied := filepath.Join(b.temp, "git-credentials-"+one.Name)
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		return "", fmt.Errorf("cannot use binding %s: %w", one.Name, err)
	}
	return copied, nil
}

// gitConfig adds settings to those that git takes from its environment (git-config(1), GIT_CONFIG_COUNT).
func gitConfig(env map[string]string, settings [][2]string) map[string]string {
	if len(settings) == 0 {
		return nil
	}
	vars, count := map[string]string{}, 0
	_, _ = fmt.Sscan(env["GIT_CONFIG_COUNT"], &count) // absent is none
	for _, s := range settings {
		vars[fmt.Sprintf("GIT_CONFIG_KEY_%d", count)], vars[fmt.Sprintf("GIT_CONFIG_VALUE_%d", count)] = s[0], s[1]
		count++
	}
	vars["GIT_CONFIG_COUNT"] = fmt.Sprint(count)
	return vars
}

// quote quotes a word for the shell by which git runs its helpers.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

func badBinding(name, why, next string) error {
	return &language.Problem{What: fmt.Sprintf("cannot use binding %s: %s", name, why), Next: next}
}
