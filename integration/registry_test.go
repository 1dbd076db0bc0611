//go:build integration

package integration

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	containers "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	. "github.com/onsi/gomega"
)

// testRegistry is the registry that scripts/integration.sh starts.
func testRegistry(t *testing.T) string {
	t.Helper()
	address := os.Getenv("WHITTLE_REGISTRY")
	if address == "" {
		t.Fatal("WHITTLE_REGISTRY is not set: scripts/integration.sh sets it")
	}
	return address
}

// pushAs pushes an image of the daemon to a registry under another name; options are docker's.
func pushAs(t *testing.T, image, ref string, options ...string) {
	t.Helper()
	command(t, "docker", "tag", image, ref)
	removeImages(t, ref)
	command(t, "docker", append(options, "push", "-q", ref)...)
}

// fetched is an image of a registry.
func fetched(t *testing.T, ref string, options ...remote.Option) v1.Image {
	t.Helper()
	r, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	img, err := remote.Image(r, options...)
	if err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	return img
}

// digestOf names an image of a registry by its digest.
func digestOf(t *testing.T, ref string) string {
	t.Helper()
	d, err := fetched(t, ref).Digest()
	if err != nil {
		t.Fatal(err)
	}
	r, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	return r.Context().Digest(d.String()).String()
}

// update is the path of what a newer run image of the tests has beside what the older one has.
const update = "/whittle-test-update"

// publishUpdate gives a tag of a registry to a newer run image: the one that has it, and a layer.
func publishUpdate(t *testing.T, ref string, options ...remote.Option) {
	t.Helper()
	img, err := withLayer(fetched(t, ref, options...), strings.TrimPrefix(update, "/"), time.Now().String())
	if err != nil {
		t.Fatal(err)
	}
	publish(t, ref, img, options...)
}

func publish(t *testing.T, ref string, img v1.Image, options ...remote.Option) {
	t.Helper()
	r, err := name.ParseReference(ref)
	if err == nil {
		err = remote.Write(r, img, options...)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// withLayer is an image with one more layer, which has one file.
func withLayer(img v1.Image, file, text string) (v1.Image, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		return nil, err
	}
	return mutate.Append(img, mutate.Addendum{Layer: layer, History: v1.History{CreatedBy: "test: " + file}})
}

// layersOf are the diffIDs of an image of a registry, the lowest first.
func layersOf(t *testing.T, img v1.Image) (ids []string) {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range config.RootFS.DiffIDs {
		ids = append(ids, id.String())
	}
	return ids
}

// above are the layers of an app's image that its run image does not have; the test fails where it is not on that.
func above(t *testing.T, app, run v1.Image) []string {
	t.Helper()
	base, all := layersOf(t, run), layersOf(t, app)
	if !onRun(all, base) {
		t.Fatalf("an image with layers %v is not on the run image with %v", all, base)
	}
	return all[len(base):]
}

// onRun tells whether an app's image is on a run image, by the layers of both.
func onRun(app, run []string) bool {
	return len(app) > len(run) && slices.Equal(app[:len(run)], run)
}

// listenAs starts an image as OpenShift would: as a user that no image knows, of group 0, on a read-only root, and with a
// port of the platform's choice. It returns the address.
func listenAs(t *testing.T, image string) string {
	t.Helper()
	return serveAt(t, "9191", image, "--user", "1000680000:0", "--env", "PORT=9191")
}

// answers starts an image of the daemon and asks it.
func answers(t *testing.T, image, want string) {
	t.Helper()
	NewWithT(t).ExpectWithOffset(1, get(NewWithT(t), listenAs(t, image), "/")).To(Equal(want), image)
}

// secured is a registry that has a certificate of an authority of its own, and asks for credentials.
type secured struct {
	address string
	bundle  string // this machine's certificates, and the registry's
	config  string // folder of docker's config.json, with the credentials
	options []remote.Option
}

func secureRegistry(t *testing.T) secured {
	t.Helper()
	const user, password = "robot", "a secret"
	inner := containers.New(containers.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s := secured{address: strings.TrimPrefix(server.URL, "https://"), config: t.TempDir()}
	s.options = []remote.Option{remote.WithTransport(server.Client().Transport), remote.WithAuth(&authn.Basic{Username: user, Password: password})}
	system, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Fatal(err)
	}
	s.bundle = filepath.Join(s.config, "bundle.crt")
	write(t, s.bundle, string(system)+certificate(server))
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	write(t, filepath.Join(s.config, "config.json"), fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, s.address, auth))
	return s
}

// env is what programs of this machine need to go there.
func (s secured) env() []string {
	return []string{"SSL_CERT_FILE=" + s.bundle, "DOCKER_CONFIG=" + s.config}
}

func (s secured) place() place {
	return place{
		run: func(t *testing.T, variant string) string {
			run := s.address + "/run:" + variant
			pushAs(t, "whittle/run:debian-13-"+variant, run, "--config", s.config)
			return run
		},
		update: func(t *testing.T, run string) { publishUpdate(t, run, s.options...) },
		pull:   pullFrom("--config", s.config),
		verify: "registry:",
		env:    s.env(),
	}
}
