//go:build integration

package integration

import (
	"fmt"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"
)

// TestClosedNetwork builds a Go app with its modules in vendor/, which links to a library of Debian, once with a network, and
// keeps what it took in a bundle. With the bundle and no network at all the same image is made. It trusts an authority that is
// bound to the container.
func TestClosedNetwork(t *testing.T) {
	g := NewWithT(t)
	dir := app(t, map[string]string{
		"go.mod":                            "module example.com/closed\n\ngo 1.24\n\nrequire example.com/fetch v1.0.0\n",
		"vendor/modules.txt":                "# example.com/fetch v1.0.0\n## explicit; go 1.24\nexample.com/fetch\n",
		"vendor/example.com/fetch/fetch.go": fetchPackage,
		"project.toml":                      "[dev.whittle.build]\npackages = [\"libsodium-dev\"]\n[dev.whittle.run]\nslices = [\"jq\"]\n",
		"main.go": `package main

// #cgo pkg-config: libsodium
// #include <sodium.h>
import "C"

import (
	"net/http"
	"os"

	"example.com/fetch"
)

func main() {
	http.HandleFunc("/version", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(C.GoString(C.sodium_version_string()))) })
	http.HandleFunc("/fetch", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(fetch.Get(r.FormValue("url")))) })
	panic(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}
`,
	})
	bundle := t.TempDir()
	g.Expect(os.Chmod(bundle, 0o777)).To(Succeed())
	launch := "BP_ENABLE_RUNTIME_CERT_BINDING=true"
	p := pack{name: "it-closed", dir: dir, fresh: true, volumes: []string{bundle + ":/bundle:rw"}, env: []string{"BP_WHITTLE_SAVE_BUNDLE=/bundle/app.bundle.tar", launch}}
	g.Expect(p.build(t)).To(ContainSubstring("bundle of the packages: /bundle/app.bundle.tar"))

	offline := pack{name: "it-closed-offline", dir: dir, fresh: true, offline: true, env: []string{launch}}
	g.Expect(offline.fail(t)).To(And(ContainSubstring("the archive of Debian packages cannot be reached"), ContainSubstring("a bundle (type whittle-bundle)")))
	write(t, filepath.Join(bundle, "type"), "whittle-bundle")
	offline.volumes = []string{bundle + ":/platform/bindings/debian:ro"}
	g.Expect(offline.build(t)).To(ContainSubstring("Debian packages: those of the bundle in binding debian, without a network"))
	g.Expect(layerDigests(t, offline.name)).To(Equal(layerDigests(t, p.name)))
	g.Expect(get(g, serve(t, offline.name), "/version")).To(MatchRegexp(`^1\.0\.\d+$`))
	g.Expect(command(t, "docker", "run", "--rm", "--network", "none", "--entrypoint", "jq", offline.name, "-n", "40 + 2")).To(Equal("42\n"))

	server := overTLS(t)
	authority := t.TempDir()
	write(t, filepath.Join(authority, "ca", "type"), "ca-certificates")
	write(t, filepath.Join(authority, "ca", "ca.pem"), certificate(server))
	g.Expect(os.Chmod(authority, 0o755)).To(Succeed())
	for port, row := range map[string]struct {
		args []string
		want string
	}{
		"18921": {nil, "certificate signed by unknown authority"},
		"18922": {[]string{"-e", "SERVICE_BINDING_ROOT=/bindings", "-v", authority + ":/bindings:ro"}, "over TLS"},
	} {
		args := append([]string{"run", "-d", "--read-only", "--cap-drop", "ALL", "--network", "host", "-e", "PORT=" + port}, row.args...)
		newContainer(t, append(args, offline.name)...)
		g.Expect(get(g, "127.0.0.1:"+port, "/fetch?url="+url.QueryEscape(server.URL))).To(ContainSubstring(row.want))
	}
}

const fetchPackage = `// Package fetch gets what is at an address.
package fetch

import (
	"io"
	"net/http"
)

func Get(url string) string {
	response, err := http.Get(url)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
`

// TestMirrorBehindAProxy has Debian's packages come from a mirror that only a proxy can reach, as apt sources in a binding say.
func TestMirrorBehindAProxy(t *testing.T) {
	g := NewWithT(t)
	text, err := os.ReadFile(debianSources(t))
	g.Expect(err).NotTo(HaveOccurred())
	real := map[string]string{} // of the names that only the proxy knows
	sources := regexp.MustCompile(`(?m)^URIs: (.*)$`).ReplaceAllStringFunc(string(text), func(line string) string {
		name := fmt.Sprintf("mirror%d.example", len(real))
		real[name] = strings.TrimSuffix(strings.TrimPrefix(line, "URIs: "), "/")
		return "URIs: http://" + name
	})
	var served atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		if to, err := url.Parse(real[r.In.URL.Hostname()]); err == nil && to.Host != "" {
			served.Add(1)
			r.Out.URL, r.Out.Host = to.JoinPath(r.In.URL.Path), to.Host
		}
	}})
	t.Cleanup(proxy.Close)

	mirror := t.TempDir()
	write(t, filepath.Join(mirror, "type"), "apt")
	write(t, filepath.Join(mirror, "our.sources"), sources)
	g.Expect(os.Chmod(mirror, 0o755)).To(Succeed())
	p := pack{
		name: "it-mirror", dir: app(t, map[string]string{"Procfile": "web: jq -n '40 + 2'\n", "project.toml": "[dev.whittle.run]\nslices = [\"jq\"]\n"}), fresh: true,
		volumes: []string{mirror + ":/platform/bindings/mirror:ro"}, env: []string{"HTTP_PROXY=" + proxy.URL, "http_proxy=" + proxy.URL},
	}
	g.Expect(p.build(t)).To(ContainSubstring("Debian packages: by the apt sources of binding mirror"))
	g.Expect(served.Load()).To(BeNumerically(">", 3))
	g.Expect(command(t, "docker", "run", "--rm", p.name)).To(Equal("42\n"))
}
