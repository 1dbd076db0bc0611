package httpd

import (
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

func TestAdapt(t *testing.T) {
	const (
		mpm     = "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
		undated = "FileETag Digest\nLoadModule headers_module /usr/lib/apache2/modules/mod_headers.so\nHeader unset Last-Modified \"expr=! %{HANDLER} =~ /^proxy/\"\n"
		proxy   = "LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so\nLoadModule proxy_fcgi_module /usr/lib/apache2/modules/mod_proxy_fcgi.so\n<Directory /workspace>\nCGIPassAuth On\n</Directory>\n"
		fpm     = "proxy:unix:/tmp/fpm|fcgi://localhost"
		scripts = "<FilesMatch \"\\.php$\">\n<If \"-f %{REQUEST_FILENAME}\">\nSetHandler \"" + fpm + "\"\n</If>\n</FilesMatch>\n"
	)
	for _, row := range []struct {
		name                    string
		files                   map[string]string
		php                     string
		want                    string
		changed, ports, modules string
	}{
		{
			name: "as buildpacks have it",
			files: map[string]string{"httpd.conf": `ServerRoot "${SERVER_ROOT}"
Listen "${PORT}"
DocumentRoot "${APP_ROOT}/htdocs"
# no more
LoadModule unixd_module modules/mod_unixd.so
  LoadModule mpm_worker_module modules/mod_mpm_worker.so
<IfModule mime_module>
  TypesConfig conf/mime.types
</IfModule>
ErrorLog "/proc/self/fd/2"
PidFile "/tmp/httpd.pid"
`},
			want: `Listen "${PORT}"
DocumentRoot "${APP_ROOT}/htdocs"
LoadModule mpm_worker_module /usr/lib/apache2/modules/mod_mpm_worker.so
<IfModule mime_module>
TypesConfig /etc/mime.types
</IfModule>
ErrorLog "/proc/self/fd/2"
` + undated,
			ports: "${PORT}", modules: "mod_headers.so, mod_mpm_worker.so",
		},
		{
			name:  "as a machine has it",
			files: map[string]string{"httpd.conf": "user www-data\nGROUP www-data\nlisten 80\nErrorLog ${APACHE_LOG_DIR}/error.log\nCustomLog logs/access.log \\\n  \"%h \\\"%r\\\"\"\nCustomLog \"|/bin/tee x\" common\nErrorLog syslog:user\r\nTypesConfig types\n", "types": ""},
			want: mpm + `listen 80
ErrorLog /proc/self/fd/2
CustomLog /proc/self/fd/1 "%h \"%r\""
CustomLog "|/bin/tee x" common
ErrorLog syslog:user
TypesConfig types
` + undated,
			changed: "ErrorLog ${APACHE_LOG_DIR}/error.log is /proc/self/fd/2, CustomLog logs/access.log is /proc/self/fd/1", ports: "80", modules: "mod_headers.so, mod_mpm_event.so",
		},
		{
			name: "what it includes",
			files: map[string]string{
				"httpd.conf":  "Include conf/*.conf\nInclude ${APP_ROOT}/more\nIncludeOptional conf/none/*.conf\nInclude /etc/apache2/x.conf\nInclude ../x\n",
				"conf/a.conf": "LoadModule rewrite_module libexec/mod_rewrite.so\n", "conf/b.conf": "RewriteEngine on\n", "more": "User x\nKeepAlive On\n",
			},
			want:    mpm + "LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\nRewriteEngine on\nKeepAlive On\nIncludeOptional conf/none/*.conf\nInclude /etc/apache2/x.conf\nInclude ../x\n" + undated,
			modules: "mod_headers.so, mod_mpm_event.so, mod_rewrite.so",
		},
		{
			name:    "what tells files apart by itself, and a module twice",
			files:   map[string]string{"httpd.conf": "LoadModule headers_module modules/mod_headers.so\nLoadModule headers_module modules/mod_headers.so\nFileETag None\nHeader unset Last-Modified\n"},
			want:    mpm + "LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so\nFileETag None\nHeader unset Last-Modified\n",
			modules: "mod_headers.so, mod_mpm_event.so",
		},
		{
			name:    "scripts for a module of the server",
			php:     "/tmp/fpm",
			files:   map[string]string{"httpd.conf": "LoadModule mime_module modules/mod_mime.so\nLoadModule php7_module libexec/libphp7.so\nAddType application/x-httpd-php .php\n"},
			want:    mpm + "LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so\nAddType application/x-httpd-php .php\nTypesConfig /etc/mime.types\n" + undated + proxy + scripts,
			changed: "php7_module is php-fpm", modules: "mod_headers.so, mod_mime.so, mod_mpm_event.so, mod_proxy.so, mod_proxy_fcgi.so",
		},
		{
			name: "scripts for a PHP elsewhere",
			php:  "/tmp/fpm",
			files: map[string]string{"httpd.conf": `LoadModule proxy_module modules/mod_proxy.so
<FilesMatch \.php$>
SetHandler "proxy:fcgi://php:9000"
</FilesMatch>
<FilesMatch \.phtml$>
SetHandler application/x-httpd-php
</FilesMatch>
AddHandler proxy:unix:/run/php/php8.1-fpm.sock|fcgi://localhost/ .inc
ProxyPassMatch ^/(.*\.php)$ fcgi://127.0.0.1:9000/app/$1
ProxyPass /api http://api:8080
FileETag None
Header unset Last-Modified
`},
			want: mpm + `LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
<FilesMatch \.php$>
SetHandler "` + fpm + `"
</FilesMatch>
<FilesMatch \.phtml$>
SetHandler ` + fpm + `
</FilesMatch>
AddHandler ` + fpm + `/ .inc
ProxyPassMatch ^/(.*\.php)$ unix:/tmp/fpm|fcgi://localhost/app/$1
ProxyPass /api http://api:8080
FileETag None
Header unset Last-Modified
` + strings.TrimPrefix(proxy, "LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so\n"),
			changed: "SetHandler proxy:fcgi://php:9000 is php-fpm, SetHandler application/x-httpd-php is php-fpm, AddHandler proxy:unix:/run/php/php8.1-fpm.sock|fcgi://localhost is php-fpm, ProxyPassMatch fcgi://127.0.0.1:9000 is php-fpm",
			modules: "mod_mpm_event.so, mod_proxy.so, mod_proxy_fcgi.so",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Adapt(Source{Files: languagetest.Files(row.files), Dir: "/workspace", Name: "httpd.conf", PHP: row.php})
			if err != nil {
				t.Fatal(err)
			}
			head := "# Made by whittle of httpd.conf.\nDefine APP_ROOT /workspace\nDefine SERVER_ROOT /usr/lib/apache2\nServerRoot /workspace\nDefaultRuntimeDir /tmp\nPidFile /tmp/httpd.pid\n"
			if diff := cmp.Diff(head+row.want, got.Text); diff != "" {
				t.Error(diff)
			}
			for what, pair := range map[string][2]string{
				"changed": {row.changed, strings.Join(got.Changed, ", ")}, "ports": {row.ports, strings.Join(got.Ports, ", ")}, "modules": {row.modules, strings.Join(got.Modules, ", ")},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: got %q, want %q", what, pair[1], pair[0])
				}
			}
		})
	}
}

func TestBrokenConfigurations(t *testing.T) {
	for text, want := range map[string]string{
		"Listen \"80":        "cannot read httpd.conf: a quote is not closed",
		"Include httpd.conf": "files include each other without end",
		"Include conf/[":     "cannot read the include conf/[",
	} {
		_, err := Adapt(Source{Files: languagetest.Files(map[string]string{"httpd.conf": text}), Dir: "/workspace", Name: "httpd.conf"})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if _, err := Adapt(Source{Files: languagetest.Files(nil), Dir: "/workspace", Name: "httpd.conf"}); err == nil {
		t.Error("a file that is not there is read")
	}
}

// TestModulesThatBringLibraries leaves those out that a configuration does not load, and no other.
func TestModulesThatBringLibraries(t *testing.T) {
	var left []string
	for _, one := range Omitted([]string{"mod_rewrite.so", "mod_http2.so"}) {
		left = append(left, one.Paths...)
	}
	if joined := strings.Join(left, " "); !strings.Contains(joined, "usr/lib/apache2/modules/mod_ldap.so") || strings.Contains(joined, "mod_http2.so") || strings.Contains(joined, "rewrite") {
		t.Errorf("left out: %s", joined)
	}
}

// looped is a folder that has itself in it by ten names, as links to "." would.
type looped struct{ files fstest.MapFS }

func (l looped) Open(name string) (fs.File, error) {
	for name[0] >= '0' && name[0] <= '9' {
		_, rest, deeper := strings.Cut(name, "/")
		if name = rest; !deeper {
			name = "."
		}
	}
	return l.files.Open(name)
}

// TestConfigurationsThatMultiplyEnd includes one file many times, and asks for what links of folders to themselves lead to in more ways
// than anybody could follow.
func TestConfigurationsThatMultiplyEnd(t *testing.T) {
	files := looped{fstest.MapFS{
		"size.conf":  {Data: []byte(strings.Repeat("Include big.conf\n", 100))},
		"big.conf":   {Data: []byte(strings.Repeat("# comment\n", 50_000))},
		"links.conf": {Data: []byte("Include " + strings.Repeat("*/", 10) + "x.conf\n")},
	}}
	for i := range 10 {
		files.files[strconv.Itoa(i)] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	}
	for name, want := range map[string]string{"size.conf": "more than 8 MB with what it includes", "links.conf": "leads through the same folders without end"} {
		if _, err := Adapt(Source{Files: files, Dir: "/workspace", Name: name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", name, err, want)
		}
	}
}

// TestSite writes the configuration of an app of PHP that has none.
func TestSite(t *testing.T) {
	site := &Site{Root: "/workspace/a b", Front: "index.php", Rewrites: true, Hidden: []string{`/\.x`}, Include: []string{"/workspace/.httpd.conf.d/*.conf"}}
	got, err := Adapt(Source{Files: languagetest.Files(map[string]string{".httpd.conf.d/more.conf": "LoadModule rewrite_module modules/mod_rewrite.so\nKeepAlive Off\n"}), Dir: "/workspace", Site: site, PHP: "/tmp/fpm"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# Made by whittle of what the app's files say.\n", "\nListen ${PORT}\n", "\nDocumentRoot \"/workspace/a b\"\n", "\nRedirectMatch 404 \"/\\\\.x\"\n",
		"<Directory \"/workspace/a b\">\nAllowOverride All\nRequire all granted\nRewriteEngine On\n", "\nRewriteRule ^ index.php [L]\n</Directory>\nKeepAlive Off\n", `SetHandler "proxy:unix:/tmp/fpm|fcgi://localhost"`,
	} {
		if !strings.Contains(got.Text, want) {
			t.Errorf("the configuration lacks %q:\n%s", want, got.Text)
		}
	}
	if n := strings.Count(got.Text, "LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so\n"); n != 1 {
		t.Errorf("mod_rewrite is loaded %d times", n)
	}
	site.Rewrites, site.Include = false, nil
	if got, err = Adapt(Source{Files: languagetest.Files(nil), Dir: "/workspace", Site: site}); err != nil || strings.Contains(got.Text, "RewriteRule") || strings.Contains(got.Text, "SetHandler") {
		t.Errorf("got %v and\n%s", err, got.Text)
	}
}
