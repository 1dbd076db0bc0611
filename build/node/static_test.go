package node

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/build/pages"
)

// TestPagesAreServedAsTheirFileSays gives what Staticfile and static.json may say, and the lines of nginx.conf that result.
func TestPagesAreServedAsTheirFileSays(t *testing.T) {
	type app = map[string]string
	for _, row := range []struct {
		name  string
		files app
		want  []string
		lacks string
	}{
		{"a page for a status", app{"Staticfile": "status_codes:\n  404: /pages/lost.html\n  500: /pages/broken.html\n"}, []string{"error_page 404 /pages/lost.html;", "error_page 500 /pages/broken.html;"}, "auth_basic"},
		{"a page for a status beside 404.html", app{"Staticfile": "status_codes:\n  500: /broken.html\n", "404.html": ""}, []string{"error_page 404 /404.html;", "error_page 500 /broken.html;"}, ""},
		{"HTTPS", app{"Staticfile": "force_https: true\nhttp_strict_transport_security: true\nhttp_strict_transport_security_preload: true\n"}, []string{"return 301 https://$host$request_uri;", `"~^/.*$" "max-age=31536000; includeSubDomains; preload";`, "add_header Strict-Transport-Security $header_0;"}, ""},
		{"what is included", app{"Staticfile": "location_include: includes/*.conf\n", "nginx/conf/includes/a.conf": "expires $EXPIRES; # a\n"}, []string{"      expires ${EXPIRES};\n"}, "# a"},
		{"files with dots, lists and includes", app{"Staticfile": "host_dot_files: true\ndirectory: visible\nssi: enabled\n"}, []string{"autoindex on;", "ssi on;"}, "well-known"},
		{"static.json", app{"static.json": `{"error_page": "lost.html", "https_only": true, "redirects": {"/old": {"url": "/", "status": 302}}, "headers": {"/": {"X-A": "b"}}}`}, []string{"error_page 404 /lost.html;", "return 301 https://", `location = "/old" { return 302 "/"; }`, "add_header X-A $header_0;"}, ""},
		{"the routes of static.json, in its order", app{"static.json": `{"routes": {"/z/**": "z.html", "/**": "index.html"}}`}, []string{"rewrite \"^/z/.*$\" \"/z.html\" last;\n      rewrite \"^/.*$\" \"/index.html\" last;"}, ""},
		{"a server behind", app{"static.json": `{"proxies": {"/api/": {"origin": "${API_URL}/v1"}}, "headers": {"/**": {"X-A": "b"}}}`}, []string{"location ^~ \"/api/\" {", "map \"${API_URL}/v1\" $proxy_0_host {", "resolver ${NAMESERVERS} valid=10s;", "proxy_ssl_trusted_certificate ${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt};"}, "auth_basic"},
		{"for the user of the environment", app{"static.json": `{"basic_auth": true}`}, []string{`auth_basic_user_file "${PASSWORDS}";`}, ""},
		{"the settings", app{"BP_WEB_SERVER_FORCE_HTTPS": "true", "BP_WEB_SERVER_INCLUDE_FILE_PATH": "./more.conf", "more.conf": "expires 1h;"}, []string{"return 301 https://", "\n    expires 1h;\n"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.files["index.html"] = "home"
			config, _, _ := served(t, row.files, nil)
			for _, want := range row.want {
				if !strings.Contains(config, want) {
					t.Errorf("the configuration lacks %s:\n%s", want, config)
				}
			}
			if row.lacks != "" && strings.Contains(config, row.lacks) {
				t.Errorf("the configuration has %s:\n%s", row.lacks, config)
			}
		})
	}
}

// served builds an app of pages, among whose files are settings by their names, and returns nginx's configuration, the app's files
// and those of the layer.
func served(t *testing.T, files map[string]string, bound []language.Binding) (config string, left, layer []string) {
	t.Helper()
	env := map[string]string{}
	maps.DeleteFunc(files, func(name, value string) bool {
		if strings.HasPrefix(name, "BP_") {
			env[name] = value
			return true
		}
		return false
	})
	s, _, _ := workshop(t, files, env)
	s.Bindings = func(kind string) []language.Binding {
		if kind == "htpasswd" {
			return bound
		}
		return nil
	}
	made, err := compile(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Layer(pages.Layer)
	if err != nil {
		t.Fatal(err)
	}
	config = languagetest.Read(t, filepath.Join(l.Path, "nginx.conf"))
	if before := "render -l PASSWORDS " + filepath.Join(l.Path, "passwords") + " && PORT="; strings.HasPrefix(made.Processes[0].Line, before) != strings.Contains(config, "${PASSWORDS}") {
		t.Errorf("nginx has other passwords than those that its start command makes: %s", made.Processes[0].Line)
	}
	return strings.ReplaceAll(config, l.Path, "LAYER"), languagetest.Names(t, s.Dir), languagetest.Names(t, l.Path)
}

// TestPasswordsOfPages guards pages whose Staticfile.auth or binding says for whom they are. They were served to all, and the
// passwords' digests with them.
func TestPasswordsOfPages(t *testing.T) {
	const users = "eva:$apr1$21i3ye0o$d1H1ePSg8mD2cO5O2A9dG.\n"
	for file, by := range map[string]map[string]string{"Staticfile.auth": {"Staticfile": ""}, ".htpasswd": {"static.json": `{"basic_auth": true}`}} {
		by[file], by["index.html"] = users, ""
		config, left, layer := served(t, by, nil)
		if !strings.Contains(config, `auth_basic_user_file "LAYER/passwords";`) {
			t.Errorf("everybody may come in:\n%s", config)
		}
		if diff := cmp.Diff([]string{"index.html"}, left); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"nginx.conf", "passwords"}, layer); diff != "" {
			t.Error(diff)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".htpasswd"), []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	config, _, layer := served(t, map[string]string{"index.html": ""}, []language.Binding{{Name: "staff", Type: "htpasswd", Dir: dir, Files: []string{".htpasswd"}}})
	if !strings.Contains(config, `auth_basic_user_file "${SERVICE_BINDING_ROOT:-/platform/bindings}/staff/.htpasswd";`) || len(layer) != 1 {
		t.Errorf("the binding is not used, or its text is in layer %q:\n%s", layer, config)
	}
}

// TestTemplatesAreNoPages: what Jekyll makes pages of was served as it is.
func TestTemplatesAreNoPages(t *testing.T) {
	for text, want := range map[string]string{"---\nlayout: home\n---\n{{ content }}\n": "", "<!doctype html>\n---\n": "index.html"} {
		dir := fstest.MapFS{"_config.yml": {}, "index.html": {Data: []byte(text)}}
		if got := strings.Join(claims(dir), " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// checkSite checks that a folder is served, and nothing else is left of the app.
func checkSite(t *testing.T, s language.Site, made language.Artifacts, folder, missing string) {
	t.Helper()
	layer, err := s.Layer(pages.Layer)
	if err != nil {
		t.Fatal(err)
	}
	config := languagetest.Read(t, filepath.Join(layer.Path, "nginx.conf"))
	root := filepath.Join(s.Dir, folder)
	if page := language.Exists(filepath.Join(root, "404.html")); strings.Contains(config, "error_page 404 /404.html;") != page {
		t.Errorf("there is a page 404.html: %v, and nginx.conf says otherwise", page)
	}
	for _, want := range []string{`root "` + root + `";`, "listen ${PORT:-8080};", "try_files $uri $uri.html $uri/ " + map[string]string{"404": "=404", "index.html": "/index.html", "routes": "@routes"}[missing] + ";"} {
		if !strings.Contains(config, want) {
			t.Errorf("nginx.conf lacks %q", want)
		}
	}
	if len(made.Slices) != 2 || len(made.Roots) != 0 || len(made.Processes) != 1 || !strings.Contains(made.Processes[0].Line, "nginx") {
		t.Errorf("got %+v", made)
	}
	for _, name := range languagetest.Names(t, s.Dir) {
		if folder != "." && !strings.HasPrefix(name, folder+"/") {
			t.Errorf("the app keeps %s", name)
		}
	}
}
