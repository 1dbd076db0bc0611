package node

import (
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/node/npm"
)

// TestScriptsAreForProductionWithDevelopmentPackages: what installs and builds has NODE_ENV=production, and the package managers that
// scripts call get the development packages all the same, unless the user says otherwise. What is left out at the end is left out.
func TestScriptsAreForProductionWithDevelopmentPackages(t *testing.T) {
	const scripts = `"scripts": {"postinstall": "cd client && npm install", "build": "x", "start": "node x.js"}, "devDependencies": {"a": "1"}`
	names := []string{"NODE_ENV", "npm_config_include", "NPM_CONFIG_PRODUCTION", "pnpm_config_production"}
	const all = "production dev false false"
	for _, row := range []struct {
		name, lock, env, npmrc string
		begins                 string
		want                   string // the values of names; - for none
	}{
		{"npm installs", "package-lock.json", "", "", "npm ci", all},
		{"npm builds", "package-lock.json", "", "", "npm run", all},
		{"npm prunes", "package-lock.json", "", "", "npm prune", "- - - -"},
		{"Yarn 1 installs", "yarn.lock", "", "", "yarn install --non-interactive --production=false", all},
		{"pnpm installs", "pnpm-lock.yaml", "", "", "pnpm install", all},
		{"Bun installs", "bun.lock", "", "", "bun install --frozen-lockfile", "- - - -"},
		{"the user's mode", "package-lock.json", "NODE_ENV=staging", "", "npm ci", "staging dev false false"},
		{"the user wants no development packages", "package-lock.json", "NPM_CONFIG_PRODUCTION=true", "", "npm ci", "production - true -"},
		{"the app leaves them out itself, for npm", "package-lock.json", "", "omit=dev", "npm ci", "production - - -"},
		{"the app leaves them out itself, where npm does not install", "pnpm-lock.yaml", "", "omit=dev", "pnpm install", "production - false false"},
	} {
		name, value, _ := strings.Cut(row.env, "=")
		files := map[string]string{"package.json": "{" + scripts + "}", row.lock: map[string]string{"package-lock.json": lock, "bun.lock": "{}"}[row.lock], ".npmrc": row.npmrc}
		s, sh, _ := workshop(t, files, map[string]string{name: value})
		var seen map[string]string
		for _, begin := range []string{row.begins, strings.Replace(row.begins, " --production=false", " --frozen-lockfile --production=false", 1)} {
			sh.does[begin] = func(string) error {
				if seen == nil {
					seen = sh.env
				}
				return nil
			}
		}
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range names {
			value := seen[name]
			if value == "" {
				value = "-"
			}
			got = append(got, value)
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %s, want %s", row.name, strings.Join(got, " "), row.want)
		}
	}
}

// TestOldNodeIsLedToTheCertificates: before 7.3 it does not know the variable that names them, and so npm is told.
func TestOldNodeIsLedToTheCertificates(t *testing.T) {
	for version, want := range map[string]string{"0.10.48": "/bound.crt", "7.2.1": "/bound.crt", "7.3.0": "", "24.22.3": ""} {
		a := &app{env: map[string]string{"NODE_EXTRA_CA_CERTS": "/bound.crt"}, npm: npm.Registry{Config: npm.Config{}}}
		a.engines = []engine{{tool: toolBun, release: npm.Release{Semver: semver.MustParse("1.0.0")}}, {tool: toolNode, release: npm.Release{Semver: semver.MustParse(version)}}}
		if got := a.trusted(); got != want {
			t.Errorf("Node.js %s: npm trusts %q, want %q", version, got, want)
		}
	}
}

// TestVariablesOfBuildsAndProcesses: a build is one for production and none of CI's, where front ends take warnings for errors, unless
// somebody says so; servers that read HOST, such as Astro's, listen everywhere.
func TestVariablesOfBuildsAndProcesses(t *testing.T) {
	for _, row := range []struct{ env, ci, mode string }{{"", "", "production"}, {"CI=true", "true", "production"}, {"NODE_ENV=staging", "", "staging"}} {
		name, value, _ := strings.Cut(row.env, "=")
		s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"build": "x", "start": "node x.js"}}`, "package-lock.json": lock}, map[string]string{name: value})
		var seen map[string]string
		sh.does["npm run"] = func(string) error { seen = sh.env; return nil }
		var launch map[string]string
		keep := s.Keep
		s.Keep = func(l language.Layer, key string) {
			if l.Name == "node" && l.Launch {
				launch = l.Env
			}
			keep(l, key)
		}
		if _, err := compile(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if seen["CI"] != row.ci || seen["NODE_ENV"] != row.mode {
			t.Errorf("%s: the build has CI=%q, NODE_ENV=%q", row.env, seen["CI"], seen["NODE_ENV"])
		}
		if diff := cmp.Diff(map[string]string{"HOST": "0.0.0.0", "NODE_ENV": "production", "PORT": "8080"}, launch); diff != "" {
			t.Errorf("%s: processes have %s", row.env, diff)
		}
	}
}

// TestCacheHasNoLogs: npm writes a log of each run, by which the cache would be another after every build, and be saved anew.
func TestCacheHasNoLogs(t *testing.T) {
	s, sh, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"build": "x", "start": "node x.js"}}`}, nil)
	logs := ""
	sh.does["npm run"] = func(string) error {
		logs = sh.env["npm_config_logs_dir"]
		return nil
	}
	if _, err := compile(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(logs, s.Temp+"/") {
		t.Errorf("npm's logs are written to %q, which is not below the build's temporary folder", logs)
	}
}
