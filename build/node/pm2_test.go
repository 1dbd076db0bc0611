package node

import (
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestPM2 has what pm2 would start run without it.
func TestPM2(t *testing.T) {
	a := lookAt(t, map[string]string{
		"package.json":        `{"scripts": {"serve": "node serve.js"}}`,
		"ecosystem.config.js": "// what pm2 starts\nmodule.exports = {\n  apps: [{ name: 'api', script: './bin/www', args: 'one two', node_args: ['--enable-source-maps'], instances: 2, watch: false,\n    env: { NODE_ENV: 'production', A: 'x y', PORT: 3000, DEEP: {} }, env_staging: { A: 'z' } }],\n};\n",
		"process.json":        `{"apps": [{"script": "src/index.js", "cwd": "./app", "time": true}]}`,
		"pm2.yml":             "apps:\n  - script   : npm\n    args     : run serve\n  \n",
		"two.config.cjs":      "module.exports = { apps: [{ name: 'web', script: 'web.js' }, { name: 'work', script: 'work.ts' }] }",
		"made.config.js":      "module.exports = { apps: [{ script: process.env.SCRIPT }] }",
		"none.json":           `{"apps": []}`,
		"python.json":         `{"apps": [{"script": "x.py"}]}`,
		"other.json":          `{"apps": [{"script": "x", "interpreter": "./node_modules/.bin/tsx"}]}`,
		"numbers.config.js":   "module.exports = { apps: [{ script: 'x.js', args: [2000000], env: { LIMIT: 3600000, SHARE: 0.5 } }] }",
		"serve.json":          `{"apps": [{"script": "serve", "env": {"PM2_SERVE_PATH": "build"}}]}`,
		"shell.json":          `{"apps": [{"script": "./start.sh"}]}`,
		"outside.json":        `{"apps": [{"script": "/bin/sh", "cwd": "../.."}]}`,
	}, nil)
	for _, row := range []struct{ text, want, err string }{
		{"pm2-runtime start server.js", "node server.js", ""},
		{"pm2 start server.js -i max --no-daemon -- --port 80", "node server.js --port 80", ""},
		{"pm2-runtime ecosystem.config.js", "A='x y' NODE_ENV=production node --enable-source-maps ./bin/www one two", ""},
		{"pm2 start ecosystem.config.js --no-daemon --env staging", "A='x y' NODE_ENV=production A=z node --enable-source-maps ./bin/www one two", ""},
		{"pm2 start process.json --no-daemon", "cd app && node src/index.js", ""},
		{"pm2-runtime pm2.yml", "node serve.js", ""},
		{"pm2-runtime start npm -- run serve", "node serve.js", ""},
		{"pm2-runtime two.config.cjs --only=work", "ts-node work.ts", ""},
		{"pm2-runtime python.json", "python3 x.py", ""},
		{"pm2-runtime other.json", "./node_modules/.bin/tsx x", ""},
		{"pm2-runtime two.config.cjs", "", "two.config.cjs names 2 programs: make each a process of its own in a Procfile"},
		{"pm2-runtime made.config.js", "pm2-runtime made.config.js", ""},
		{"pm2-runtime none.json", "pm2-runtime none.json", ""},
		{"pm2-runtime outside.json", "pm2-runtime outside.json", ""},
		{"pm2-runtime ../../other.json", "pm2-runtime ../../other.json", ""},
		{"pm2-runtime numbers.config.js", "LIMIT=3600000 SHARE=0.5 node x.js 2000000", ""},
		{"pm2-runtime serve.json", "pm2-runtime serve.json", ""},
		{"pm2-runtime shell.json", "pm2-runtime shell.json", ""},
		{"pm2 logs", "pm2 logs", ""},
	} {
		got, err := a.inline(row.text, a.Dir)
		languagetest.Has(t, err, row.err)
		if err == nil && got.String() != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.text, got, row.want)
		}
	}
}

// TestPM2OfSeveralPrograms leaves several programs to pm2 where the image has it, and it stays.
func TestPM2OfSeveralPrograms(t *testing.T) {
	a := lookAt(t, map[string]string{
		"package.json":   `{"dependencies": {"pm2": "6"}}`,
		"two.config.cjs": "module.exports = { apps: [{ name: 'web', script: 'web.js' }, { name: 'work', script: 'work.js' }] }",
	}, nil)
	for _, row := range []struct{ text, err string }{
		{"pm2-runtime two.config.cjs", ""},
		{"pm2 start two.config.cjs --no-daemon", ""},
		{"pm2 start two.config.cjs", "two.config.cjs names 2 programs"},
	} {
		got, err := a.inline(row.text, a.Dir)
		languagetest.Has(t, err, row.err)
		if err == nil && got.String() != row.text {
			t.Errorf("%s: got %s", row.text, got)
		}
	}
}
