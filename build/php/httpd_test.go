package php

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestApacheServes tells apps that Apache's server is to serve: by a setting, Heroku's start command, or a configuration of its.
func TestApacheServes(t *testing.T) {
	const rewrites = "RewriteRule ^ index.php [L]"
	for _, row := range []struct {
		name       string
		files, env map[string]string
		want       map[string]string
		has        []string // lines of httpd.conf
		lacks      string   // and one that is not there
		log        string
	}{
		{
			name: "a setting", files: map[string]string{"public/index.php": ""}, env: map[string]string{"BP_PHP_SERVER": "httpd"}, want: map[string]string{"web": apache},
			has: []string{"DocumentRoot /workspace/public", "Listen ${PORT}", rewrites, `SetHandler "proxy:unix:/tmp/php-fpm.sock|fcgi://localhost"`, "AllowOverride All", "CGIPassAuth On", `RedirectMatch 404 "/\\.(?!well-known/)"`}, lacks: "composer",
			log: "served by Apache's server and php-fpm: public; a path that is not there is index.php's",
		},
		{
			name: "rules of the app's own", files: map[string]string{"public/index.php": "", "public/.htaccess": "Options -Indexes\n  RewriteEngine on\nRewriteRule ^x$ y\n"}, env: map[string]string{"BP_PHP_SERVER": "httpd"},
			want: map[string]string{"web": apache}, has: []string{"AllowOverride All"}, lacks: rewrites, log: "public; a path that is not there is as .htaccess says",
		},
		{
			name: "Heroku's server, after something", files: map[string]string{"index.php": "", "a b.conf": "LoadModule asis_module modules/mod_asis.so\n", "Procfile": "web: php warm.php && vendor/bin/heroku-php-apache2 -C 'a b.conf'\n"},
			want: map[string]string{"web": "php warm.php && " + apache}, has: []string{"DocumentRoot /workspace", rewrites, "LoadModule asis_module /usr/lib/apache2/modules/mod_asis.so", "composer"},
		},
		{
			name: "Paketo's folder of parts", files: map[string]string{"htdocs/index.php": "", ".httpd.conf.d/x.conf": "KeepAlive Off\n"}, want: map[string]string{"web": apache},
			has: []string{"DocumentRoot /workspace/htdocs", "KeepAlive Off"},
		},
		{
			name: "a part", files: map[string]string{"public/index.php": "", "httpd.conf": "KeepAlive Off\n"}, want: map[string]string{"web": apache},
			has: []string{"DocumentRoot /workspace/public", "KeepAlive Off"},
		},
		{
			name: "a whole configuration", files: map[string]string{"public/index.php": "", "httpd.conf": "Listen 8000\nDocumentRoot ${APP_ROOT}/public\nErrorLog logs/x\n"}, want: map[string]string{"web": apache},
			has: []string{"# Made by whittle of httpd.conf.", "Listen 8000", "DocumentRoot ${APP_ROOT}/public", `SetHandler "proxy:unix:/tmp/php-fpm.sock|fcgi://localhost"`}, lacks: "AllowOverride",
			log: "served by Apache's server and php-fpm, as httpd.conf says\n    ErrorLog logs/x is /proc/self/fd/2",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, err := build(t, row.files, row.env, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, b.lines()); diff != "" {
				t.Error(diff)
			}
			config := b.layerFile(t, "httpd.conf")
			for _, want := range row.has {
				if !strings.Contains(config, want) {
					t.Errorf("httpd.conf lacks %s:\n%s", want, config)
				}
			}
			if row.lacks != "" && strings.Contains(config, row.lacks) {
				t.Errorf("httpd.conf has %s:\n%s", row.lacks, config)
			}
			if !strings.Contains(b.log.String(), row.log) {
				t.Errorf("the log lacks %q:\n%s", row.log, b.log)
			}
			var slim []string
			for _, s := range b.Slices {
				if strings.Contains(s.Name, "apache2") || strings.Contains(s.Name, "nginx") || strings.Contains(s.Name, "fpm") {
					slim = append(slim, s.Name)
				}
			}
			if diff := cmp.Diff([]string{"php8.4-fpm_bins", "apache2-bin_bins", "apache2-bin_data"}, slim); diff != "" {
				t.Error(diff)
			}
			if !slices.ContainsFunc(b.Omit, func(o omit) bool { return o.Name == "/usr/lib/apache2/modules/mod_lua.so" }) {
				t.Errorf("mod_lua and its libraries are in the image: %v", b.Omit)
			}
		})
	}
}

// TestSettingsOfAModule tells settings of PHP in .htaccess that only PHP as a module of the server reads: any other server
// answers every request with an error.
func TestSettingsOfAModule(t *testing.T) {
	files := map[string]string{"index.php": "", ".htaccess": "<IfModule mod_php.c>\nphp_value a b\n</IfModule>\n"}
	apache := map[string]string{"BP_PHP_SERVER": "httpd"}
	if _, err := build(t, files, apache, nil); err != nil {
		t.Error(err)
	}
	files[".htaccess"] += "php_value upload_max_filesize 64M\n"
	if _, err := build(t, files, nil, nil); err != nil {
		t.Errorf("nginx reads no .htaccess: %v", err)
	}
}
