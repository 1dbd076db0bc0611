package golang

import (
	"strings"
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/build/language"
)

// TestACommandThatServesIsTold, where the program is made with a module that has commands, and nobody says which is run.
func TestACommandThatServesIsTold(t *testing.T) {
	const cobra = "github.com/spf13/cobra"
	procfile := []language.Process{{Type: "web", Line: "shop serve"}}
	for _, row := range []struct {
		name, file, line, module string
		processes                []language.Process
		want                     string
	}{
		{"cobra", "cmd/serve.go", "\t\tUse:   \"serve [domain]\",", cobra, nil, "shop is started without a command, and has one called serve (cmd/serve.go line 2): where the image is to run that, write into a Procfile: web: shop serve"},
		{"urfave/cli", "main.go", "Name: \"server\",", "github.com/urfave/cli/v3", nil, "shop is started without a command, and has one called server (main.go line 2): where the image is to run that, write into a Procfile: web: shop server"},
		{"the best of several", "main.go", "Name: \"start\",\nName: \"run\",\nName: \"start\",", cobra, nil, "shop is started without a command, and has one called run (main.go line 3): where the image is to run that, write into a Procfile: web: shop run"},
		{"said", "main.go", "Use: \"serve\",", cobra, procfile, ""},
		{"another module", "main.go", "Name: \"server\",", "example.com/x", nil, ""},
		{"another command", "main.go", "Use: \"serverless\",", cobra, nil, ""},
		{"a test", "main_test.go", "Use: \"serve\",", cobra, nil, ""},
	} {
		found := lookAt(fstest.MapFS{row.file: {Data: []byte("package x\n" + row.line + "\n")}})
		if got := strings.Join(found.Serving.note("shop", row.processes, []language.Component{{Name: row.module}}), "\n"); got != row.want {
			t.Errorf("%s: got %q", row.name, got)
		}
	}
}
