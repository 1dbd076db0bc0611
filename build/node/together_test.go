package node

import (
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestProgramsAtOnce reads the commands by which scripts run several programs at once.
func TestProgramsAtOnce(t *testing.T) {
	a := lookAt(t, map[string]string{"package.json": `{"scripts": {
		"api": "node api.js", "worker": "cross-env QUEUE=mail node worker.js", "start:a": "node a.js", "start:b": "node b.js", "start:b:dev": "vite",
		"build": "tsc", "both": "echo x && node x.js", "bundle": "tsc -w", "client": "vite", "dashed": "node x.js -- y"
	}}`, "web/package.json": `{"scripts": {"start": "node web.js"}}`}, nil)
	for _, row := range []struct{ text, want, err string }{
		{`concurrently "npm:api" "npm:worker"`, "together node api.js -- -e QUEUE='mail' node worker.js", ""},
		{`concurrently -k -n api,worker --prefix-colors=red,blue -c x "node api.js --port $PORT" "A=$B node worker.js"`, `together node api.js --port $PORT -- -e A="$B" node worker.js`, ""},
		{`concurrently "npm:start:*"`, "together node a.js -- node b.js", ""},
		{"concurrently 'npm run api'", "node api.js", ""},
		{"PORT=3 concurrently npm:api npm:worker", "export PORT='3' && together node api.js -- -e QUEUE='mail' node worker.js", ""},
		{"npm-run-all --parallel api worker", "together node api.js -- -e QUEUE='mail' node worker.js", ""},
		{"npm-run-all build --parallel api worker", "tsc && together node api.js -- -e QUEUE='mail' node worker.js", ""},
		{"npm-run-all -p api worker -s build", "together node api.js -- -e QUEUE='mail' node worker.js && tsc", ""},
		{"run-p -l start:*", "together node a.js -- node b.js", ""},
		{"run-s build start:a", "tsc && node a.js", ""},
		{"run-s build start:*", "tsc && node a.js && node b.js", ""},
		{`concurrently npm:api npm:client`, "", "concurrently runs vite beside others, which is for development: name what runs in production"},
		{`concurrently npm:bundle npm:api`, "", "concurrently runs tsc -w beside others, which is for development"},
		{`run-p api both`, "", "run-p runs echo x && node x.js beside others, which is more than one command: make each a process of its own"},
		{`concurrently "npm start --prefix web" "cd web && A=1 node x.js" npm:api`, "together -C web node web.js -- -C web -e A='1' node x.js -- node api.js", ""},
		{`concurrently "node x.js > log" npm:api`, "", "more than one command each: make each a process of its own"},
		{`run-p api dashed`, "", "more than one command each: make each a process of its own"},
		{"run-p none:*", "", `package.json has no script "none:*"`},
		{"run-p", "", "run-p names no script"},
		{"concurrently", "", "make each a process of its own"},
		{"run-p 'api {1}' worker -- 3", "", "run-p starts a shell for each of its commands"},
	} {
		got, err := a.inline(row.text, a.Dir)
		languagetest.Has(t, err, row.err)
		if err == nil && got.String() != row.want {
			t.Errorf("%s:\n got %s\nwant %s", row.text, got, row.want)
		}
	}
}

// TestProgramsAtOnceAreFound has the programs of packages found for each of the commands that run at once.
func TestProgramsAtOnceAreFound(t *testing.T) {
	s, sh, _ := workshop(t, map[string]string{
		"package.json": `{"scripts": {"start": "concurrently npm:api \"A=1 x-server --port $PORT\" \"npm start --prefix web\"", "api": "node api.js"}, "dependencies": {"x-server": "1"}}`, "package-lock.json": lock, "api.js": "",
		"web/package.json": `{"scripts": {"start": "x-server web"}}`,
	}, nil)
	sh.does["npm ci"] = sh.installs("x-server bin/x-server.js")
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	const want = "together node api.js -- -e A='1' node node_modules/x-server/bin/x-server.js --port $PORT -- -C web node ../node_modules/x-server/bin/x-server.js web"
	if len(made.Processes) != 1 || made.Processes[0].Line != want {
		t.Errorf("got %+v, want %s", made.Processes, want)
	}
}
