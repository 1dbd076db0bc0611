package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// layer is a tar of one file of so many bytes, two directories and a link.
func layer(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "d/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "d/file", Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(size)},
		{Name: "d/again", Typeflag: tar.TypeLink, Linkname: "d/file"},
	} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, h.Size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// saved is an image as docker save writes it. Every layer has another size: 1, 20, 300 … bytes; the third is compressed.
func saved(t *testing.T, label string, layers int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(name string, data []byte) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	var names, ids []string
	power := 1
	for i := range layers {
		data := layer(t, (i+1)*power)
		power *= 10
		if i == 2 {
			var z bytes.Buffer
			g := gzip.NewWriter(&z)
			if _, err := g.Write(data); err != nil || g.Close() != nil {
				t.Fatal(err)
			}
			data = z.Bytes()
		}
		names, ids = append(names, fmt.Sprintf("blobs/sha256/%d", i)), append(ids, fmt.Sprintf("sha256:%d", i))
		add(names[i], data)
	}
	config := map[string]any{
		"config": map[string]any{"Labels": map[string]string{"io.buildpacks.lifecycle.metadata": label}}, "rootfs": map[string]any{"diff_ids": ids},
	}
	for name, value := range map[string]any{"config.json": config, "manifest.json": []any{map[string]any{"Config": "config.json", "Layers": names}}} {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		add(name, data)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const label = `{"app":[{"sha":"sha256:5"}],"sbom":{"sha":"sha256:4"},"launcher":{"sha":"sha256:6"},"runImage":{"topLayer":"sha256:1"},
"buildpacks":[{"key":"whittle/whittle","layers":{"slices":{"sha":"sha256:2"},"packages":{"sha":"sha256:3"}}}]}`

func TestWeighTellsThePartsOfAnImage(t *testing.T) {
	image := saved(t, label, 7)
	got, err := weigh(bytes.NewReader(image), int64(len(image)))
	if err != nil {
		t.Fatal(err)
	}
	for what, row := range map[string][2]int64{
		"run image": {got.base.files, 21}, "Debian's slices": {got.debian.files, 50_300}, "app": {got.app.files, 604_000}, "launcher": {got.launcher.files, 7_000_000},
	} {
		if row[0] != row[1] {
			t.Errorf("%s: %d bytes, want %d", what, row[0], row[1])
		}
	}
	if got.own().packed <= 0 || got.launcher.packed <= 0 || got.launcher.packed >= got.launcher.files {
		t.Errorf("compressed layers weigh %+v", got)
	}
}

func TestWeighRefusesWhatItCannotTell(t *testing.T) {
	cut := saved(t, label, 7)
	for what, image := range map[string][]byte{
		"no run image":   saved(t, strings.Replace(label, `"sha256:1"`, `"sha256:9"`, 1), 7),
		"no label":       saved(t, "", 7),
		"no image":       []byte("text"),
		"half an image":  cut[:len(cut)/2],
		"empty archive":  make([]byte, 1024),
		"broken archive": bytes.Replace(cut, []byte("blobs/sha256/0"), []byte("blobs/sha256/x"), 1),
	} {
		if _, err := weigh(bytes.NewReader(image), int64(len(image))); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestLimits(t *testing.T) {
	r := result{sample: sample{name: "a", distroless: "base", most: 35}, parts: parts{base: weight{20e6, 1}, app: weight{10e6, 1}}, distroless: weight{50e6, 1}}
	if err := tooHeavy([]result{r}); err != nil {
		t.Error(err)
	}
	r.debian.files = 6e6
	if err := tooHeavy([]result{r}); err == nil || !strings.Contains(err.Error(), "a has 36.00 MB without the launcher, want ≤ 35 MB, 35.00 MB") {
		t.Error(err)
	}
	r.most = 0
	if err := tooHeavy([]result{r}); err != nil {
		t.Error(err)
	}
	r.distroless.files = 25e6
	if err := tooHeavy([]result{r}); err == nil || !strings.Contains(err.Error(), "want ≤ distroless base, 35.00 MB") {
		t.Error(err)
	}
	r.launcher.files, r.distroless.files = 100e6, 26e6
	if err := tooHeavy([]result{r}); err != nil {
		t.Errorf("the launcher counts: %v", err)
	}
}

func TestPageAndPlotShowEverySample(t *testing.T) {
	all := []result{
		{sample: sample{name: "one", distroless: "base", most: 35, goal: 28}, parts: parts{base: weight{20e6, 9e6}}, distroless: weight{50e6, 20e6}},
		{sample: sample{name: "two", distroless: "static"}, parts: parts{app: weight{5e6, 2e6}}, distroless: weight{2e6, 1e6}},
	}
	text, err := page(all, "2026-01-02")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| one | 20.00 |", "≤ 35 MB, goal 28 MB |", "| two | 0.00 |", "≤ distroless static |", "2026-01-02", "`cc`: `base` and libgomp1"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	d := xml.NewDecoder(bytes.NewReader(plot(all)))
	var words []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("the plot is no XML: %v", err)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			words = append(words, string(text))
		}
	}
	if got := strings.Join(words, "|"); !strings.Contains(got, "|one|whittle|20.0 MB|distroless|50.0 MB|two|whittle|5.0 MB|distroless|7.0 MB") {
		t.Errorf("the plot says %s", got)
	}
}

// TestPageOfTheDocsIsMadeHere: what somebody writes into the page itself is gone when it is made again.
func TestPageOfTheDocsIsMadeHere(t *testing.T) {
	page, err := os.ReadFile("../../docs/sizes.md")
	if err != nil {
		t.Fatal(err)
	}
	rest := string(page)
	for _, text := range regexp.MustCompile(`\{\{[^}]*\}\}`).Split(pageTemplate, -1) {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Fatalf("docs/sizes.md has not what the template has:\n%s", text)
		}
		rest = after
	}
	if rest != "" {
		t.Errorf("docs/sizes.md has what the template has not:\n%s", rest)
	}
}

func TestSamplesNameImagesOfDistroless(t *testing.T) {
	for _, s := range samples {
		if len(packages(s.distroless)) < 5 {
			t.Errorf("%s is held against %s, of which there are %d packages", s.name, s.distroless, len(packages(s.distroless)))
		}
	}
	if all := packages("cc"); all[0] != "base-files" || all[len(all)-1] != "gcc-14-base" {
		t.Errorf("cc is made of %q", all)
	}
}
