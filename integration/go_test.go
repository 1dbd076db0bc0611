//go:build integration

package integration

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// TestGoWeb builds a static program onto the run image without a C library.
func TestGoWeb(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-go-web", dir: "../samples/go-web", run: runStatic, fresh: true}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("run image: whittle.debian-13.static"))
	g.Expect(log).To(ContainSubstring("none: the run image has all that the app needs"))

	server := overTLS(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	write(t, ca, certificate(server))

	g.Expect(get(g, serve(t, p.name), "/time?tz=America/New_York")).To(ContainSubstring("2026-07-01T08:00:00-04:00"))
	t.Run("TLS client", func(t *testing.T) {
		g := NewWithT(t)
		newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", "--network", "host",
			"-e", "PORT=18917", "-e", "SSL_CERT_FILE=/ca.pem", "-v", ca+":/ca.pem:ro", p.name)
		g.Expect(get(g, "127.0.0.1:18917", "/fetch?url="+url.QueryEscape(server.URL))).To(Equal("over TLS"))
	})
	t.Run("size", func(t *testing.T) {
		g := NewWithT(t)
		all := files(t, p.name)
		rest := size(t, p.name) - all["/cnb/lifecycle/launcher"] - all[layers+"go/bin/go-web"]
		g.Expect(all[layers+"go/bin/go-web"]).To(BeNumerically(">", 1_000_000))
		g.Expect(rest).To(BeNumerically("<=", 950_000), "everything but the binary and the launcher")
	})
	t.Run("only what runs", func(t *testing.T) { onlyRuntime(t, p.name) })
	t.Run("without the launcher it is the binary and data", func(t *testing.T) {
		g := NewWithT(t)
		finished := pack{name: "it-go-web-finished"}
		finished.forget(t)
		command(t, "whittle", "image", "finish", "daemon:"+p.name, "--tag", finished.name)
		rest := int64(0)
		for name, n := range files(t, finished.name) {
			if name != layers+"go/bin/go-web" && name != "/etc/ssl/certs/ca-certificates.crt" && !strings.HasPrefix(name, layers+"slices/usr/share/zoneinfo/") {
				rest += n
			}
		}
		g.Expect(rest).To(BeNumerically("<=", 300_000), "more than a binary, certificates and time zones on nothing")
		g.Expect(get(g, serve(t, finished.name), "/time?tz=America/New_York")).To(ContainSubstring("2026-07-01T08:00:00-04:00"))
	})
	t.Run("phases by themselves make the same", func(t *testing.T) {
		g := NewWithT(t)
		q := p
		q.name, q.phases = "it-go-web-phases", true
		q.build(t)
		g.Expect(layerDigests(t, q.name)).To(Equal(layerDigests(t, p.name)))
		g.Expect(get(g, serve(t, q.name), "/time?tz=America/New_York")).To(ContainSubstring("2026-07-01T08:00:00-04:00"))
	})
	t.Run("rebuild is equal", func(t *testing.T) {
		g := NewWithT(t)
		before := layerDigests(t, p.name)
		again := p
		again.fresh, again.offline = false, true
		command(t, "pack", again.args(t)...)
		g.Expect(layerDigests(t, p.name)).To(Equal(before))
	})
}

// overTLS is a server with a certificate of its own authority. It answers "over TLS".
func overTLS(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("over TLS")) }))
	t.Cleanup(server.Close)
	return server
}

// certificate is a server's certificate in PEM.
func certificate(server *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

// TestDebianPrograms asks for git, ImageMagick with a font, and Ruby by name: they work unmodified, by name and by
// absolute path, with an empty environment.
func TestDebianPrograms(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-tools", dir: "testdata/tools", fresh: true}
	p.build(t)
	out := command(t, "docker", "run", "--rm", "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp", p.name)
	for _, want := range []string{
		"\ngit clone: content", "imagemagick: a PNG with text", "ruby: {\"sum\":6,\"tls\":true}", "shell: 42",
		"/usr/bin/git clone: content", "/usr/bin/imagemagick: a PNG with text", "/usr/bin/ruby: {\"sum\":6,\"tls\":true}", "/usr/bin/shell: 42",
	} {
		g.Expect("\n" + out).To(ContainSubstring(want))
	}
	g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
	g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "/usr/bin/convert")).To(ContainSubstring("alternative name"))
}
