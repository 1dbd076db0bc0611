package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/tools/txtar"
)

// A fault answers requests in place of the registry; it returns false for those that it leaves to it.
type fault func(w http.ResponseWriter, r *http.Request) bool

// A faultyRegistry is a registry that has a fault while one is set.
type faultyRegistry struct {
	host  string
	fault atomic.Pointer[fault]
}

func newFaultyRegistry(t *testing.T) *faultyRegistry {
	t.Helper()
	whole := registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(true))
	f := &faultyRegistry{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if now := f.fault.Load(); now == nil || !(*now)(w, r) {
			whole.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	f.host = strings.TrimPrefix(s.URL, "http://")
	return f
}

// with runs do while the registry has a fault.
func (f *faultyRegistry) with(now fault, do func()) {
	f.fault.Store(&now)
	defer f.fault.Store(nil)
	do()
}

func (f *faultyRegistry) digest(t *testing.T, ref string) string {
	t.Helper()
	d, err := remote.Head(reference(t, ref))
	if err != nil {
		t.Fatal(err)
	}
	return d.Digest.String()
}

func reference(t *testing.T, ref string) name.Reference {
	t.Helper()
	n, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// status answers requests of a method, to paths with a part, by a status.
func status(method, part string, code int) fault {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !strings.Contains(r.URL.Path, part) {
			return false
		}
		w.WriteHeader(code)
		return true
	}
}

// hangUp ends the connection in the middle of a request.
func hangUp(method, part string) fault {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !strings.Contains(r.URL.Path, part) {
			return false
		}
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		c.Close()
		return true
	}
}

// buildInto makes a run image for two architectures of the scripts' archive, and returns the command line.
func buildInto(t *testing.T, u *user, ref string) []string {
	t.Helper()
	key := testKey()
	text, err := txtar.ParseFile("testdata/packages.archive")
	if err != nil {
		t.Fatal(err)
	}
	if err := writeRest(u.dir, text, key); err != nil {
		t.Fatal(err)
	}
	a := shop(t, key)
	if err := writeArchive(u.dir, "archive", "test.sources", a); err != nil {
		t.Fatal(err)
	}
	if err := writeArchive(u.dir, "archive-arm64", "arm64.sources", shop(t, key), toARM); err != nil {
		t.Fatal(err)
	}
	if err := joinFiles(u.dir, "both.sources", "test.sources", "arm64.sources"); err != nil {
		t.Fatal(err)
	}
	return []string{
		"image", "build", u.path("release/run/small.yaml"), "--sources", u.path("both.sources"), "--arch", "amd64,arm64",
		"--output", "registry", "--tag", ref,
	}
}

// TestRegistryHoldsImagesOfTwoArchitecturesAndTheirSBOMs looks at what a push leaves in the registry.
func TestRegistryHoldsImagesOfTwoArchitecturesAndTheirSBOMs(t *testing.T) {
	reg, u := newFaultyRegistry(t), newUser(t)
	ref := reg.host + "/run:small"
	build := buildInto(t, u, ref)
	u.does(build...)
	first := reg.digest(t, ref)
	index, err := remote.Index(reference(t, ref))
	if err != nil {
		t.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Manifests) != 2 {
		t.Fatalf("the index names %d images, want 2", len(m.Manifests))
	}
	for i, arch := range []string{"amd64", "arm64"} {
		d := m.Manifests[i]
		if d.Platform == nil || d.Platform.Architecture != arch || d.Platform.OS != "linux" {
			t.Errorf("image %d is for %v, want linux/%s", i, d.Platform, arch)
		}
		checkSBOM(t, reference(t, ref).Context().Digest(d.Digest.String()), arch)
		if said := u.does("verify", "--arch", arch, "registry:"+ref); !strings.Contains(said, "complete") {
			t.Errorf("verify says of the image for %s:\n%s", arch, said)
		}
	}
	u.does(append(build, "--cache", u.path("another"))...)
	if again := reg.digest(t, ref); again != first {
		t.Errorf("the image has digest %s, and %s when it is made again", first, again)
	}
}

func checkSBOM(t *testing.T, of name.Digest, arch string) {
	t.Helper()
	index, err := remote.Referrers(of)
	if err != nil {
		t.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Manifests) != 1 {
		t.Fatalf("to %s refer %+v, want one SBOM", of, m.Manifests)
	}
	artifact, err := remote.Image(of.Context().Digest(m.Manifests[0].Digest.String()))
	if err != nil {
		t.Fatal(err)
	}
	is, err := artifact.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if is.ArtifactType != "application/vnd.cyclonedx+json" || is.Subject.Digest.String() != of.DigestStr() {
		t.Errorf("to %s refers a %s of %v", of, is.ArtifactType, is.Subject)
	}
	layers, err := artifact.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("the SBOM has %d layers, want one: %v", len(layers), err)
	}
	r, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		BomFormat  string
		Components []struct{ Name, PURL string }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	if document.BomFormat != "CycloneDX" || !bytes.Contains(text, []byte("pkg:deb/debian/libc6@2.41?arch="+arch)) {
		t.Errorf("the SBOM for %s is %s", arch, text)
	}
}

// TestFailedPushLeavesTheOldImage builds into registries with faults: an error that names the fault, and the tag as it was.
func TestFailedPushLeavesTheOldImage(t *testing.T) {
	// A connection that is hung up is an error of the reader or of the writer, whoever sees it first.
	for what, c := range map[string]struct {
		now  fault
		want []string
	}{
		"log in":                     {status("GET", "/v2/", http.StatusUnauthorized), []string{"401", "next: log in to the registry"}},
		"may not push":               {status("POST", "/blobs/uploads/", http.StatusForbidden), []string{"403", "next: log in to the registry"}},
		"a limit":                    {status("POST", "/blobs/uploads/", http.StatusTooManyRequests), []string{"429", "next: the registry limits how often it is asked"}},
		"a fault with a blob":        {status("PUT", "/blobs/uploads/", http.StatusInternalServerError), []string{"500", "next: the registry has a fault of its own"}},
		"a fault with the index":     {status("PUT", "/manifests/", http.StatusInternalServerError), []string{"500", "next: the registry has a fault of its own"}},
		"no tag":                     {status("PUT", "/manifests/small", http.StatusInternalServerError), []string{"500"}},
		"it hangs up at a blob":      {hangUp("PATCH", "/blobs/uploads/"), []string{"Patch "}},
		"it hangs up at a manifest":  {hangUp("PUT", "/manifests/"), []string{"Put "}},
		"a manifest is not accepted": {status("PUT", "/manifests/sha256:", http.StatusBadRequest), []string{"400"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel() // the client tries again, and waits
			reg, u := newFaultyRegistry(t), newUser(t)
			ref := reg.host + "/run:small"
			build := buildInto(t, u, ref)
			old := mutate.MediaType(mutate.ConfigMediaType(empty.Image, types.OCIConfigJSON), types.OCIManifestSchema1)
			if err := remote.Write(reference(t, ref), old); err != nil {
				t.Fatal(err)
			}
			before := reg.digest(t, ref)
			reg.with(c.now, func() { u.fails(append(c.want, "whittle: cannot push "+ref), build...) })
			if after := reg.digest(t, ref); after != before {
				t.Errorf("the registry has %s under the tag, and had %s", after, before)
			}
			u.does(build...)
			if reg.digest(t, ref) == before {
				t.Error("the registry has the old image when it has no fault")
			}
		})
	}
}

// TestRegistryIsDown asks a registry that nobody answers for.
func TestRegistryIsDown(t *testing.T) {
	s := httptest.NewServer(nil)
	ref := strings.TrimPrefix(s.URL, "http://") + "/run:small"
	s.Close()
	u := newUser(t)
	u.fails([]string{"cannot push " + ref, "connection refused", "next: check the network"}, buildInto(t, u, ref)...)
	u.fails([]string{"cannot open image registry:" + ref, "connection refused", "next: check the network"}, "image", "check", "registry:"+ref)
}

// TestBrokenImagesOfRegistries reads images that are not what they are said to be.
func TestBrokenImagesOfRegistries(t *testing.T) {
	reg, u := newFaultyRegistry(t), newUser(t)
	ref := reg.host + "/run:small"
	u.does(buildInto(t, u, ref)...)
	for what, c := range map[string]struct {
		now  fault
		want []string
	}{
		"a blob is cut short":  {changed("/blobs/", func(b []byte) []byte { return b[:len(b)/2] }), []string{"cannot open image"}},
		"a blob is another":    {changed("/blobs/", func(b []byte) []byte { return append(b[:len(b)-1:len(b)-1], b[len(b)-1]^1) }), []string{"cannot open image"}},
		"a manifest is others": {changed("/manifests/sha256:", func([]byte) []byte { return []byte(`{"schemaVersion":2}`) }), []string{"cannot open image"}},
		"it is not there":      {status("GET", "/manifests/small", http.StatusNotFound), []string{"404", "next: look at the name and the tag"}},
		"a limit":              {status("GET", "/manifests/", http.StatusTooManyRequests), []string{"429", "next: the registry limits"}},
	} {
		t.Run(what, func(t *testing.T) {
			u.t = t
			reg.with(c.now, func() { u.fails(c.want, "image", "check", "--arch", "amd64", "registry:"+ref) })
		})
	}
	u.t = t
	u.fails([]string{"it has no image for riscv64, only linux/amd64, linux/arm64"}, "image", "diff", "--arch", "riscv64", "registry:"+ref, "registry:"+ref)
}

// changed changes the body of the answers to paths with a part.
func changed(part string, how func([]byte) []byte) fault {
	whole := http.Client{}
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, part) || r.Header.Get("Whole") != "" {
			return false
		}
		again, err := http.NewRequestWithContext(r.Context(), r.Method, "http://"+r.Host+r.URL.Path, nil)
		if err != nil {
			panic(err)
		}
		again.Header.Set("Whole", "yes")
		answer, err := whole.Do(again)
		if err != nil {
			panic(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
		if _, err := w.Write(how(body)); err != nil {
			panic(err)
		}
		return true
	}
}

// TestForeignImagesOfRegistries reads what is no run image of whittle's, and says so.
func TestForeignImagesOfRegistries(t *testing.T) {
	reg, u := newFaultyRegistry(t), newUser(t)
	push := func(tag string, img v1.Image) string {
		ref := reg.host + "/other:" + tag
		if err := remote.Write(reference(t, ref), img); err != nil {
			t.Fatal(err)
		}
		return "registry:" + ref
	}
	foreign, err := mutate.Append(empty.Image, mutate.Addendum{Layer: static.NewLayer([]byte("wasm"), "application/vnd.wasm.content.layer.v1+wasm")})
	if err != nil {
		t.Fatal(err)
	}
	u.fails([]string{"cannot open image"}, "image", "check", "--arch", "amd64", push("wasm", foreign))
	u.fails([]string{"cannot tell what run image", "it has no label io.buildpacks.base.id"}, "image", "check", "--arch", "amd64", push("empty", empty.Image))
	labelled, err := mutate.Config(empty.Image, v1.Config{Labels: map[string]string{"io.buildpacks.base.id": "io.example.base"}})
	if err != nil {
		t.Fatal(err)
	}
	u.fails([]string{"cannot tell what run image", "no whittle manifest"}, "image", "check", "--arch", "amd64", push("labelled", labelled))
}

// TestImageWithoutHistory checks an image that tells nothing of how it was made: what it has stands in its layers.
func TestImageWithoutHistory(t *testing.T) {
	reg, u := newFaultyRegistry(t), newUser(t)
	u.does(append(buildInto(t, u, reg.host+"/run:small"), "--promise")...)
	index, err := remote.Index(reference(t, reg.host+"/run:small"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	img, err := index.Image(m.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	config, err := partial.ConfigFile(img)
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.History = nil
	bare, err := mutate.ConfigFile(img, config)
	if err != nil {
		t.Fatal(err)
	}
	ref := reg.host + "/run:bare"
	if err := remote.Write(reference(t, ref), bare); err != nil {
		t.Fatal(err)
	}
	promise := filepath.Join(u.dir, "release/run/promises/whittle.test.small.amd64.json")
	if said := u.does("image", "check", "--arch", "amd64", "--promise", promise, "registry:"+ref); !strings.Contains(said, "has all that is promised of whittle.test.small") {
		t.Errorf("check says:\n%s", said)
	}
}
