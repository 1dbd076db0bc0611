//go:build integration

package integration

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	containers "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	. "github.com/onsi/gomega"
)

// faulty is a registry that fails now and then, as registries under load and networks do. Of each request it is decided by
// a seed what happens; the registry behind it is whole.
type faulty struct {
	inner http.Handler

	mu    sync.Mutex
	dice  *rand.Rand
	rate  float64        // of requests that fail
	count map[string]int // of faults, by what they are
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch f.choose(r) {
	case "503":
		http.Error(w, "come again", http.StatusServiceUnavailable)
	case "429":
		w.Header().Set("Retry-After", "0")
		http.Error(w, "too many", http.StatusTooManyRequests)
	case "500 after it was done":
		f.inner.ServeHTTP(httptest.NewRecorder(), r)
		http.Error(w, "lost", http.StatusInternalServerError)
	case "cut off":
		panic(http.ErrAbortHandler)
	case "half an answer":
		answer := httptest.NewRecorder()
		f.inner.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		w.Header().Set("Content-Length", fmt.Sprint(answer.Body.Len()))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
		panic(http.ErrAbortHandler)
	case "other bytes":
		answer := httptest.NewRecorder()
		f.inner.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(bytes.Repeat([]byte{'x'}, answer.Body.Len()))
	default:
		f.inner.ServeHTTP(w, r)
	}
}

// choose says what goes wrong with a request; nothing if empty. Answers are spoiled where there is one.
func (f *faulty) choose(r *http.Request) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	kinds := []string{"503", "429", "500 after it was done", "cut off"}
	if r.Method == http.MethodGet && r.URL.Path != "/v2/" {
		kinds = append(kinds, "half an answer", "other bytes")
	}
	if f.dice.Float64() >= f.rate {
		return ""
	}
	kind := kinds[f.dice.IntN(len(kinds))]
	f.count[kind]++
	return kind
}

// TestRebaseOfFiftyAppsThroughFaults rebases 50 apps, one after the other, in a registry that fails at random, as a nightly
// job does: each is tried until it succeeds. After every try, failed or not, the tag has an image that is whole, on the old
// run image or the new one; in the end all are on the new one, with the layers that they had. All are compared by digest and
// layers, and three of them are run.
func TestRebaseOfFiftyAppsThroughFaults(t *testing.T) {
	g := NewWithT(t)
	const count = 50
	inner := containers.New(containers.Logger(log.New(io.Discard, "", 0)))
	sound := httptest.NewServer(inner)
	t.Cleanup(sound.Close)
	faults := &faulty{inner: inner, dice: rand.New(rand.NewPCG(15, 50)), count: map[string]int{}}
	failing := httptest.NewUnstartedServer(faults)
	failing.Config.ErrorLog = log.New(io.Discard, "", 0)
	failing.Start()
	t.Cleanup(failing.Close)
	at, through := strings.TrimPrefix(sound.URL, "http://"), strings.TrimPrefix(failing.URL, "http://")

	run := "/run:static"
	pushAs(t, runStatic, at+run)
	p := pack{name: through + "/app", dir: smallApp(t, "go"), run: through + run}
	p.forget(t)
	command(t, "pack", append(p.args(t), "--publish")...)
	apps := manyApps(t, at, fetched(t, at+"/app"), count)
	old := fetched(t, at+run)
	publishUpdate(t, at+run)
	fresh := fetched(t, at+run)

	faults.rate = 0.05
	tries := 0
	for _, ref := range slices.Sorted(maps.Keys(apps)) {
		layers := apps[ref]
		for done := false; !done; {
			if tries++; tries > 10*count {
				t.Fatalf("%d tries: %v", tries, faults.count)
			}
			_, err := attempt(t, "pack", "rebase", through+ref, "--publish", "--pull-policy", "always")
			done = err == nil
			base, now := old, fetched(t, at+ref)
			if done || onRun(layersOf(t, now), layersOf(t, fresh)) {
				base = fresh
			}
			g.Expect(above(t, now, base)).To(Equal(layers), ref)
			whole(t, now)
		}
	}
	t.Logf("%d apps rebased in %d tries; what went wrong: %v", count, tries, faults.count)
	g.Expect(tries).To(BeNumerically(">", count), "nothing failed: the test sees nothing")
	names := slices.Sorted(maps.Keys(apps))[:3]
	for _, ref := range names {
		pullFrom()(t, at+ref)
		answers(t, at+ref, hello)
	}
	t.Run("the script of docs/operators.md", func(t *testing.T) {
		g := NewWithT(t)
		dir := t.TempDir()
		write(t, filepath.Join(dir, "apps.txt"), at+strings.Join(names, "\n"+at)+"\n")
		write(t, filepath.Join(dir, "nightly.sh"), nightly(t, at+run))
		out := command(t, "env", "-C", dir, "bash", "-eu", "nightly.sh")
		g.Expect(strings.Count(out, "can be rebased")).To(Equal(len(names)), out)
		for _, ref := range names {
			g.Expect(above(t, fetched(t, at+ref), fetched(t, at+run))).To(Equal(apps[ref]), ref)
			pullFrom()(t, at+ref)
			g.Expect(files(t, at+ref)).NotTo(HaveKey(update), "the script's run image has no update")
		}
	})
}

// nightly is the script that docs/operators.md has for every night, for the tests' run image and from the tests' archive.
func nightly(t *testing.T, run string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/operators.md")
	if err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(string(text), "```sh\n")
	script, _, _ = strings.Cut(script, "```")
	for _, change := range [][2]string{{"registry.example.com/whittle/run:debian-13-static", run}, {"debian-13/static ", "debian-13/static --sources " + debianSources(t) + " "}} {
		if strings.Count(script, change[0]) != 1 {
			t.Fatalf("the script does not have %q once:\n%s", change[0], script)
		}
		script = strings.Replace(script, change[0], change[1], 1)
	}
	return script
}

// manyApps makes apps of one: each has a layer of its own at the place of the app's. They are listed by name with
// their layers above the run image.
func manyApps(t *testing.T, at string, img v1.Image, count int) map[string][]string {
	t.Helper()
	apps := map[string][]string{}
	for i := range count {
		ref := fmt.Sprintf("/app-%02d:1", i)
		mine, err := withLayer(img, "workspace/number", fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		publish(t, at+ref, mine)
		apps[ref] = above(t, mine, fetched(t, at+"/run:static"))
	}
	return apps
}

// whole reads every layer of an image, and has its digest compared.
func whole(t *testing.T, img v1.Image) {
	t.Helper()
	if err := validate.Image(img); err != nil {
		t.Errorf("the image is broken: %v", err)
	}
}
