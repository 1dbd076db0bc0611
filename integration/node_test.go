//go:build integration

package integration

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// registry hands the machine's npm registry to a build, where its npm names one: the build image knows npm's own default.
func registry(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("npm", "config", "get", "registry").Output()
	if address := strings.TrimSpace(string(out)); err == nil && strings.HasPrefix(address, "http") {
		return []string{"NPM_CONFIG_REGISTRY=" + address}
	}
	return nil
}

// onlyNode checks what an image for Node.js must not have.
func onlyNode(t *testing.T, image string) {
	t.Helper()
	g := NewWithT(t)
	onlyRuntime(t, image)
	for path := range files(t, image) {
		dir, base := filepath.Base(filepath.Dir(path)), filepath.Base(path)
		for _, never := range []string{"npm", "npx", "yarn", "pnpm", "corepack", "node-gyp", "tsc"} {
			g.Expect(base == never && (dir == "bin" || dir == ".bin")).To(BeFalse(), path)
		}
		g.Expect(base).NotTo(Or(Equal(".npmrc"), Equal("binding.gyp"), Equal(".package-lock.json"), Equal("node_gyp_bins")), path)
		g.Expect(path).NotTo(Or(HaveSuffix(".cc"), HaveSuffix(".o"), ContainSubstring("/include/node/"), ContainSubstring("/.cache/")), path)
	}
}

// asks runs an image as a platform that trusts nobody does, as any user.
func asks(t *testing.T, image string) string {
	t.Helper()
	return get(NewWithT(t), serve(t, image, "--user", "12345:0"), "/")
}

// TestNodeWeb is the common case: TypeScript that a build script compiles, with packages that only the build needs.
func TestNodeWeb(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-node-web", dir: "../samples/node-web", fresh: true, env: registry(t)}
	log := p.build(t)
	for _, line := range []string{"language: node (found package.json)", "Node.js: 24.", "npm ci", "run build", "npm prune", "libstdc++6", "Proof", "web: node dist/server.js"} {
		_, rest, found := strings.Cut(log, line)
		g.Expect(found).To(BeTrue(), "the log lacks %q after the lines before it:\n%s", line, log)
		log = rest
	}
	g.Expect(asks(t, p.name)).To(ContainSubstring("Hello from Node.js 24."))

	t.Run("past the launcher", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(command(t, "docker", "run", "--rm", "--entrypoint", "node", p.name, "-p", "typeof require('polka')")).To(Equal("function\n"))
	})
	t.Run("ends when it is asked to", func(t *testing.T) {
		g := NewWithT(t)
		id := newContainer(t, "run", "-d", "-p", "127.0.0.1::8080", p.name)
		address, _, _ := strings.Cut(command(t, "docker", "port", id, "8080/tcp"), "\n")
		get(g, address, "/") // a server that answers knows what SIGTERM means
		command(t, "docker", "stop", "-t", "60", id)
		g.Expect(command(t, "docker", "inspect", "--format", "{{.State.ExitCode}}", id)).To(HavePrefix("0"))
	})
	t.Run("only what runs", func(t *testing.T) { onlyNode(t, p.name) })
	t.Run("size", func(t *testing.T) {
		g := NewWithT(t)
		all := files(t, p.name)
		g.Expect(all).To(HaveKey(layers + "node/bin/node"))
		g.Expect(size(t, p.name)-all["/cnb/lifecycle/launcher"]).To(BeNumerically("<=", 124_700_000), "image beside the launcher")
	})
	t.Run("verify and components", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
		dir := t.TempDir()
		command(t, "pack", "sbom", "download", p.name, "--output-dir", dir)
		g.Expect(command(t, "grep", "-rl", "pkg:npm/polka@0.5.2", dir)).NotTo(BeEmpty())
	})
	t.Run("rebuild without network", func(t *testing.T) { p.rebuild(t, "packages: unchanged, from the cache") })
}

// TestNodeNative compiles a native module, whose headers come with the runtime, and keeps one of many prebuilt ones.
func TestNodeNative(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-node-native", dir: "testdata/node-native", fresh: true, env: registry(t)}
	p.build(t)
	g.Expect(asks(t, p.name)).To(Equal("bcrypt true, bufferutil true\n"))
	onlyNode(t, p.name)
	natives := map[string]bool{}
	for path := range files(t, p.name) {
		if strings.HasSuffix(path, ".node") {
			natives[filepath.Base(path)] = true
			g.Expect(path).NotTo(Or(ContainSubstring("darwin"), ContainSubstring("win32"), ContainSubstring("musl")))
		}
	}
	g.Expect(natives).To(HaveLen(2), "the binaries of two modules")
	g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "libstdc++.so.6")).To(ContainSubstring("bcrypt_lib.node"))
}

// TestNodeWorkspace builds a member of a pnpm workspace, with a package of its own and one beside it.
func TestNodeWorkspace(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-node-pnpm", dir: "testdata/node-pnpm", fresh: true, env: append(registry(t), "BP_WHITTLE_APP=apps/api")}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("pnpm: 10.34.8 (packageManager in package.json: 10.34.8)"))
	g.Expect(asks(t, p.name)).To(Equal("Hello from the workspace, 3600000\n"))
	onlyNode(t, p.name)
	all := files(t, p.name)
	g.Expect(all).To(HaveKey("/workspace/packages/greeting/index.js"))
	for path := range all {
		g.Expect(path).NotTo(Or(ContainSubstring("leftpad"), ContainSubstring("pnpm-lock")))
	}
}

// TestNodePlugAndPlay runs a Yarn 4 app from its archives.
func TestNodePlugAndPlay(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-node-yarn", dir: "testdata/node-yarn", fresh: true, env: registry(t)}
	p.build(t)
	g.Expect(asks(t, p.name)).To(Equal("Hello from an archive\n"))
	for path := range files(t, p.name) {
		g.Expect(path).NotTo(Or(ContainSubstring("leftpad"), ContainSubstring(".yarn/releases")))
	}
	t.Run("components", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(command(t, "whittle", "sbom", "daemon:"+p.name)).To(And(ContainSubstring("pkg:npm/polka@0.5.2"), Not(ContainSubstring("leftpad"))))
		g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "polka")).To(And(ContainSubstring("yarn.lock:"), ContainSubstring("/workspace/.yarn/cache/polka-")))
	})
}

// TestNextStandalone serves Next.js by the server that its build leaves, with the modules that it needs and no others.
func TestNextStandalone(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-node-next", dir: "testdata/node-next", fresh: true, env: registry(t)}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("web: HOSTNAME=0.0.0.0 node .next/standalone/server.js (Next.js, standalone, default)"))
	address := serve(t, p.name, "--user", "12345:0")
	page := get(g, address, "/")
	g.Expect(page).To(ContainSubstring("Hello from the standalone server"))
	g.Expect(get(g, address, "/api/hello")).To(Equal(`{"hello":"production"}`))
	g.Expect(get(g, address, "/hello.txt")).To(Equal("a file of the folder public\n"))
	_, script, _ := strings.Cut(page, `src="/_next/`)
	script, _, _ = strings.Cut(script, `"`)
	g.Expect(get(g, address, "/_next/"+script)).NotTo(BeEmpty())
	onlyNode(t, p.name)
	for path := range files(t, p.name) {
		g.Expect(path).NotTo(Or(ContainSubstring("@next/swc"), HavePrefix("/workspace/node_modules"), HavePrefix("/workspace/app/"), ContainSubstring(".next/cache")))
	}
	g.Expect(command(t, "whittle", "sbom", "daemon:"+p.name)).To(ContainSubstring("pkg:npm/next@15"))
}

// TestFrontEndOfAnotherLanguage builds the pages of a Go program before it, which has them in itself: Node.js and the packages of
// the front end are not in the image, which has no C library either.
func TestFrontEndOfAnotherLanguage(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-go-vite", dir: "testdata/go-vite", run: runStatic, fresh: true, env: registry(t)}
	log := p.build(t)
	for _, line := range []string{"language: go (found go.mod)", "Front end", "npm ci", "npm run build: vite build"} {
		_, rest, found := strings.Cut(log, line)
		g.Expect(found).To(BeTrue(), "the log lacks %q after the lines before it:\n%s", line, log)
		log = rest
	}
	address := serve(t, p.name, "--user", "12345:0")
	page := get(g, address, "/")
	g.Expect(page).To(ContainSubstring("<title>Go and Vite</title>"))
	_, script, _ := strings.Cut(page, `src="`)
	script, _, _ = strings.Cut(script, `"`)
	g.Expect(get(g, address, script)).To(ContainSubstring("location.pathname"))
	for path := range files(t, p.name) {
		g.Expect(path).NotTo(Or(ContainSubstring("node_modules"), HaveSuffix("/node"), HaveSuffix(".go")))
	}
}

// TestStaticFrontEnd serves what Vite built by nginx, whose configuration names no fixed port.
func TestStaticFrontEnd(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-node-vite", dir: "testdata/node-vite", fresh: true, env: registry(t)}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("script start (vite --host) is for development"), ContainSubstring("served by nginx")))
	address := serve(t, p.name, "--user", "12345:0")
	page := get(g, address, "/")
	g.Expect(page).To(ContainSubstring("<title>Vite</title>"))
	g.Expect(get(g, address, "/any/path")).To(Equal(page), "push-state")
	_, script, _ := strings.Cut(page, `src="`)
	script, _, _ = strings.Cut(script, `"`)
	g.Expect(get(g, address, script)).To(ContainSubstring("location.pathname"))
	all := files(t, p.name)
	g.Expect(all).To(HaveKey("/workspace/dist/index.html"))
	for path := range all {
		g.Expect(path).NotTo(Or(ContainSubstring("node_modules"), HaveSuffix("/node"), HavePrefix("/workspace/src"), HaveSuffix("package.json")))
	}
	g.Expect(size(t, p.name)).To(BeNumerically("<=", 25_000_000))

	t.Run("push-state off, another port", func(t *testing.T) {
		g := NewWithT(t)
		off := pack{name: "it-node-vite-404", dir: app(t, map[string]string{"index.html": "home", "404.html": "lost", ".env": "SECRET=1", "page.html": "page"})}
		off.build(t)
		address := serve(t, off.name, "--env", "PORT=8080")
		g.Expect(get(g, address, "/")).To(Equal("home"))
		g.Expect(get(g, address, "/page")).To(Equal("page"))
		for _, path := range []string{"/none", "/.env"} {
			res, err := http.Get("http://" + address + path)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(res.Body.Close()).To(Succeed())
			g.Expect(res.StatusCode).To(Equal(http.StatusNotFound), path)
		}
		res, err := http.Get("http://" + address + "/")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(res.Body.Close()).To(Succeed())
		g.Expect(res.Header).To(And(HaveKey("Etag"), Not(HaveKey("Last-Modified"))), "all files of an image have one time")
		again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/", nil)
		g.Expect(err).NotTo(HaveOccurred())
		again.Header.Set("If-None-Match", res.Header.Get("Etag"))
		res, err = http.DefaultClient.Do(again)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(res.Body.Close()).To(Succeed())
		g.Expect(res.StatusCode).To(Equal(http.StatusNotModified))
	})
}
