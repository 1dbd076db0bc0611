package nginx

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// server is what a configuration has beside what all have.
func server(text string) string {
	_, text, _ = strings.Cut(text, "  scgi_temp_path /tmp;\n")
	return text
}

func TestSite(t *testing.T) {
	const head = "  map $uri $header_0 {\n    \"~^/index\\\\.html$\" \"no-cache\";\n  }\n  server {\n    listen ${PORT:-8080};\n    server_name _;\n    absolute_redirect off;\n    root \"/workspace\";\n    index index.html index.htm;\n"
	const tail = "    location ~ ^/(Procfile|project\\.toml)$ { return 404; }\n"
	const hidden = "    " + Hidden + "\n"
	for _, row := range []struct {
		name string
		site Site
		want string
	}{
		{"pages", Site{}, head + "    add_header Cache-Control $header_0;\n    add_header Last-Modified \"\";\n    location / {\n      try_files $uri $uri.html $uri/ =404;\n    }\n" + tail + hidden + "  }\n}\n"},
		{
			"all that a Staticfile says",
			Site{
				Fallback: true, Listing: true, Dotfiles: true, Includes: true, Errors: map[int]string{500: "/5 0.html", 404: "/404.html"},
				Passwords: "/layers/site/passwords", HTTPS: true, More: "expires 1h;\nif ($a) {\n  return 403;\n}\n",
			},
			head + `    error_page 404 /404.html;
    error_page 500 "/5 0.html";
    auth_basic "Restricted";
    auth_basic_user_file "/layers/site/passwords";
    if ($http_x_forwarded_proto = http) { return 301 https://$host$request_uri; }
    ssi on;
    add_header Cache-Control $header_0;
    add_header Last-Modified "";
    location / {
      autoindex on;
      expires 1h;
      if ($a) {
        return 403;
      }
      try_files $uri $uri.html $uri/ /index.html;
    }
    location = /404.html { internal; }
` + tail + "  }\n}\n",
		},
		{
			"files that have a version",
			Site{Version: "0123"},
			head + `    add_header Cache-Control $header_0;
    add_header Last-Modified "";
    add_header ETag 'W/"0123"';
    if ($http_if_none_match = 'W/"0123"') { return 304; }
    location / {
      try_files $uri $uri.html $uri/ =404;
    }
` + tail + hidden + "  }\n}\n",
		},
		{
			"redirects and routes",
			Site{Redirects: []Redirect{{From: "/old", To: "/new", Status: 302}, {From: "/x y", To: "https://example.com/"}}, Routes: []Route{{"/app/**", "app.html"}, {"/*.htm", "/x.html"}}},
			head + `    location = "/old" { return 302 "/new"; }
    location = "/x y" { return 301 "https://example.com/"; }
    add_header Cache-Control $header_0;
    add_header Last-Modified "";
    location / {
      try_files $uri $uri.html $uri/ @routes;
    }
    location @routes {
      rewrite "^/app/.*$" "/app.html" last;
      rewrite "^/[^/]*\\.htm$" "/x.html" last;
      return 404;
    }
` + tail + hidden + "  }\n}\n",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.site.Root = "/workspace"
			if diff := cmp.Diff(row.want, server(row.site.String())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHeadersOfASite(t *testing.T) {
	values, names := Site{Headers: []Header{{"/", "cache-control", "no-store"}, {"/foo.html", "X-Foo", `a "b"`}, {"/**", "X-Foo", "c"}}}.headers()
	want := `  map $uri $header_0 {
    "~^/(?:index\\.html)?$" "no-store";
    "~^/index\\.html$" "no-cache";
  }
  map $uri $header_1 {
    "~^/foo\\.html$" "a \"b\"";
    "~^/.*$" "c";
  }
`
	if diff := cmp.Diff(want, values); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"cache-control", "X-Foo"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestProxies passes on what is asked for below a path, without what is said of the files.
func TestProxies(t *testing.T) {
	got := server(Site{Version: "0123", Headers: []Header{{"/**", "X-A", "b"}}, Proxies: []Proxy{{"/a.p/", "${API}/v1/"}}}.String())
	for _, want := range []string{
		"  map \"${API}/v1/\" $proxy_0_scheme {\n    \"~^(https?)://\" $1;\n    default \"https\";\n  }\n",
		"  map \"${API}/v1/\" $proxy_0_path {\n    \"~^https?://[^/]+(/.*?)/?$\" $1;\n    default \"\";\n  }\n",
		`    location ^~ "/a.p/" {
      client_max_body_size 0;
      add_header X-A $header_0;
      add_header Cache-Control $header_1;
      rewrite "^/a\\.p/?(?<proxy_rest>.*)$" $proxy_0_path/$proxy_rest break;
      proxy_pass $proxy_0_scheme://$proxy_0_host;
      proxy_redirect http://$proxy_0_host$proxy_0_path/ "/a.p/";
      proxy_redirect https://$proxy_0_host$proxy_0_path/ "/a.p/";
    }
`,
		"    proxy_ssl_verify on;\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the configuration lacks\n%s:\n%s", want, got)
		}
	}
}

func TestPatternsOfPaths(t *testing.T) {
	for _, row := range []struct {
		pattern, path string
		want          bool
	}{
		{"/", "/", true},
		{"/", "/index.html", true},
		{"/", "/other.html", false},
		{"/*.html", "/a.html", true},
		{"/*.html", "/b/a.html", false},
		{"/*.html", "/axhtml", false},
		{"/b/**", "/b/c/d", true},
		{"/b/**", "/bc", false},
		{"/b/", "/b/index.html", true},
		{"/é(", "/é(", true},
	} {
		text := strings.ReplaceAll(strings.Trim(pattern(row.pattern, ""), `"`), `\\`, `\`)
		if got := regexp.MustCompile(text).MatchString(row.path); got != row.want {
			t.Errorf("%s matches %s: got %v, as %s", row.pattern, row.path, got, text)
		}
	}
}

// TestVersionOfPages changes with a page of the same length: browsers were told that the pages of the image before are still those,
// by an ETag of a time that all files have and the length.
func TestVersionOfPages(t *testing.T) {
	dir := t.TempDir()
	version := func(text string) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		v, err := VersionOf(dir)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	first := version("app-1.js")
	if second := version("app-2.js"); second == first || len(first) != 16 || version("app-1.js") != first {
		t.Errorf("the versions are %s and %s", first, second)
	}
}
