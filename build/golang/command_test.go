package golang

import (
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/build/language"
)

// TestStarted: what a user's command would compile or has compiled elsewhere is the program that the build made.
func TestStarted(t *testing.T) {
	one := []target{{Arg: ".", Dir: ".", Name: "shop"}}
	cmd := []target{{Arg: "./cmd/api", Dir: "cmd/api", Name: "api"}, {Arg: "./cmd/worker", Dir: "cmd/worker", Name: "worker"}}
	for _, row := range []struct {
		line    string
		targets []target
		want    string
	}{
		{"go run .", one, "/bin/shop"},
		{"go run main.go util.go --port $PORT", one, "/bin/shop --port $PORT"},
		{"go run -race ./cmd/api -v", cmd, "/bin/api -v"},
		{"go run cmd/worker/main.go", cmd, "/bin/worker"},
		{"go run -tags prod ./cmd/api", cmd, "go run -tags prod ./cmd/api"}, // told by the build
		{"go run ./cmd/other", cmd, "go run ./cmd/other"},
		{"go run github.com/x/tool@latest", cmd, "go run github.com/x/tool@latest"},
		{"go version", one, "go version"},
		{"cd web && go run ..", one, "cd web && go run .."},
		{"./main -x", one, "/bin/shop -x"},
		{"bin/anything", one, "/bin/shop"},
		{"application", one, "/bin/shop"},
		{"application", cmd, "application"},
		{"bin/shop", one, "bin/shop"}, // the build knows it by its name
		{"./start.sh", one, "./start.sh"},
		{"./main", cmd, "./main"},
		{"/opt/tool", one, "/opt/tool"},
		{"shop", one, "shop"},
	} {
		g := &golang{Site: language.Site{Files: fstest.MapFS{"start.sh": {}}, Processes: []language.Process{{Type: "web", Line: row.line}}}}
		if got := g.started(row.targets, "/bin")[0].Line; got != row.want {
			t.Errorf("%s: got %q, want %q", row.line, got, row.want)
		}
	}
	if g := (&golang{}); g.started(one, "/bin") != nil {
		t.Error("an app that names no process has some")
	}
}
