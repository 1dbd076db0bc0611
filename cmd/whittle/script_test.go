package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/tools/txtar"

	"whittle.dev/whittle/internal/sandbox"
	"whittle.dev/whittle/slicer/slicertest"
)

func TestMain(m *testing.M) {
	if code, is := sandbox.Inside(os.Args); is {
		os.Exit(code)
	}
	testscript.Main(m, map[string]func(){"whittle": measuredMain})
}

// TestScripts runs the scripts of testdata against whittle as a user starts it: command line, exit code, both outputs. A script
// finds the archive of its deb/ files, or of packages.archive where it has none, behind $WORK/test.sources; the same for arm64
// behind arm64.sources, and both behind both.sources; and that of its next/deb/ files, the archive of a later day, behind
// next.sources.
func TestScripts(t *testing.T) {
	key := slicertest.NewKey("test", slicertest.KeyOptions{})
	shared, err := txtar.ParseFile("testdata/packages.archive")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup:               func(e *testscript.Env) error { return setUp(e, shared, key) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "mkelf": makeELF, "mkpeek": makePeek, "same": same, "sums": listSums, "tree": listTree, "mkapp": makeApp,
		},
		Condition: condition,
	})
}

func setUp(e *testscript.Env, shared *txtar.Archive, key *slicertest.Key) error {
	e.Setenv("WHITTLE_CACHE", filepath.Join(e.WorkDir, "cache"))
	own, err := filesBelow(e.WorkDir)
	if err != nil {
		return err
	}
	text := own
	if _, err := os.Stat(filepath.Join(e.WorkDir, "deb")); err != nil {
		text = shared
		if err := writeRest(e.WorkDir, shared, key); err != nil {
			return err
		}
	}
	next := &txtar.Archive{}
	for _, f := range own.Files {
		if filepath.Base(f.Name) == "chisel.yaml" {
			if err := os.WriteFile(filepath.Join(e.WorkDir, f.Name), bytes.ReplaceAll(f.Data, []byte("TEST-KEY"), []byte(publicKey(key))), 0o644); err != nil {
				return err
			}
		}
		if name, ok := strings.CutPrefix(f.Name, "next/"); ok {
			next.Files = append(next.Files, txtar.File{Name: name, Data: f.Data})
		}
	}
	return errors.Join(
		writeArchive(e.WorkDir, "archive-next", "next.sources", slicertest.ArchiveOf(next, key)),
		writeArchive(e.WorkDir, "archive", "test.sources", slicertest.ArchiveOf(text, key)),
		writeArchive(e.WorkDir, "archive-arm64", "arm64.sources", slicertest.ArchiveOf(text, key), toARM),
		joinFiles(e.WorkDir, "both.sources", "test.sources", "arm64.sources"),
	)
}

// joinFiles writes a file of the texts of others, with an empty line between them.
func joinFiles(dir, name string, parts ...string) error {
	var text []byte
	for _, p := range parts {
		part, err := os.ReadFile(filepath.Join(dir, p))
		if err != nil {
			return err
		}
		text = append(append(text, part...), '\n')
	}
	return os.WriteFile(filepath.Join(dir, name), text, 0o644)
}

// filesBelow reads a script's files back, as testscript has written them.
func filesBelow(dir string) (*txtar.Archive, error) {
	a := &txtar.Archive{}
	fsys := os.DirFS(dir)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		a.Files = append(a.Files, txtar.File{Name: name, Data: data})
		return err
	})
	return a, err
}

// writeRest writes the shared files that are in no package, definitions and specs, and the release's chisel.yaml,
// which must have the key.
func writeRest(dir string, shared *txtar.Archive, key *slicertest.Key) error {
	config := "format: v1\nmaintenance: {standard: 2025-08-09, end-of-life: 2030-06-30}\n" +
		"archives: {debian: {version: 13, suites: [trixie], components: [main], public-keys: [test]}}\n" +
		"public-keys: {test: " + publicKey(key) + "}\n"
	files := append(slices.Clone(shared.Files), txtar.File{Name: "release/chisel.yaml", Data: []byte(config)})
	for _, f := range files {
		if strings.HasPrefix(f.Name, "deb/") {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, f.Data, 0o644)); err != nil {
			return err
		}
	}
	return nil
}

// publicKey is a key in the form of chisel.yaml. In a script's own chisel.yaml, TEST-KEY stands for it.
func publicKey(key *slicertest.Key) string {
	fingerprint := key.Fingerprint()
	return fmt.Sprintf("{id: %q, armor: %q}", fingerprint[len(fingerprint)-16:], key.Armored())
}

func writeArchive(dir, name, sources string, a slicertest.Archive, change ...func(*slicertest.Archive)) error {
	for _, c := range change {
		c(&a)
	}
	at := filepath.Join(dir, name)
	if err := a.WriteTo(at); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, sources), []byte(a.Sources("file://"+at)), 0o644)
}

// toARM turns an archive for amd64 into one for arm64: the machine of its ELF files and the loader's name.
func toARM(a *slicertest.Archive) {
	a.Arch = "arm64"
	for i := range a.Components["main"] {
		d := &a.Components["main"][i]
		d.Arch = "arm64"
		for j := range d.Files {
			f := &d.Files[j]
			f.Path = strings.NewReplacer("x86_64-linux-gnu", "aarch64-linux-gnu").Replace(f.Path)
			f.Body = armELF(f.Body)
		}
	}
}

func armELF(body []byte) []byte {
	if !bytes.HasPrefix(body, []byte("\x7fELF")) {
		return body
	}
	body = bytes.Clone(body)
	const machineAt, aarch64 = 18, 183
	binary.LittleEndian.PutUint16(body[machineAt:], aarch64)
	return body
}

// exits runs a command that must end with an exit code: exits CODE COMMAND ARG…
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// makeELF writes an ELF file that slicertest.ELFOf describes: mkelf PATH WORD…
func makeELF(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: mkelf PATH WORD…")
	}
	name := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(name), 0o755))
	ts.Check(os.WriteFile(name, slicertest.ELFOf(args[1:]...).Bytes(), 0o755))
}

// same compares the lines of two files that hold a digest: same FILE FILE
func same(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: same FILE FILE")
	}
	a, b := digestLine(ts, args[0]), digestLine(ts, args[1])
	if a != b {
		ts.Fatalf("%s has %q, %s has %q", args[0], a, args[1], b)
	}
}

func digestLine(ts *testscript.TestScript, name string) string {
	for line := range strings.Lines(ts.ReadFile(name)) {
		if strings.Contains(line, "sha256:") {
			return line
		}
	}
	ts.Fatalf("%s has no digest", name)
	return ""
}

// listTree prints what is below a directory, sorted. A line is "path kind mode", and of a link the target instead of
// the mode, which no system keeps for links.
func listTree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: tree DIR")
	}
	root := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		at, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		line, err := describeEntry(name, at, d)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(ts.Stdout(), line)
		return err
	}))
}

func describeEntry(name, at string, d fs.DirEntry) (string, error) {
	info, err := d.Info()
	if err != nil {
		return "", err
	}
	switch {
	case d.Type() == fs.ModeSymlink:
		to, err := os.Readlink(name)
		return at + " link -> " + to, err
	case d.IsDir():
		return fmt.Sprintf("%s dir %04o", at, info.Mode().Perm()), nil
	default:
		return fmt.Sprintf("%s file %04o", at, info.Mode().Perm()), nil
	}
}
