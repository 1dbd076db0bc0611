package nginx

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

const temporary = `  client_body_temp_path /tmp;
  proxy_temp_path /tmp;
  fastcgi_temp_path /tmp;
  uwsgi_temp_path /tmp;
  scgi_temp_path /tmp;
` + undated

// undated is what keeps browsers from the pages of another image.
const (
	undated    = "  etag off;\n  if_modified_since off;\n  add_header Last-Modified $upstream_http_last_modified;\n"
	undatedLog = "etag is off, and Last-Modified left out: all files of an image have one time"
)

func TestAdapt(t *testing.T) {
	for _, row := range []struct {
		name, main string
		files      map[string]string
		want       string
		changed    string
		ports      string
		unset      string
	}{
		{
			name:    "the least",
			files:   map[string]string{"nginx.conf": "events {}\nhttp { server { listen $PORT; root html; } }"},
			want:    "events {\n}\nhttp {\n" + temporary + "  access_log /dev/stdout;\n  server {\n    listen ${PORT};\n    root html;\n  }\n}\n",
			changed: undatedLog, ports: "${PORT}",
		},
		{
			name: "as Debian's, with the command's directives", main: "daemon off; worker_processes 2;",
			files: map[string]string{"nginx.conf": `
user www-data; # nobody
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log warn;
events { worker_connections 768; }
http {
  access_log /var/log/nginx/access.log combined;
  proxy_temp_path /var/cache/proxy;
  client_body_temp_path "/tmp/body";
}`},
			want: `worker_processes 2;
error_log stderr warn;
events {
  worker_connections 768;
}
http {
  fastcgi_temp_path /tmp;
  uwsgi_temp_path /tmp;
  scgi_temp_path /tmp;
` + undated + `  access_log /dev/stdout combined;
  proxy_temp_path /tmp;
  client_body_temp_path "/tmp/body";
}
`,
			changed: undatedLog + ", error_log /var/log/nginx/error.log is stderr, access_log /var/log/nginx/access.log is /dev/stdout, proxy_temp_path /var/cache/proxy is /tmp",
		},
		{
			name: "that decides itself what browsers keep", files: map[string]string{"nginx.conf": "http { etag on; access_log off; }"},
			want: "http {\n" + strings.TrimSuffix(temporary, undated) + "  etag on;\n  access_log off;\n}\n",
		},
		{
			name: "includes",
			files: map[string]string{
				"nginx.conf":   "include mime.types; include /etc/nginx/modules-enabled/*.conf; include sites/*.conf; include none/*.conf; include \"a b\";",
				"sites/a.conf": "server { listen 81; }", "sites/b.conf": "server { listen 82; include sites/c; }", "sites/c": "gzip on;",
			},
			want: "include /etc/nginx/mime.types;\ninclude /etc/nginx/modules-enabled/*.conf;\n" +
				"server {\n  listen 81;\n}\nserver {\n  listen 82;\n  gzip on;\n}\ninclude /workspace/none/*.conf;\ninclude \"/etc/nginx/a b\";\n",
			ports: "81, 82",
		},
		{
			name:  "words",
			files: map[string]string{"nginx.conf": `log_format x '$remote_addr "$host" ; }' escape=json; map $a ${b} { ~^\;x "}"; default ${c}d; } set $X \ y;`},
			want:  "log_format x '$remote_addr \"$host\" ; }' escape=json;\nmap $a ${b} {\n  ~^\\;x \"}\";\n  default ${c}d;\n}\nset $x \\ y;\n",
		},
		{
			name: "variables that the configuration sets",
			files: map[string]string{
				"nginx.conf": `map $http_x $KEY { default a; } geo $addr $ZONE { default b; } split_clients $a $PART { * c; } include more.conf;
server { set $ROOT $DOCUMENTS/public; root "$ROOT/${KEY}s"; auth_request_set $WHO $upstream_x; location ~ ^/(?<SITE>\w+)/ { return 200 $SITE$ZONE$PART$WHO$OTHER; } }`,
				"more.conf": "server { server_name \"~^(?P<HOST_PART>.+)$\"; set $APP <%= ENV[\"APP\"] %>; return 301 https://$HOST_PART.$APP; }",
			},
			want: "map $http_x $key {\n  default a;\n}\ngeo $addr $zone {\n  default b;\n}\nsplit_clients $a $part {\n  * c;\n}\n" +
				"server {\n  server_name \"~^(?P<HOST_PART>.+)$\";\n  set $app ${APP};\n  return 301 https://${host_part}.${app};\n}\n" +
				"server {\n  set $root ${DOCUMENTS}/public;\n  root \"${root}/${key}s\";\n  auth_request_set $who $upstream_x;\n" +
				"  location ~ ^/(?<SITE>\\w+)/ {\n    return 200 ${site}${zone}${part}${who}${OTHER};\n  }\n}\n",
			unset: "APP, DOCUMENTS, OTHER",
		},
		{
			name:  "variables of who starts the image",
			files: map[string]string{"nginx.conf": `upstream a { server $BACKEND; } server { listen {{port}}; resolver {{nameservers}}; proxy_pass {{env "BACKEND"}}/${HOST_NAME}$host; }`},
			want:  "upstream a {\n  server ${BACKEND};\n}\nserver {\n  listen ${PORT};\n  resolver ${NAMESERVERS};\n  proxy_pass ${BACKEND}/${HOST_NAME}$host;\n}\n",
			ports: "${PORT}", unset: "BACKEND, HOST_NAME",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := Adapt(Source{Files: languagetest.Files(row.files), Dir: "/workspace", Name: "nginx.conf", Main: row.main})
			if err != nil {
				t.Fatal(err)
			}
			head := "# Made by whittle of nginx.conf. Variables in capital letters are filled in when the process starts.\ndaemon off;\npid /dev/null;\n"
			if diff := cmp.Diff(head+row.want, got.Text); diff != "" {
				t.Error(diff)
			}
			if strings.Join(got.Changed, ", ") != row.changed || strings.Join(got.Ports, ", ") != row.ports || strings.Join(got.Unset, ", ") != row.unset {
				t.Errorf("changed %q, ports %q, unset %q", got.Changed, got.Ports, got.Unset)
			}
		})
	}
}

func TestTemplatesOfOtherPlatforms(t *testing.T) {
	for text, want := range map[string]string{
		`listen {{port}};`:                         `listen ${PORT};`,
		`root {{ env "APP_ROOT" }}/public;`:        `root ${APP_ROOT}/public;`,
		`{{module "ngx_stream_module"}}`:           `load_module modules/ngx_stream_module.so;`,
		`resolver {{nameservers}};`:                `resolver ${NAMESERVERS};`,
		`proxy_temp_path {{tempDir}};`:             `proxy_temp_path /tmp;`,
		`listen <%= ENV["PORT"] %>;`:               `listen ${PORT};`,
		`listen <%= ENV['PORT'] || 8080 %>;`:       `listen ${PORT};`,
		`workers <%= ENV.fetch("WORKERS", 2) %>;`:  `workers ${WORKERS};`,
		`proxy_set_header Host $host$PORT${PORT};`: `proxy_set_header Host $host${PORT}${PORT};`,
	} {
		if got := strings.ReplaceAll(templates(text), ofTemplate, ""); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestBrokenConfigurations(t *testing.T) {
	for text, want := range map[string]string{
		"http {":                          `cannot read nginx.conf: line 1: the end of the file comes before ";" or "}"`,
		"a;\n}":                           `line 2: a "}" stands where none is expected`,
		"a;\n;":                           `line 2: there is no directive before ';'`,
		"a 'b;":                           "a quote is not closed",
		"listen 80":                       "the end of the file comes before",
		"include nginx.conf;":             "files include each other without end",
		strings.Repeat("a {", 100):        "blocks lie too deep in each other",
		"include sites/[;":                "cannot read the include sites/[",
		"include /workspace/../../etc/x;": "",
	} {
		_, err := Adapt(Source{Files: languagetest.Files(map[string]string{"nginx.conf": text}), Dir: "/workspace", Name: "nginx.conf"})
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: got %v, want %q", text, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string]string{"nginx.conf": "nginx.conf", "config/nginx.conf.erb": "config/nginx.conf.erb", "other.conf": ""} {
		if got, err := Find(languagetest.Files(map[string]string{name: ""})); got != want || err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// TestModulesThatAreLoaded loads those that a configuration names or has blocks of, each once, the ones that others are built on first.
func TestModulesThatAreLoaded(t *testing.T) {
	got, err := Adapt(Source{Files: languagetest.Files(map[string]string{
		"nginx.conf": `{{module "ngx_stream_js_module"}} load_module "modules/ngx_http_headers_more_filter_module.so"; stream { server { listen 1; } } http { include fastcgi_params; }`,
	}), Dir: "/workspace", Name: "nginx.conf", Main: "load_module modules/ngx_stream_module.so;"})
	if err != nil {
		t.Fatal(err)
	}
	var loaded []string
	for line := range strings.Lines(got.Text) {
		if strings.HasPrefix(line, "load_module ") {
			loaded = append(loaded, strings.TrimSpace(line))
		}
	}
	want := []string{
		"load_module /usr/lib/nginx/modules/ngx_stream_module.so;", "load_module /usr/lib/nginx/modules/ngx_stream_js_module.so;",
		"load_module /usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so;",
	}
	if diff := cmp.Diff(want, loaded); diff != "" {
		t.Error(diff)
	}
	want = []string{"libnginx-mod-http-headers-more-filter_data", "libnginx-mod-stream-js_data", "libnginx-mod-stream_data", "nginx-common_params"}
	if diff := cmp.Diff(want, got.Slices); diff != "" {
		t.Error(diff)
	}
}

// TestWhole tells configurations from the parts of one that people put beside an app for an image of nginx.
func TestWhole(t *testing.T) {
	for text, want := range map[string]bool{
		"events {}\nhttp { server {} }":     true,
		"stream { }":                        true,
		"{{port}}":                          false,
		"server { listen 80; }":             false,
		"":                                  false,
		"# http {\nupstream http { }":       false,
		"events {}\nhttp { server {":        true, // broken: the build says where
		"location / { proxy_pass http://a;": false,
	} {
		if got := Whole(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

// TestConfigurationsThatMultiplyEnd includes a large file often: it takes no memory that a configuration is not worth.
func TestConfigurationsThatMultiplyEnd(t *testing.T) {
	c := languagetest.Files(map[string]string{
		"nginx.conf": "events {}\n" + strings.Repeat("include big.conf;\n", 100),
		"big.conf":   strings.Repeat("# comment\n", 100_000),
	})
	if _, err := Adapt(Source{Files: c, Dir: "/workspace", Name: "nginx.conf"}); err == nil || !strings.Contains(err.Error(), "more than 8 MB with what it includes") {
		t.Errorf("got error %v", err)
	}
}
