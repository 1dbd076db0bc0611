package release

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestReleases holds each archive of testdata against what it says: the files of a release go in, and "want" is the
// first error, or the warnings and the selections that "select" asks for ("amd64 git_bins curl_bins", a line each).
// Where there is no chisel.yaml, one of format v3 stands in; @KEYS@ in it is a map with the public key "test".
func TestReleases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("cannot find tests: %v", err)
	}
	keys := publicKeys(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			release := fstest.MapFS{
				"slices":      {Mode: fs.ModeDir | 0o755},
				"chisel.yaml": {Data: []byte(config("v3", keys))},
			}
			var questions, want string
			for _, f := range archive.Files {
				switch f.Name {
				case "select":
					questions = string(f.Data)
				case "want":
					want = string(f.Data)
				case "chisel.yaml":
					text := strings.TrimSpace(string(f.Data))
					if format, ok := strings.CutPrefix(text, "format "); ok {
						text = config(format, keys)
					}
					release[f.Name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, "@KEYS@", keys))}
				default:
					release[f.Name] = &fstest.MapFile{Data: f.Data}
				}
			}
			if diff := cmp.Diff(want, answer(release, questions)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func config(format, keys string) string {
	return "format: " + format + `
maintenance: {standard: 2025-08-09, end-of-life: 2030-06-30}
archives:
  debian: {version: "13", suites: [trixie], components: [main], public-keys: [test]}
public-keys: ` + keys
}

// answer reads and validates the release and answers the questions.
func answer(fsys fs.FS, questions string) string {
	var out strings.Builder
	r, err := Read(fsys)
	if err == nil {
		err = r.Validate()
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	for _, w := range r.Warnings {
		fmt.Fprintln(&out, "warning:", w)
	}
	for line := range strings.Lines(questions) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "archives":
			for _, name := range slices.Sorted(maps.Keys(r.Archives)) {
				fmt.Fprintln(&out, name, r.Archives[name].Priority)
			}
		default:
			fmt.Fprint(&out, selection(r, words[0], words[1:]))
		}
	}
	return out.String()
}

func selection(r *Release, arch string, names []string) string {
	var keys []Key
	for _, name := range names {
		k, err := ParseKey(name)
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		keys = append(keys, k)
	}
	selected, err := r.Select(keys, arch)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var out strings.Builder
	for _, s := range selected {
		fmt.Fprintf(&out, "%s\n", s)
		for _, path := range slices.Sorted(maps.Keys(s.Contents)) {
			p := s.Contents[path]
			if !onArch(p.Arch, arch) || r.Yields(s, path, selected) {
				continue
			}
			fmt.Fprintf(&out, "  %s %s", p.Kind, path)
			if p.Info != "" {
				fmt.Fprintf(&out, " %q", p.Info)
			}
			if p.Mode != 0 {
				fmt.Fprintf(&out, " %#o", p.Mode)
			}
			if p.Mutable {
				fmt.Fprint(&out, " mutable")
			}
			if p.Until != "" {
				fmt.Fprint(&out, " until "+p.Until)
			}
			fmt.Fprintln(&out)
		}
	}
	return out.String()
}

// publicKeys makes a key and returns it as the YAML map public-keys.
func publicKeys(t *testing.T) string {
	t.Helper()
	e, err := openpgp.NewEntity("test", "", "test@example.org", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	w, err := armor.Encode(&text, openpgp.PublicKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Serialize(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("{test: {id: %s, armor: %q}}\n", e.PrimaryKey.KeyIdString(), text.String())
}
