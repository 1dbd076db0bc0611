//go:build integration

package integration

import (
	"archive/zip"
	"bytes"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// onlyPHP checks what an image of a PHP app must not have.
func onlyPHP(t *testing.T, image string) {
	t.Helper()
	onlyRuntime(t, image)
	g := NewWithT(t)
	for path := range files(t, image) {
		dir, base := filepath.Base(filepath.Dir(path)), filepath.Base(path)
		g.Expect(strings.HasPrefix(base, "composer") && dir == "bin").To(BeFalse(), path)
		g.Expect(base).NotTo(Or(Equal("auth.json"), Equal("phpunit.xml"), Equal("Procfile"), Equal("phpenmod")), path)
		g.Expect(path).NotTo(Or(ContainSubstring("/usr/share/php/Composer/"), ContainSubstring("/tests/"), ContainSubstring("/composer-cache/")), path)
	}
}

// page asks for a path, and returns the status and the body, whatever the status is.
func page(t *testing.T, address, path string) (int, string) {
	t.Helper()
	res, err := http.Get("http://" + address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	g := NewWithT(t)
	g.Expect(res.Header).NotTo(HaveKey("X-Powered-By"))
	return res.StatusCode, string(body)
}

// servePHP runs an image as a platform that trusts nobody does, with nothing to write to but /tmp.
func servePHP(t *testing.T, image string, args ...string) string {
	t.Helper()
	return serve(t, image, append([]string{"--user", "12345:0", "--tmpfs", "/tmp"}, args...)...)
}

// TestPHPWeb is the common case: a front controller in public/, and classes that Composer finds.
func TestPHPWeb(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-php-web", dir: "../samples/php-web", fresh: true}
	log := p.build(t)
	for _, line := range []string{
		"language: php (found composer.json, composer.lock)", "version: 8.4.", "extension mbstring: for composer.json", "composer install --no-dev --optimize-autoloader",
		"served by nginx and php-fpm: public", "php8.4-fpm", "Proof", "web: PORT=",
	} {
		_, rest, found := strings.Cut(log, line)
		g.Expect(found).To(BeTrue(), "the log lacks %q after the lines before it:\n%s", line, log)
		log = rest
	}
	address := servePHP(t, p.name)
	g.Expect(get(g, address, "/any/path?name=%C3%A9va")).To(MatchRegexp(`^Hello from PHP 8\.4\.\d+, Éva\n$`))
	status, _ := page(t, address, "/.env")
	g.Expect(status).To(Equal(http.StatusNotFound))

	t.Run("past the launcher", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(command(t, "docker", "run", "--rm", "--entrypoint", "php", p.name, "-r", "echo PHP_VERSION, ' ', ini_get('session.save_path'), ' ', extension_loaded('mbstring');")).To(MatchRegexp(`^8\.4\.\d+ /tmp 1$`))
	})
	t.Run("only what runs", func(t *testing.T) { onlyPHP(t, p.name) })
	t.Run("size", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(size(t, p.name)-files(t, p.name)["/cnb/lifecycle/launcher"]).To(BeNumerically("<=", 56_000_000), "image beside the launcher")
	})
	t.Run("verify", func(t *testing.T) {
		g := NewWithT(t)
		g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
	})
	t.Run("rebuild without network", func(t *testing.T) { p.rebuild(t, "Reused 2/2 app layer(s)") })
}

// TestPHPNative needs extensions that PHP has not by itself, and libraries of theirs; sessions and uploads; and it ends well.
func TestPHPNative(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-php-native", dir: "testdata/php-native", fresh: true}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("extension gd: for composer.json"), ContainSubstring("libgd3"), ContainSubstring("libsqlite3-0")))
	onlyPHP(t, p.name)
	id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp", "-p", "127.0.0.1::8080", "--user", "12345:0", p.name)
	port, _, _ := strings.Cut(command(t, "docker", "port", id, "8080/tcp"), "\n")
	g.Expect(get(g, port, "/")).To(Equal("visits counted, opcache on\n"))
	g.Expect(get(g, port, "/session")).To(Equal("session 1 in /tmp\n"))
	_, picture := page(t, port, "/picture")
	g.Expect(picture).To(HavePrefix("\x89PNG"))
	var form bytes.Buffer
	form.WriteString("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", 3_000_000) + "\r\n--b--\r\n")
	res, err := http.Post("http://"+port+"/upload", "multipart/form-data; boundary=b", &form)
	g.Expect(err).NotTo(HaveOccurred())
	body, err := io.ReadAll(res.Body)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(body)).To(Equal("got 3000000 bytes\n"))
	g.Expect(res.Body.Close()).To(Succeed())

	g.Expect(stopWhileSlow(t, id, port)).To(Equal("slow and whole\n"), "the request that ran when the container was stopped")
	g.Expect(command(t, "docker", "logs", id)).To(And(ContainSubstring("a visit"), ContainSubstring(`"GET /slow HTTP/1.1" 200`)))
}

// TestPHPApache has Debian's Apache server in front of php-fpm, which reads .htaccess, and ends as well.
func TestPHPApache(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-php-apache", dir: "testdata/php-apache", fresh: true}
	g.Expect(p.build(t)).To(ContainSubstring("served by Apache's server and php-fpm: public"))
	onlyPHP(t, p.name)
	g.Expect(files(t, p.name)).NotTo(HaveKey(HaveSuffix("/mod_lua.so")))
	id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp", "-e", "PORT=9000", "-p", "127.0.0.1::9000", "--user", "12345:0", p.name)
	port, _, _ := strings.Cut(command(t, "docker", "port", id, "9000/tcp"), "\n")
	g.Expect(get(g, port, "/any/path?a=b")).To(Equal("fpm-fcgi /any/path?a=b nobody\n"))

	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(path string, headers ...string) *http.Response {
		req, err := http.NewRequest(http.MethodGet, "http://"+port+path, nil)
		g.Expect(err).NotTo(HaveOccurred())
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := client.Do(req)
		g.Expect(err).NotTo(HaveOccurred())
		t.Cleanup(func() { g.Expect(res.Body.Close()).To(Succeed()) })
		return res
	}
	moved := ask("/old/x")
	g.Expect(moved.StatusCode).To(Equal(http.StatusMovedPermanently))
	g.Expect(moved.Header.Get("Location")).To(HaveSuffix("/new/x"))
	g.Expect(ask("/private/data.txt").StatusCode).To(Equal(http.StatusForbidden))
	g.Expect(ask("/.htaccess").StatusCode).To(Equal(http.StatusNotFound))
	script := ask("/", "Authorization", "Bearer x")
	g.Expect(script.Header).To(And(HaveKeyWithValue("X-More", []string{"read"}), HaveKey("Last-Modified")))
	body, err := io.ReadAll(script.Body)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(body)).To(Equal("fpm-fcgi / Bearer x\n"))
	style := ask("/style.css")
	g.Expect(style.Header).NotTo(HaveKey("Last-Modified"), "all files of an image have one time")
	g.Expect(ask("/style.css", "If-None-Match", style.Header.Get("ETag")).StatusCode).To(Equal(http.StatusNotModified))

	g.Expect(stopWhileSlow(t, id, port)).To(Equal("slow and whole\n"), "the request that ran when the container was stopped")
	g.Expect(command(t, "docker", "logs", id)).To(ContainSubstring(`"GET /slow HTTP/1.1" 200`))
}

// stopWhileSlow stops a container while it answers /slow, whose script logs that it begins, and returns the answer.
func stopWhileSlow(t *testing.T, id, port string) string {
	t.Helper()
	slow := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + port + "/slow")
		if err != nil {
			slow <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body) // a cut answer is what the test is about
		slow <- string(body)
	}()
	g := NewWithT(t)
	g.Eventually(func() string { return command(t, "docker", "logs", id) }, patience).Should(ContainSubstring("a slow visit begins"))
	command(t, "docker", "stop", "-t", "60", id)
	g.Expect(command(t, "docker", "inspect", "--format", "{{.State.ExitCode}}", id)).To(HavePrefix("0"))
	return <-slow
}

// standIn is a repository of packages for Composer, which asks for a password.
func standIn(t *testing.T) (address string, lock func() map[string]any) {
	t.Helper()
	packages := map[string]map[string]string{
		"laravel/framework": {"composer.json": `{"name":"laravel/framework","autoload":{"psr-4":{"Illuminate\\":"src/"}}}`, "src/Foundation/Application.php": framework, "tests/ApplicationTest.php": "<?php\n", "docs/index.md": "x"},
		"acme/testing":      {"composer.json": `{"name":"acme/testing"}`},
	}
	zips := map[string][]byte{}
	for name, files := range packages {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, file := range slices.Sorted(maps.Keys(files)) {
			f, err := w.Create("package-1/" + file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(f, files[file]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		zips[name] = b.Bytes()
	}
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	locked := func(name string) map[string]any {
		return map[string]any{
			"name": name, "version": "12.0.0", "type": "library", "license": []string{"MIT"}, "autoload": map[string]any{"psr-4": map[string]any{"Illuminate\\": "src/"}},
			"dist": map[string]any{"type": "zip", "url": server.URL + "/" + name + ".zip", "shasum": fmt.Sprintf("%x", sha1.Sum(zips[name]))},
		}
	}
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "me" || password != "s3cret-of-the-test" {
			w.Header().Set("WWW-Authenticate", "Basic")
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		if data, ok := zips[strings.Trim(strings.TrimSuffix(r.URL.Path, ".zip"), "/")]; ok {
			_, _ = w.Write(data) // the client sees a short answer
			return
		}
		http.NotFound(w, r)
	})
	return server.URL, func() map[string]any {
		return map[string]any{
			"content-hash": "0", "packages": []any{locked("laravel/framework")}, "packages-dev": []any{locked("acme/testing")}, "aliases": []any{}, "minimum-stability": "stable",
			"stability-flags": map[string]any{}, "prefer-stable": false, "prefer-lowest": false, "platform": map[string]any{}, "platform-dev": map[string]any{},
		}
	}
}

// framework plays Laravel: it writes where that writes, and is asked where that is asked.
const framework = `<?php

namespace Illuminate\Foundation;

final class Application
{
    public function __construct(private string $base)
    {
    }

    public function command(array $words): int
    {
        if ($words[0] === 'package:discover') {
            file_put_contents($this->base . '/bootstrap/cache/packages.php', "<?php return [];\n");
        }
        echo 'ran ', implode(' ', $words), "\n";
        return 0;
    }

    public function handle(string $uri, object $greeting): void
    {
        $view = $this->base . '/storage/framework/views/' . sha1($uri) . '.php';
        file_put_contents($view, "<?php echo \$greeting->text();");
        file_put_contents($this->base . '/storage/logs/laravel.log', "asked\n", FILE_APPEND);
        include $view;
        echo ', ', getenv('LOG_CHANNEL'), ', ', file_exists($this->base . '/bootstrap/cache/packages.php') ? 'discovered' : 'not discovered', "\n";
    }
}
`

// TestPHPLaravel builds Laravel's layout from a repository that asks for a password: scripts run, what is for tests stays out,
// and what the framework writes lies in /tmp.
func TestPHPLaravel(t *testing.T) {
	g := NewWithT(t)
	address, lock := standIn(t)
	dir := t.TempDir()
	g.Expect(os.CopyFS(dir, os.DirFS("testdata/php-laravel"))).To(Succeed())
	for name, value := range map[string]any{
		"composer.lock": lock(),
		"composer.json": map[string]any{
			"name": "fixtures/php-laravel", "repositories": []any{map[string]any{"packagist.org": false}, map[string]any{"type": "composer", "url": address}}, "config": map[string]any{"secure-http": false},
			"require": map[string]any{"laravel/framework": "^12.0"}, "require-dev": map[string]any{"acme/testing": "^12.0"},
			"autoload":     map[string]any{"psr-4": map[string]any{"App\\": "app/"}},
			"autoload-dev": map[string]any{"psr-4": map[string]any{"Tests\\": "tests/"}},
			"scripts":      map[string]any{"post-autoload-dump": []any{"@php artisan package:discover --ansi"}},
		},
	} {
		text, err := json.MarshalIndent(value, "", "    ")
		g.Expect(err).NotTo(HaveOccurred())
		write(t, filepath.Join(dir, name), string(text))
	}
	p := pack{name: "it-php-laravel", dir: dir, fresh: true}
	g.Expect(p.fail(t)).To(And(ContainSubstring("ERROR: a server asks for credentials"), ContainSubstring("binding of type composer")))
	p.env = []string{fmt.Sprintf(`COMPOSER_AUTH={"http-basic":{%q:{"username":"me","password":"s3cret-of-the-test"}}}`, strings.TrimPrefix(address, "http://"))}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("framework: Laravel"), ContainSubstring("packages: 1,"), ContainSubstring("ran package:discover --ansi"), ContainSubstring("Added 2/2 app layer(s)")))
	g.Expect(log).NotTo(ContainSubstring("s3cret-of-the-test"))
	g.Expect(get(g, servePHP(t, p.name), "/")).To(Equal("Hello from a framework, stderr, discovered\n"))
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--entrypoint", "worker", p.name)).To(Equal("ran queue:work --once\n"))
	onlyPHP(t, p.name) // with libpq, whose pager nobody calls
	all := files(t, p.name)
	g.Expect(all).To(And(HaveKey("/workspace/storage/app/kept.txt"), HaveKey("/workspace/vendor/laravel/framework/src/Foundation/Application.php"), HaveKey("/workspace/.env")))
	g.Expect(all).NotTo(Or(HaveKey("/workspace/vendor/acme/testing/composer.json"), HaveKey("/workspace/vendor/laravel/framework/docs/index.md")))
	_, err := attempt(t, "sh", "-c", "docker save "+p.name+" | tar -xO --wildcards '*' | grep -a s3cret-of-the-test")
	g.Expect(err).To(HaveOccurred(), "credentials are in the image")
	g.Expect(command(t, "whittle", "why", "daemon:"+p.name, "laravel/framework")).To(ContainSubstring("composer.lock:"))
	downloaded := t.TempDir()
	command(t, "pack", "sbom", "download", p.name, "--output-dir", downloaded)
	g.Expect(command(t, "grep", "-rl", "pkg:composer/laravel/framework@12.0.0", downloaded)).NotTo(BeEmpty())

	t.Run("rebuild without network", func(t *testing.T) {
		g := NewWithT(t)
		before := layerDigests(t, p.name)
		again := p
		again.fresh, again.offline = false, true
		log := command(t, "pack", again.args(t)...)
		g.Expect(layerDigests(t, p.name)).To(Equal(before))
		g.Expect(log).To(ContainSubstring("Reused 2/2 app layer(s)"))
	})
}

// TestPHPWordPress has the layout of WordPress: the front controller among everything else, with rules that keep files private,
// a server that the Procfile names by Heroku's word, and a second process.
func TestPHPWordPress(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-php-wordpress", dir: "testdata/php-wordpress", fresh: true}
	log := p.build(t)
	g.Expect(log).To(And(ContainSubstring("framework: WordPress"), ContainSubstring("extension mysql: for wordpress"), ContainSubstring(".htaccess is Apache's")))
	address := servePHP(t, p.name, "--env", "DB_NAME=blog")
	g.Expect(get(g, address, "/2026/hello/")).To(Equal("page /2026/hello/ of 6.9, blog, mysqli there\n"))
	for path, want := range map[string]string{
		"/wp-login.php": "200 login\n", "/wp-content/themes/plain/style.css": "200 body { color: black }\n", "/health": "200 well\n",
	} {
		status, body := page(t, address, path)
		g.Expect(fmt.Sprint(status, " ", body)).To(Equal(want), path)
	}
	for _, path := range []string{"/wp-content/uploads/evil.php", "/wp-content/uploads/evil.php/x", "/.htaccess", "/composer.json", "/none.php"} {
		status, body := page(t, address, path)
		g.Expect(status).To(Equal(http.StatusNotFound), path)
		g.Expect(body).NotTo(ContainSubstring("uploaded code ran"), path)
	}
	g.Expect(command(t, "docker", "run", "--rm", "--read-only", "--entrypoint", "cron", p.name)).To(Equal("cron on cli, zip there\n"))
	onlyPHP(t, p.name)

	t.Run("one that ends ends all", func(t *testing.T) {
		g := NewWithT(t)
		id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp", p.name)
		end := `foreach (glob("/proc/[0-9]*/comm") as $f) if (trim(file_get_contents($f)) == "php-fpm8.4") posix_kill((int) explode("/", $f)[2], SIGKILL);`
		g.Eventually(func() string { return command(t, "docker", "top", id) }, patience).Should(ContainSubstring("nginx"))
		_, _ = attempt(t, "docker", "exec", id, "php", "-r", end) // it may end before its answer
		g.Eventually(func() string {
			return command(t, "docker", "inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", id)
		}, patience).Should(Equal("false 137\n"))
		g.Expect(command(t, "docker", "logs", id)).To(ContainSubstring("php-fpm8.4 ended with status 137, and so all does"))
	})
}
