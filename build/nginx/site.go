package nginx

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
)

// Site is a folder of files to serve.
type Site struct {
	Root     string         // absolute path in the image
	Version  string         // names the files as they are: another one where any of them is another. Empty: nobody asks again
	Fallback bool           // a path that is not there is the first page (push-state)
	Listing  bool           // folders without a page are listed
	Dotfiles bool           // files whose names begin with a dot are served, too
	Includes bool           // pages are searched for server-side includes
	Errors   map[int]string // pages for statuses: 404 is "/404.html"
	// Passwords is the file of those who may come in, as htpasswd writes it; empty where everybody may. ${…} in it is filled in
	// when the process starts.
	Passwords string
	HTTPS     bool // who came to the platform by HTTP is sent to HTTPS
	Headers   []Header
	Redirects []Redirect
	Routes    []Route
	Proxies   []Proxy
	More      string // directives for every page, as nginx has them
	Server    string // directives for the server, likewise
}

// Header is a header of answers to paths that match a pattern: "*" is any text without a slash, "**" any text.
type Header struct{ Pattern, Name, Value string }

// Redirect sends who asks for a path to another address.
type Redirect struct {
	From, To string
	Status   int // 301, 302 …
}

// Route is the file that stands for paths that match a pattern, where no file of theirs is there.
type Route struct{ Pattern, File string }

// VersionOf names the files of a folder by their content.
func VersionOf(root string) (string, error) {
	k := language.NewKey()
	if err := k.Tree(root, func(string) bool { return true }); err != nil {
		return "", fmt.Errorf("cannot read the pages: %w", err)
	}
	return k.String()[:16], nil
}

// String is the text of a configuration for the site. Only files below the root whose names do not begin with a dot are served,
// and none that tells how the app is built.
func (s Site) String() string {
	values, names := s.headers()
	var headers []string
	for i, name := range names {
		headers = append(headers, fmt.Sprintf("add_header %s $header_%d;", name, i))
	}
	all := slices.Concat(s.server(), headers, s.proxies(headers), s.freshness(), s.pages())
	var server strings.Builder
	for _, line := range all {
		server.WriteString("    " + line + "\n")
	}
	return Config{Workers: "${WEB_CONCURRENCY:-1}", PID: "/dev/null", HTTP: values + s.proxyMaps(), Server: server.String()}.String()
}

// lines are directives of a server, a line each.
type lines []string

func (l *lines) add(format string, args ...any) { *l = append(*l, fmt.Sprintf(format, args...)) }

// server says where the pages are, and who may have them.
func (s Site) server() (all lines) {
	all.add("root %s;", Quote(s.Root))
	all.add("index index.html index.htm;")
	for _, status := range slices.Sorted(maps.Keys(s.Errors)) {
		all.add("error_page %d %s;", status, quote(s.Errors[status]))
	}
	if s.Passwords != "" {
		all.add(`auth_basic "Restricted";`)
		all.add(`auth_basic_user_file "%s";`, s.Passwords)
	}
	if s.HTTPS {
		all.add("if ($http_x_forwarded_proto = http) { return 301 https://$host$request_uri; }")
	}
	if s.Includes {
		all.add("ssi on;")
	}
	for _, r := range s.Redirects {
		all.add("location = %s { return %d %s; }", Quote(r.From), cmp.Or(r.Status, 301), Quote(r.To))
	}
	if s.Server != "" {
		all.add("%s", strings.ReplaceAll(strings.TrimSpace(s.Server), "\n", "\n    "))
	}
	return all
}

// freshness is by what a browser tells whether it has the pages as they are.
func (s Site) freshness() (all lines) {
	all.add(`add_header Last-Modified "";`)
	if s.Version == "" {
		return all
	}
	all.add(`add_header ETag 'W/"%s"';`, s.Version)
	if s.Passwords == "" { // nginx would answer before it asks for them
		all.add(`if ($http_if_none_match = 'W/"%s"') { return 304; }`, s.Version)
	}
	return all
}

// pages are the files for a path, what stands for those that are not there, and what is no page.
func (s Site) pages() (all lines) {
	missing := "=404"
	switch {
	case s.Fallback:
		missing = "/index.html"
	case len(s.Routes) > 0:
		missing = "@routes"
	}
	all.add("location / {")
	if s.Listing {
		all.add("  autoindex on;")
	}
	if s.More != "" {
		all.add("  %s", strings.ReplaceAll(strings.TrimSpace(s.More), "\n", "\n      "))
	}
	all.add("  try_files $uri $uri.html $uri/ %s;", missing)
	all.add("}")
	if missing == "@routes" {
		all.add("location @routes {")
		for _, r := range s.Routes {
			all.add("  rewrite %s %s last;", pattern(r.Pattern, ""), Quote("/"+strings.TrimPrefix(r.File, "/")))
		}
		all.add("  return 404;")
		all.add("}")
	}
	if page := s.Errors[404]; page != "" {
		all.add("location = %s { internal; }", quote(page))
	}
	all.add(`location ~ ^/(Procfile|project\.toml)$ { return 404; }`)
	if !s.Dotfiles {
		all.add("%s", Hidden)
	}
	return all
}

// headers are maps of nginx that tell each header's value by the path, and the names of the headers: that of $header_0 first. A
// header without a value is not sent. The first page is asked for again each time, unless the site says otherwise: it names the
// others, which may be new.
func (s Site) headers() (values string, names []string) {
	all := append(slices.Clone(s.Headers), Header{Pattern: "/index.html", Name: "Cache-Control", Value: "no-cache"})
	var b strings.Builder
	for _, h := range all {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, h.Name) }) {
			continue
		}
		fmt.Fprintf(&b, "  map $uri $header_%d {\n", len(names))
		for _, same := range all {
			if strings.EqualFold(same.Name, h.Name) {
				fmt.Fprintf(&b, "    %s %s;\n", pattern(same.Pattern, "~"), Quote(same.Value))
			}
		}
		b.WriteString("  }\n")
		names = append(names, h.Name)
	}
	return b.String(), names
}

// pattern writes a pattern of paths as a regular expression, between quotes, after what says that it is one. A folder is its first
// page, too: that is what nginx has made of the path when it answers.
func pattern(s, sign string) string {
	var b strings.Builder
	rest := strings.TrimPrefix(s, "/")
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, "**"):
			b.WriteString(".*")
			rest = rest[2:]
		case rest[0] == '*':
			b.WriteString("[^/]*")
			rest = rest[1:]
		default:
			b.WriteString(regexp.QuoteMeta(rest[:1]))
			rest = rest[1:]
		}
	}
	if strings.HasSuffix("/"+s, "/") {
		b.WriteString(`(?:index\.html)?`)
	}
	return `"` + sign + "^/" + escape(b.String()) + `$"`
}

// escape writes text so that it stands between quotes.
func escape(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }
