package npm_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/node/npm"
	"whittle.dev/whittle/build/node/npm/npmtest"
)

// app is the folder of an app with one file.
func app(name, text string) fstest.MapFS { return fstest.MapFS{name: {Data: []byte(text)}} }

func TestConfig(t *testing.T) {
	dir := t.TempDir()
	languagetest.Write(t, dir, map[string]string{
		"machine": "registry=https://machine.example/\n",
		"user":    "; mine\nregistry = https://user.example\n//user.example/:_authToken=${TOKEN}\n//basic.example/npm/:username=u\n//basic.example/npm/:_password=cGFzcw==\n",
	})
	for _, row := range []struct {
		name  string
		app   string
		env   map[string]string
		want  string // the registry of a package
		scope string // and of one of @acme
	}{
		{"the machine's", "", nil, "https://machine.example/", "https://machine.example/"},
		{"the user's", "", map[string]string{"NPM_CONFIG_USERCONFIG": filepath.Join(dir, "user")}, "https://user.example/", "https://user.example/"},
		{"the app's", "registry=https://app.example/npm\n@acme:registry=https://acme.example\n# a comment\nnonsense\n", map[string]string{"NPM_CONFIG_USERCONFIG": filepath.Join(dir, "user")}, "https://app.example/npm/", "https://acme.example/"},
		{"the environment's", "registry=https://app.example/", map[string]string{"npm_config_registry": "https://env.example"}, "https://env.example/", "https://env.example/"},
		{"a variable", `registry="https://${HOST}/"`, map[string]string{"HOST": "var.example"}, "https://var.example/", "https://var.example/"},
		{"no address", "registry=nonsense", nil, "ERROR: the address of the npm registry is none", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			n, err := npm.ReadConfig(app(".npmrc", row.app), row.env, filepath.Join(dir, "machine"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := n.Registry("left-pad")
			if err != nil {
				got = strings.TrimSpace(strings.SplitN(err.Error(), "\n", 3)[1])
			}
			if got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
			if got, _ := n.Registry("@acme/x"); got != row.scope {
				t.Errorf("of the scope: got %s, want %s", got, row.scope)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		n, err := npm.ReadConfig(fstest.MapFS{}, nil, filepath.Join(dir, "missing"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = n.Registry("x")
		languagetest.Has(t, err, "no npm registry is configured")
	})
	t.Run("credentials go to their place alone", func(t *testing.T) {
		n, err := npm.ReadConfig(fstest.MapFS{}, map[string]string{"NPM_CONFIG_USERCONFIG": filepath.Join(dir, "user"), "TOKEN": "secret"}, "")
		if err != nil {
			t.Fatal(err)
		}
		for address, want := range map[string]string{
			"https://user.example/left-pad":                 "Bearer secret",
			"https://user.example/a/-/a-1.tgz":              "Bearer secret",
			"https://other.example/left-pad":                "",
			"https://user.example.evil.example/left-pad":    "",
			"https://basic.example/npm/x":                   "Basic dTpwYXNz",
			"https://basic.example/other/x":                 "",
			"https://user.example@other.example/left-pad":   "",
			"https://other.example/https://user.example/x/": "",
			"http://user.example/left-pad":                  "", // in the clear
		} {
			if got := n.Authorization(address); got != want {
				t.Errorf("%s: got %q, want %q", address, got, want)
			}
		}
	})
}

func TestReleasesAreSortedAndChecked(t *testing.T) {
	r := npmtest.New(t)
	r.Add(t, "tool", "1.10.0", nil)
	r.Add(t, "tool", "1.9.0", nil)
	r.Add(t, "tool", "2.0.0-rc.1", nil)
	all, err := r.Npm().Releases(t.Context(), "tool")
	if err != nil {
		t.Fatal(err)
	}
	var versions []string
	for _, v := range all {
		versions = append(versions, v.Version)
	}
	if diff := cmp.Diff([]string{"1.10.0", "1.9.0"}, versions); diff != "" {
		t.Error(diff)
	}
}

// TestRegistryFaults are what goes wrong with registries, each with its own advice.
func TestRegistryFaults(t *testing.T) {
	for _, row := range []struct {
		name  string
		spoil func(*npmtest.Registry)
		want  []string
	}{
		{"a package that is not there", func(r *npmtest.Registry) { r.Remove("npm") }, []string{"cannot get npm from the npm registry", "404", "one that mirrors"}},
		{"no credentials", func(r *npmtest.Registry) { r.Token = "x" }, []string{"401", "type npmrc"}},
		{"another tarball than the index says", func(r *npmtest.Registry) { r.Spoiled = true }, []string{"its sha512 is not the one", "sha512-"}},
		{"gone", func(r *npmtest.Registry) { r.Close() }, []string{"cannot get npm", "NPM_CONFIG_REGISTRY"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := npmtest.New(t)
			row.spoil(r)
			dir := t.TempDir()
			all, err := r.Npm().Releases(t.Context(), "npm")
			if err == nil {
				err = r.Npm().Unpack(t.Context(), "npm", all[0], dir, t.TempDir(), npm.Everything)
			}
			for _, want := range row.want {
				languagetest.Has(t, err, want)
			}
			if names := languagetest.Names(t, dir); len(names) > 0 {
				t.Errorf("wrote %v", names)
			}
		})
	}
	t.Run("with the token of .npmrc", func(t *testing.T) {
		r := npmtest.New(t)
		r.Token = "secret"
		c := r.Npm()
		c.Config[r.Host(t)+":_authToken"] = "secret"
		all, err := c.Releases(t.Context(), "npm")
		if err == nil {
			err = c.Unpack(t.Context(), "npm", all[0], t.TempDir(), t.TempDir(), npm.Everything)
		}
		languagetest.Has(t, err, "")
	})
}

// TestTarballStaysInItsFolder unpacks names that would lead elsewhere.
func TestTarballStaysInItsFolder(t *testing.T) {
	r := npmtest.New(t)
	r.Add(t, "evil", "1.0.0", map[string]string{"../../outside": "x", "/../../outside": "x"})
	top := t.TempDir()
	dir := filepath.Join(top, "a", "b")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	all, err := r.Npm().Releases(t.Context(), "evil")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Npm().Unpack(t.Context(), "evil", all[0], dir, t.TempDir(), npm.Everything) // an error is as good as nothing
	for _, name := range languagetest.Names(t, top) {
		if !strings.HasPrefix(name, "a/b/") {
			t.Errorf("wrote %s", name)
		}
	}
}
