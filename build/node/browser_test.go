package node

import (
	"strings"
	"testing"

	"whittle.dev/whittle/slicer/contract"
)

// TestBrowsers brings Debian's Chromium where the app runs Puppeteer, unless somebody brings another browser, and tells what
// Playwright needs.
func TestBrowsers(t *testing.T) {
	for _, row := range []struct {
		name, manifest string
		env            map[string]string
		chromium, note bool
	}{
		{"Puppeteer", `"dependencies": {"puppeteer": "24"}`, nil, true, false},
		{"Puppeteer without a browser", `"dependencies": {"puppeteer": "24"}`, map[string]string{"PUPPETEER_SKIP_DOWNLOAD": "true"}, false, false},
		{"another browser", `"dependencies": {"puppeteer": "24"}`, map[string]string{"PUPPETEER_EXECUTABLE_PATH": "/opt/browser"}, false, false},
		{"Puppeteer's core, which starts what it is told", `"dependencies": {"puppeteer-core": "24"}`, nil, false, false},
		{"tests by Puppeteer", `"devDependencies": {"puppeteer": "24"}`, nil, false, false},
		{"Playwright", `"dependencies": {"playwright": "1"}`, nil, false, true},
		{"tests by Playwright", `"devDependencies": {"@playwright/test": "1"}`, nil, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, _, _ := workshop(t, map[string]string{"package.json": `{"scripts": {"start": "node x.js"}, ` + row.manifest + `}`, "package-lock.json": lock}, row.env)
			made, err := compile(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if brought := len(made.Slices) == 1 && made.Slices[0].Name == "chromium"; brought != row.chromium {
				t.Errorf("slices are %+v", made.Slices)
			}
			if noted := strings.Contains(strings.Join(made.Notes, "\n"), `slices = ["chromium"]`); noted != row.note {
				t.Errorf("notes are %q", made.Notes)
			}
			want := ""
			if row.chromium {
				want = contract.LayerPath("slices", "usr/lib/chromium/chromium")
			}
			a := lookAt(t, map[string]string{"package.json": "{" + row.manifest + "}"}, row.env)
			if got := a.browserEnv()["PUPPETEER_EXECUTABLE_PATH"]; got != want {
				t.Errorf("the variable is %q, want %q", got, want)
			}
		})
	}
}
