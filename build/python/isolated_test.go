package python

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"whittle.dev/whittle/build/language"
)

// TestPipRunsIsolated looks at every way in which the build runs pip: a pip.py or logging.py in the app's folder must not take
// the place of a module of pip.
func TestPipRunsIsolated(t *testing.T) {
	if got := strings.Join(systemPip("install", "x"), " "); got != "/usr/bin/python3 -I -m pip install x" {
		t.Errorf("got %q", got)
	}
}

// TestRequirementLinesAreNoOptions has lines in names, addresses and markers of pyproject.toml, which are written into a
// requirements file for pip.
func TestRequirementLinesAreNoOptions(t *testing.T) {
	run := func(context.Context, language.Command) error { t.Error("pip runs"); return nil }
	for _, line := range []string{
		"-r/platform/bindings/db/password", " --index-url=http://127.0.0.1", "y @ https://host/y.tar.gz\n-r /platform/bindings/db/password",
		"y ; python_version > '3'\r-r x", "y\x00",
	} {
		p := &python{Site: language.Site{Temp: t.TempDir(), Run: run}}
		if err := p.pipStep(t.Context(), 0, step{What: "packages", Lines: []string{"flask==3", line}}); err == nil || !strings.Contains(err.Error(), "is no requirement") {
			t.Errorf("%q: got error %v", line, err)
		}
	}
}

// TestRequirementsIncludeNoForeignFiles includes files that are not the app's in every spelling that pip has for it: pip prints
// lines that it cannot read.
func TestRequirementsIncludeNoForeignFiles(t *testing.T) {
	for _, line := range []string{
		"-r /platform/bindings/db/password", "-r/etc/shadow", "--requirement=/etc/shadow", "--requirement /etc/shadow", "--requi \"/etc/shadow\"", "-c /etc/shadow",
		"--constraint '/etc/shadow'", "-r ../../platform/bindings/db/password", "-r /etc/\\\nshadow",
	} {
		_, err := readReqFile(fstest.MapFS{"requirements.txt": {Data: []byte("flask\n" + line + "\n")}}, "requirements.txt")
		if err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	r, err := readReqFile(fstest.MapFS{
		"requirements.txt": {Data: []byte("-r base.txt\n-c limits.txt\n--require-hashes\n-rmore.txt\n")}, "base.txt": {Data: []byte("flask==3")}, "more.txt": {Data: []byte("click==8")},
	}, "requirements.txt")
	if err != nil || len(r.Requires) != 2 || strings.Join(r.Files, " ") != "requirements.txt base.txt limits.txt more.txt" {
		t.Errorf("got %+v, %v", r, err)
	}
}
