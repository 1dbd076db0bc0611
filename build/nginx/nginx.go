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

// Undated keeps browsers from what they know of another image: all files of images have one time, and those of one length would
// have one ETag, too. What an app behind nginx says of its own answers stays.
const Undated = "etag off; if_modified_since off; add_header Last-Modified $upstream_http_last_modified;"

// Config is a configuration with one server. ${…} in it is filled in when the process starts. Nothing is written but below /tmp.
type Config struct {
	Workers string // how many processes serve: "1", "${WEB_CONCURRENCY:-1}"
	PID     string // the file of the process ID; /dev/null where nobody asks for it
	Main    string // more for the beginning of the file, in lines, or empty
	HTTP    string // more for http { }, in lines that are indented by two blanks, or empty
	Server  string // what is in server { } beside the port, in lines that are indented by four blanks
}

// String is the text of the configuration's file.
func (c Config) String() string {
	return `# Written by whittle. ${…} is replaced when the process starts.
daemon off;
worker_processes ` + c.Workers + `;
pid ` + c.PID + `;
error_log stderr warn;
` + c.Main + `events { worker_connections 1024; }
http {
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  types { application/manifest+json webmanifest; text/javascript mjs; }
  charset utf-8;
  access_log /dev/stdout;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  ` + Undated + `
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
` + c.HTTP + `  server {
    listen ${PORT:-8080};
    server_name _;
    absolute_redirect off;
` + c.Server + `  }
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

// Alone starts it as all that runs. Platforms ask by SIGTERM, which ends nginx at once; at SIGQUIT it answers first what it was
// asked.
const Alone = "together -s QUIT " + Command
