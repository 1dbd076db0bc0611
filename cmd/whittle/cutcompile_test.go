package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"whittle.dev/whittle/slicer/slicertest"
)

// compilerDebs are packages whose scripts compile data: by a program of their own, and by a helper that a cut leaves out, with what
// stands for the programs. They are for the machine's architecture.
func compilerDebs(t *testing.T, words string) []slicertest.Deb {
	t.Helper()
	at := filepath.Join(t.TempDir(), "compiler")
	build := exec.Command("go", "build", "-o", at, "./testdata/compiler")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	program, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("hello\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := func(path string, body []byte) slicertest.DebFile { return slicertest.DebFile{Path: path, Body: body} }
	exe := func(path string) slicertest.DebFile {
		return slicertest.DebFile{Path: path, Body: program, Mode: 0o755}
	}
	return []slicertest.Deb{
		{
			Name: "mecab-dic", Arch: machineArch(), Files: []slicertest.DebFile{
				exe("usr/lib/mecab/mecab-dict-index"), file("usr/share/mecab/words", []byte(words)), file("usr/share/mecab/dicrc", []byte("options\n")),
			},
			Scripts: map[string]string{"postinst": "#!/bin/sh\nto=/var/lib/mecab/dic\n/usr/lib/mecab/mecab-dict-index -d /usr/share/mecab -o ${to}\n"},
		},
		{
			Name: "aspell-xx", Arch: machineArch(), Fields: map[string]string{"Depends": "dictionaries-common"}, Files: []slicertest.DebFile{
				exe("usr/bin/aspell"), exe("usr/bin/prezip-bin"), file("var/lib/aspell/xx.compat", nil), file("var/lib/aspell/xx-a.rws", nil),
				file("usr/share/aspell/xx.contents", []byte("xx-a\n# xx-b\n")), file("usr/share/aspell/xx-a.cwl.gz", packed.Bytes()),
			},
			Scripts: map[string]string{"postinst": "#!/bin/sh\nif command -v update-dictcommon-aspell >/dev/null; then update-dictcommon-aspell; fi\n"},
		},
		{
			Name: "ghc", Arch: machineArch(), Files: []slicertest.DebFile{exe("usr/bin/ghc-pkg"), file("var/lib/ghc/package.conf.d/base.conf", nil)},
			Scripts: map[string]string{"postinst": "#!/bin/sh\nexecdir=/usr/bin\n$execdir/ghc-pkg recache --global\n$execdir/ghc-pkg check --global || true\n"},
		},
		{Name: "dictionaries-common", Arch: machineArch(), Files: []slicertest.DebFile{file("usr/sbin/update-dictcommon-aspell", []byte("#!/bin/sh\n"))}},
	}
}

// mayCompile tells whether this machine lets the tests make a sandbox.
func mayCompile(t *testing.T, said string) {
	t.Helper()
	if strings.Contains(said, "gives no namespaces") {
		t.Skip(said) // as in a container: what it says there is the test's only result
	}
}

// TestRunTriggers compiles data by programs of the cut: the same twice, nothing but what they are there for, told in the manifest.
func TestRunTriggers(t *testing.T) {
	u := newUser(t)
	sources := u.serve(compilerDebs(t, "words ")...)
	cut := []string{"cut", "--sources", sources, "--release", "none", "--run-triggers", "mecab-dic", "aspell-xx", "ghc"}
	code, said := u.whittle(append(cut, "--root", u.path("root"))...)
	mayCompile(t, said)
	if code != exitOK || strings.Contains(said, "not done") {
		t.Fatalf("ends with %d: %s", code, said)
	}
	for name, want := range map[string]string{
		"var/lib/mecab/dic/sys.dic": "words 315532801", "var/lib/mecab/dic/link": "words 315532801", "var/lib/mecab/dic/dicrc": "options\n",
		"var/lib/aspell/xx-a.rws": "dictionary of hello\n", "var/lib/ghc/package.conf.d/package.cache": "index",
	} {
		if got, err := os.ReadFile(u.path("root/" + name)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"usr/share/mecab/more", "etc/more", "tmp/more", "dev", "var/lib/ghc/package.conf.d/package.cache.lock"} {
		if _, err := os.Lstat(u.path("root/" + name)); err == nil {
			t.Errorf("%s is in the root", name)
		}
	}
	if why := u.does("why", u.path("root"), "/var/lib/mecab/dic/sys.dic"); !strings.Contains(why, "compiled by mecab-dict-index of the cut, as a script of package mecab-dic would") {
		t.Errorf("why says %s", why)
	}
	u.does("verify", u.path("root"))
	var tars [2][]byte
	for i := range tars {
		u.does(append(cut, "--output", u.path("cut.tar"))...)
		tars[i], _ = os.ReadFile(u.path("cut.tar"))
	}
	if len(tars[0]) == 0 || !bytes.Equal(tars[0], tars[1]) {
		t.Error("the same cut twice is not the same tar")
	}
}

// TestRunTriggersUnasked runs nothing without the flag, and says what was not compiled and how it would be: a condition on a helper
// that the cut itself left out hides nothing.
func TestRunTriggersUnasked(t *testing.T) {
	u := newUser(t)
	sources := u.serve(compilerDebs(t, "words")...)
	said := u.does("cut", "--sources", sources, "--release", "none", "--root", u.path("root"), "mecab-dic", "aspell-xx")
	for _, want := range []string{
		"aspell-xx postinst: update-dictcommon-aspell (perhaps): a program compiles data, and none is run unasked",
		"mecab-dic postinst: /usr/lib/mecab/mecab-dict-index -d /usr/share/mecab -o /var/lib/mecab/dic: a program compiles data, and none is run unasked",
		"--run-triggers compiles the data",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said: %s", want, said)
		}
	}
	if _, err := os.Lstat(u.path("root/var/lib/mecab/dic/sys.dic")); err == nil {
		t.Error("data was compiled unasked")
	}
}

// TestRunTriggersThatFail cuts without the data of a program that fails, and says why.
func TestRunTriggersThatFail(t *testing.T) {
	u := newUser(t)
	code, said := u.whittle("cut", "--sources", u.serve(compilerDebs(t, "broken")...), "--release", "none", "--run-triggers", "--root", u.path("root"), "mecab-dic")
	mayCompile(t, said)
	if code != exitOK || !strings.Contains(said, "mecab-dic postinst: /usr/lib/mecab/mecab-dict-index -d /usr/share/mecab -o /var/lib/mecab/dic: ") || !strings.Contains(said, "the words are broken") {
		t.Errorf("ends with %d: %s", code, said)
	}
}

// TestRunTriggersOfALink refuses a package that would have the sandbox mount something outside its root.
func TestRunTriggersOfALink(t *testing.T) {
	u := newUser(t)
	debs := compilerDebs(t, "words")
	debs[0].Files = append(debs[0].Files, slicertest.DebFile{Path: "var/lib/mecab/dic", Link: "/etc"})
	code, said := u.whittle("cut", "--sources", u.serve(debs...), "--release", "none", "--run-triggers", "--root", u.path("root"), "mecab-dic")
	if code != exitError || !strings.Contains(said, "/var/lib/mecab/dic") {
		t.Errorf("ends with %d: %s", code, said)
	}
}

// TestRunTriggersWithoutNamespaces says what to do where the user may make none, as in most containers.
func TestRunTriggersWithoutNamespaces(t *testing.T) {
	u := newUser(t)
	sources := u.serve(compilerDebs(t, "words")...)
	cmd := u.child(t.Context(), `exec unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh "$@"`,
		"cut", "--sources", sources, "--release", "none", "--run-triggers", "--root", u.path("root"), "mecab-dic")
	code, said := u.runs(cmd)
	if code != exitError || !strings.Contains(said, "gives no namespaces of one's own") || !strings.Contains(said, "leave out --run-triggers") {
		if strings.Contains(said, "unshare") {
			t.Skip(said) // none can be made here to forbid further ones in
		}
		t.Errorf("ends with %d: %s", code, said)
	}
	if _, err := os.Lstat(u.path("root")); err == nil {
		t.Error("a root was made")
	}
}

// TestRunTriggersElsewhere refuses what cannot run on this machine.
func TestRunTriggersElsewhere(t *testing.T) {
	u := newUser(t)
	other := otherArch()
	u.fails([]string{"cannot compile data for " + other, "this machine is " + machineArch()}, "cut", "--run-triggers", "--arch", other, "--root", u.path("root"), "x")
	u.fails([]string{"cannot compile data with --floor"}, "cut", "--run-triggers", "--floor", u.path("floor.json"), "--root", u.path("root"), "x")
}

// TestRunTriggersByVariable compiles wherever that can be done, and elsewhere cuts without the data and says why: a pipeline sets the
// variable for all of its cuts.
func TestRunTriggersByVariable(t *testing.T) {
	cut := func(u *user, debs []slicertest.Deb, args ...string) []string {
		return append([]string{"cut", "--sources", u.serve(debs...), "--release", "none", "--root", u.path("root"), "mecab-dic"}, args...)
	}
	u := newUser(t)
	args := cut(u, compilerDebs(t, "words"))
	u.env[runTriggers] = "1"
	said := u.does(args...)
	if !strings.Contains(said, "gives no namespaces") { // where it does, the line says why the data is not there
		if _, err := os.Stat(u.path("root/var/lib/mecab/dic/sys.dic")); err != nil || strings.Contains(said, "not done") {
			t.Errorf("%v: %s", err, said)
		}
	}

	u = newUser(t)
	args = cut(u, compilerDebs(t, "words"))
	u.env[runTriggers] = "1"
	code, said := u.runs(u.child(t.Context(), `exec unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh "$@"`, args...))
	if !strings.Contains(said, "unshare") && (code != exitOK || !strings.Contains(said, "gives no namespaces of one's own")) {
		t.Errorf("without namespaces: ends with %d: %s", code, said)
	}

	u = newUser(t)
	other, debs := otherArch(), compilerDebs(t, "words")
	for i := range debs {
		debs[i].Arch = other
	}
	u.env[runTriggers] = "1"
	said = u.does(cut(u, debs, "--arch", other)...)
	if !strings.Contains(said, "WHITTLE_RUN_TRIGGERS does not count for this cut: cannot compile data for "+other) {
		t.Errorf("for another architecture: %s", said)
	}

	u.env[runTriggers] = "0"
	if said = u.does(cut(u, compilerDebs(t, "words"))...); !strings.Contains(said, "--run-triggers compiles the data") {
		t.Errorf("switched off: %s", said)
	}
	u.env[runTriggers] = "please"
	u.fails([]string{`cannot use WHITTLE_RUN_TRIGGERS "please": it is 1 or 0`}, "cut", "--root", u.path("root"), "x")
}

// otherArch is an architecture that this machine is not of.
func otherArch() string {
	if machineArch() == "amd64" {
		return "arm64"
	}
	return "amd64"
}
