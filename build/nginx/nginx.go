// Package nginx is Debian's nginx as the web server of an app: its configuration, its slices and its start command. Languages that
// serve pages (node) or pass requests on (php) share it.
package nginx

import (
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// Hidden refuses files whose names begin with a dot, and what is below such folders: ".env", ".git".
const Hidden = `location ~ /\.(?!well-known/) { return 404; }`

// Config is a configuration. server is what is in its one server { }, beside the port: lines that are indented by four
// blanks. http is more for http { }, indented by two, or empty. ${…} is filled in when the process starts. Nothing is written
// but below /tmp.
func Config(http, server string) string {
	return `# Written by whittle. ${…} is replaced when the process starts.
daemon off;
worker_processes ${WEB_CONCURRENCY:-1};
pid /dev/null;
error_log stderr warn;
events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  types { application/manifest+json webmanifest; text/javascript mjs; }
  charset utf-8;
  access_log /dev/stdout;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  gzip on;
  gzip_static on;
  gzip_proxied any;
  gzip_vary on;
  gzip_types text/plain text/css text/javascript application/javascript application/json application/manifest+json image/svg+xml application/xml application/wasm;
  client_body_temp_path /tmp;
  proxy_temp_path /tmp;
  fastcgi_temp_path /tmp;
  uwsgi_temp_path /tmp;
  scgi_temp_path /tmp;
` + http + `  server {
    listen ${PORT:-8080};
    server_name _;
    absolute_redirect off;
` + server + `  }
}
`
}

// Quote writes a word of the configuration.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`).Replace(s) + `"`
}

// Slices are what of Debian's packages the server needs; by is for whom.
func Slices(by string) []slicer.Named {
	named := func(name string) slicer.Named { return slicer.Named{Name: name, By: by, Kind: record.Asked} }
	return []slicer.Named{named("nginx_bins"), named("nginx-common_mime-types")}
}

// Prepare is the beginning of a start command that fills in the variables of a configuration; Command follows it.
func Prepare(file string) string { return "PORT=" + language.Port + "; render CONFIG " + file }

// Command starts the server with the configuration that Prepare filled in.
const Command = "nginx -e stderr -c $CONFIG"
