package nginx

import (
	"fmt"
	"regexp"
	"strings"
)

// Proxy passes requests for paths on to another server.
type Proxy struct {
	Path   string // which paths: those that begin so, "/api/"
	Origin string // the server's address and the path that stands in the place of Path: "https://api.example/v2". ${…} is filled in at start
}

// certificates are those that servers which requests are passed on to are held against: those that the container is told to trust, or
// the run image's.
const certificates = "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}"

// proxyMaps take the addresses of the site's proxies apart when they are known, at start, which is when nginx looks for what a map has.
func (s Site) proxyMaps() string {
	var b strings.Builder
	part := func(i int, name, origin, pattern, otherwise string) {
		fmt.Fprintf(&b, "  map \"%s\" $proxy_%d_%s {\n    \"~%s\" $1;\n    default \"%s\";\n  }\n", origin, i, name, pattern, otherwise)
	}
	for i, p := range s.Proxies {
		part(i, "scheme", p.Origin, "^(https?)://", "https")
		part(i, "host", p.Origin, "^https?://([^/]+)", "")
		part(i, "path", p.Origin, "^https?://[^/]+(/.*?)/?$", "")
	}
	return b.String()
}

// proxies are the locations of the site's proxies, which go before all files. headers are lines that each of them repeats: nginx takes
// none from the server where a location has one, and the version of the files is nothing that another server's answers have. Names
// are looked up anew, since a platform may move what they stand for, and redirects of the other server lead back here. The rest of the
// path has a name: a $1 would be what the map of the variable beside it has found.
func (s Site) proxies(headers []string) []string {
	var lines []string
	if len(s.Proxies) > 0 {
		lines = append(lines,
			"resolver ${NAMESERVERS} valid=10s;", "proxy_ssl_server_name on;", "proxy_ssl_verify on;", "proxy_ssl_verify_depth 5;", "proxy_ssl_trusted_certificate "+certificates+";",
			"proxy_http_version 1.1;", `proxy_set_header Connection "";`)
	}
	for i, p := range s.Proxies {
		address, below := fmt.Sprintf("$proxy_%d_host$proxy_%d_path/", i, i), strings.TrimSuffix(p.Path, "/")
		lines = append(lines, "location ^~ "+Quote(p.Path)+" {", "  client_max_body_size 0;")
		for _, header := range headers {
			lines = append(lines, "  "+header)
		}
		lines = append(lines,
			fmt.Sprintf(`  rewrite "^%s/?(?<proxy_rest>.*)$" $proxy_%d_path/$proxy_rest break;`, escape(regexp.QuoteMeta(below)), i),
			fmt.Sprintf("  proxy_pass $proxy_%d_scheme://$proxy_%d_host;", i, i),
			"  proxy_redirect http://"+address+" "+Quote(below+"/")+";",
			"  proxy_redirect https://"+address+" "+Quote(below+"/")+";",
			"}")
	}
	return lines
}
