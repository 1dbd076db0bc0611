//go:build integration

package integration

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// TestNginxAndPages builds a Procfile, pages and a configuration as people copy it, for root and for a writable root: it serves
// on the platform's port, read-only and as another user.
func TestNginxAndPages(t *testing.T) {
	g := NewWithT(t)
	dir := app(t, map[string]string{
		"Procfile":         "web: nginx -g \"daemon off;\"\n",
		"project.toml":     "[dev.whittle.run]\nslices = [\"nginx_bins\"]\n",
		"nginx.conf":       "user www-data;\npid /run/nginx.pid;\nerror_log /var/log/nginx/error.log;\nevents {}\nhttp {\n  include mime.types;\n  include sites/*.conf;\n}\n",
		"sites/shop.conf":  "server {\n  listen $PORT;\n  root html;\n  location /host { return 200 ${host}; }\n}\n",
		"html/index.html":  "<p>shop</p>",
		"html/style.css":   "p {}",
		"tool/generate.py": "",
	})
	p := pack{name: "it-nginx", dir: dir, fresh: true}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("language: none (found Procfile, slices)"))
	g.Expect(log).To(ContainSubstring("error_log /var/log/nginx/error.log is stderr"))
	onlyRuntime(t, p.name)
	address := serve(t, p.name, "--user", "12345:12345", "--tmpfs", "/tmp")
	g.Expect(get(g, address, "/")).To(Equal("<p>shop</p>"))
	g.Expect(get(g, address, "/host")).To(Equal("127.0.0.1"))
	res, err := http.Get("http://" + address + "/style.css")
	g.Expect(err).NotTo(HaveOccurred())
	defer res.Body.Close()
	g.Expect(res.Header.Get("Content-Type")).To(Equal("text/css"))
	p.rebuild(t, "language: none (found Procfile, slices)")
}

// TestHTTPD builds pages and a configuration of Apache's as buildpacks for it have it, with a module that needs a library, and rules
// in .htaccess.
func TestHTTPD(t *testing.T) {
	g := NewWithT(t)
	modules := "authz_core dir mime log_config unixd rewrite http2"
	var conf strings.Builder
	conf.WriteString("ServerRoot \"${SERVER_ROOT}\"\nListen \"${PORT}\"\nServerName localhost\nDocumentRoot \"${APP_ROOT}/htdocs\"\n")
	for name := range strings.FieldsSeq(modules) {
		conf.WriteString("LoadModule " + name + "_module modules/mod_" + name + ".so\n")
	}
	conf.WriteString("TypesConfig conf/mime.types\nErrorLog logs/error_log\nCustomLog logs/access_log \"%r %>s\"\nInclude extra/*.conf\n")
	p := pack{name: "it-httpd", fresh: true, dir: app(t, map[string]string{
		"httpd.conf":       conf.String(),
		"extra/pages.conf": "<Directory \"${APP_ROOT}/htdocs\">\n  AllowOverride All\n</Directory>\n",
		"htdocs/.htaccess": "RewriteEngine on\nRewriteRule ^old$ style.css [L]\n",
		"htdocs/style.css": "p {}",
	})}
	g.Expect(p.build(t)).To(And(ContainSubstring("language: none (found httpd.conf)"), ContainSubstring("ErrorLog logs/error_log is /proc/self/fd/2"), ContainSubstring("libnghttp2-14")))
	all := files(t, p.name)
	g.Expect(all).To(And(HaveKey(layers+"slices/usr/lib/apache2/modules/mod_http2.so"), Not(HaveKey(layers+"slices/usr/lib/apache2/modules/mod_lua.so"))))
	onlyRuntime(t, p.name)
	id := newContainer(t, "run", "-d", "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp", "-p", "127.0.0.1::8080", "--user", "12345:0", p.name)
	address, _, _ := strings.Cut(command(t, "docker", "port", id, "8080/tcp"), "\n")
	g.Expect(get(g, address, "/old")).To(Equal("p {}"))
	command(t, "docker", "stop", "-t", "60", id)
	g.Expect(command(t, "docker", "inspect", "--format", "{{.State.ExitCode}}", id)).To(HavePrefix("0"))
	g.Expect(command(t, "docker", "logs", id)).To(ContainSubstring("GET /old HTTP/1.1 200"))
	g.Expect(command(t, "whittle", "verify", "daemon:"+p.name)).To(ContainSubstring("complete"))
}

// TestPrebuiltProgram builds a folder with nothing but a program that links to libcurl, without its execute permission. The
// program is linked to a library of that name which has none of its code: the real one is what the image has.
func TestPrebuiltProgram(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-prebuilt", dir: curlServer(t), fresh: true}
	log := p.build(t)
	g.Expect(log).To(ContainSubstring("language: none (found server)"))
	g.Expect(log).To(ContainSubstring("server had no execute permission"))
	g.Expect(log).To(MatchRegexp(`libcurl4t64 .* for server`))
	g.Expect(get(g, serve(t, p.name, "--user", "12345:12345"), "/")).To(MatchRegexp(`^libcurl/8\.\d+`))
	onlyRuntime(t, p.name)
}

// curlServer compiles testdata/curl-server into a folder that has nothing else.
func curlServer(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	source, err := filepath.Abs("testdata/curl-server")
	if err != nil {
		t.Fatal(err)
	}
	command(t, "docker", "run", "--rm", "--volume", source+":/src:ro", "--volume", dir+":/out", "--entrypoint", "bash", builder, "/src/compile.sh")
	return dir
}

// TestFFmpeg makes a film with a text in it, by one line of project.toml: H.264, and a font for drawtext.
func TestFFmpeg(t *testing.T) {
	g := NewWithT(t)
	p := pack{name: "it-ffmpeg", dir: "../samples/ffmpeg", fresh: true}
	p.build(t)
	onlyRuntime(t, p.name)
	address := serve(t, p.name, "--user", "12345:12345", "--tmpfs", "/tmp")
	var film []byte
	g.Eventually(func() error {
		res, err := http.Get("http://" + address + "/")
		if err != nil {
			return err
		}
		defer res.Body.Close()
		film, err = io.ReadAll(res.Body)
		return err
	}, patience, time.Second).Should(Succeed())
	g.Expect(bytes.Contains(film[:32], []byte("ftyp"))).To(BeTrue(), "it is no film")
	file := filepath.Join(t.TempDir(), "film.mp4")
	g.Expect(os.WriteFile(file, film, 0o644)).To(Succeed())
	probe := append(hardened, "--entrypoint", "ffprobe", "--volume", file+":/film.mp4:ro", p.name, "-v", "error", "-show_entries", "stream=codec_name,width", "-of", "csv=p=0", "/film.mp4")
	g.Expect(command(t, "docker", probe...)).To(Equal("h264,640\n"))
	// The text is white on black where the film would have colours.
	text := append(hardened, "--entrypoint", "ffmpeg", "--volume", file+":/film.mp4:ro", p.name, "-v", "error", "-i", "/film.mp4", "-frames:v", "1", "-vf", "crop=200:60:20:20,format=gray,scale=1:1", "-f", "rawvideo", "-")
	without := append(hardened, "--entrypoint", "ffmpeg", p.name, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360", "-frames:v", "1", "-vf", "crop=200:60:20:20,format=gray,scale=1:1", "-f", "rawvideo", "-")
	g.Expect(command(t, "docker", text...)).NotTo(Equal(command(t, "docker", without...)))
}
