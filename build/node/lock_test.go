package node

import (
	"bytes"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestWhatIsNotReadIsTold: of locks of several package managers one counts, and the others are told, unless packageManager decides; so is
// a wish for a Yarn that cannot read the lock.
func TestWhatIsNotReadIsTold(t *testing.T) {
	const yarn4 = "__metadata:\n  version: 8\n"
	for _, row := range []struct {
		name, manifest string
		locks          map[string]string
		want           []string
	}{
		{"one lock", `{}`, map[string]string{"yarn.lock": ""}, nil},
		{"two locks", `{}`, map[string]string{"yarn.lock": "", "package-lock.json": lock}, []string{"yarn.lock counts, and package-lock.json is not read: remove the one that nobody keeps"}},
		{"three locks", `{}`, map[string]string{"pnpm-lock.yaml": "", "yarn.lock": "", "npm-shrinkwrap.json": lock}, []string{"pnpm-lock.yaml counts, and yarn.lock is not read", "pnpm-lock.yaml counts, and npm-shrinkwrap.json is not read"}},
		{"two locks of npm's, of which it reads this one", `{}`, map[string]string{"package-lock.json": lock, "npm-shrinkwrap.json": lock}, nil},
		{"the manager is named", `{"packageManager": "npm@10.9.2"}`, map[string]string{"yarn.lock": "", "package-lock.json": lock}, nil},
		{"Yarn 1 for a lock of Yarn 4", `{"engines": {"yarn": "1.x"}}`, map[string]string{"yarn.lock": yarn4}, []string{"engines in package.json asks for Yarn 1.x, which cannot read yarn.lock, a lock of Yarn 2 or newer: the lock counts"}},
		{"a range that has Yarn 4", `{"engines": {"yarn": ">=1"}}`, map[string]string{"yarn.lock": yarn4}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := map[string]string{"package.json": row.manifest, "server.js": ""}
			for name, text := range row.locks {
				files[name] = text
			}
			s, _, _ := workshop(t, files, nil)
			var out bytes.Buffer
			s.Log = language.NewLog(&out, languagetest.Noon)
			if _, err := compile(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			for _, want := range row.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("it lacks %q:\n%s", want, out.String())
				}
			}
			if row.want == nil && (strings.Contains(out.String(), "counts") || strings.Contains(out.String(), "not read")) {
				t.Errorf("nothing was to be told:\n%s", out.String())
			}
		})
	}
}

// TestTwoLocks takes the lock that package.json is satisfied by, where nothing says who keeps which.
func TestTwoLocks(t *testing.T) {
	const fits = `{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.2.3"}}}`
	for _, row := range []struct {
		name, manifest, yarn, npm string
		ran                       string // the installation, or a part of the error
	}{
		{"both fit", `{"dependencies": {"a": "1"}}`, "a@1:\n", fits, "yarn install --non-interactive --frozen-lockfile --production=true"},
		{"npm's alone fits", `{"dependencies": {"a": "1"}}`, "b@1:\n", fits, "npm ci --omit=dev"},
		{"none fits", `{"dependencies": {"a": "2"}}`, "b@1:\n", fits, "yarn.lock does not fit package.json"},
		{"the manager is named", `{"dependencies": {"a": "1"}, "packageManager": "yarn@1.22.22"}`, "b@1:\n", fits, "yarn.lock does not fit package.json"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, sh, _ := workshop(t, map[string]string{"package.json": row.manifest, "server.js": "", "yarn.lock": row.yarn, "package-lock.json": row.npm}, nil)
			if strings.HasPrefix(row.ran, "yarn.lock") {
				sh.fails["yarn"] = "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`."
			}
			_, err := compile(t.Context(), s)
			if got := strings.Join(sh.ran, ", "); got != row.ran && (err == nil || !strings.Contains(err.Error(), row.ran)) {
				t.Errorf("got %s, %v, want %s", got, err, row.ran)
			}
		})
	}
}

// TestLockOutOfDate tells what differs; a lock that satisfies the manifest is taken although npm refuses it.
func TestLockOutOfDate(t *testing.T) {
	const refusal = "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync."
	locked := func(text string) string {
		return `{"lockfileVersion": 3, "packages": {"": {"dependencies": {"tag": "latest", "git": "github:a/b"}}, ` + text + `}}`
	}
	for _, row := range []struct {
		name, dependencies, lock string
		ran                      int
		want                     []string
	}{
		{"satisfied", `"a": "^1.0.0", "tag": "latest"`, locked(`"node_modules/a": {"version": "1.2.3"}, "node_modules/tag": {"version": "3.0.0"}`), 2, nil},
		{"another version", `"a": "^2.0.0"`, locked(`"node_modules/a": {"version": "1.2.3"}`), 1, []string{"a: package.json wants ^2.0.0, the lock has 1.2.3"}},
		{"missing", `"a": "^1.0.0", "b": "1"`, locked(`"node_modules/a": {"version": "1.2.3"}`), 1, []string{"b: package.json wants 1, the lock lacks it"}},
		{"version 1", `"a": "^2.0.0"`, `{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}}}`, 1, []string{"the lock has 1.0.0"}},
		{"another tag", `"tag": "next"`, locked(`"node_modules/tag": {"version": "3.0.0"}`), 1, []string{"tag: package.json wants next, the lock was made for latest"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"start": "node x.js"}, "dependencies": {` + row.dependencies + `}}`, "package-lock.json": row.lock}, nil)
			sh.fails["npm ci"] = refusal
			_, err := compile(t.Context(), s)
			if len(row.want) == 0 {
				languagetest.Has(t, err, "")
			}
			for _, want := range append(row.want, map[bool][]string{true: {"package-lock.json does not fit package.json", "`npm install`", "BP_LOCK=update"}}[len(row.want) > 0]...) {
				languagetest.Has(t, err, want)
			}
			if len(sh.ran) != row.ran {
				t.Errorf("ran %v", sh.ran)
			}
		})
	}
}
