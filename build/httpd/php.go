package httpd

import (
	"regexp"
	"strings"
)

// Site is a folder of an app of PHP, for Adapt where the app has no configuration of its own. Its .htaccess files count in full.
type Site struct {
	Root     string   // absolute path in the image
	Front    string   // the front controller, below Root: "index.php"
	Rewrites bool     // a path that is not there is the front controller's, unless .htaccess says otherwise
	Hidden   []string // regular expressions of paths that are not there for visitors
	Include  []string // more of the server's configuration: absolute paths or patterns of them
}

// modules are those that .htaccess files of apps, written for hosters, count on.
var modules = []string{
	"access_compat", "actions", "alias", "auth_basic", "authn_core", "authn_file", "authz_core", "authz_groupfile", "authz_host", "authz_user", "autoindex", "deflate", "dir", "env", "expires",
	"ext_filter", "filter", "headers", "include", "mime", "negotiation", "proxy", "proxy_fcgi", "proxy_http", "remoteip", "reqtimeout", "rewrite", "setenvif", "substitute",
}

// String is the text of the configuration.
func (s Site) String() string {
	var b strings.Builder
	for _, name := range modules {
		b.WriteString("LoadModule " + name + "_module mod_" + name + ".so\n")
	}
	b.WriteString(`Listen ${PORT}
ServerName localhost
UseCanonicalName Off
ServerTokens Prod
ServerSignature Off
TraceEnable Off
LogLevel warn
ErrorLog /proc/self/fd/2
LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" combined
CustomLog /proc/self/fd/1 combined
GracefulShutdownTimeout 30
TypesConfig /etc/mime.types
AddDefaultCharset utf-8
AddOutputFilterByType DEFLATE text/html text/plain text/css text/javascript text/xml application/javascript application/json application/manifest+json application/xml application/wasm image/svg+xml
DocumentRoot ` + quote(s.Root) + `
DirectoryIndex ` + s.indexes() + `
<Directory />
Options FollowSymLinks
AllowOverride None
Require all denied
</Directory>
`)
	for _, pattern := range s.Hidden {
		b.WriteString("RedirectMatch 404 " + quote(pattern) + "\n")
	}
	b.WriteString("<Directory " + quote(s.Root) + ">\nAllowOverride All\nRequire all granted\n")
	if s.Rewrites {
		b.WriteString("RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\nRewriteCond %{REQUEST_FILENAME} !-d\nRewriteRule ^ " + s.Front + " [L]\n")
	}
	b.WriteString("</Directory>\n")
	for _, name := range s.Include {
		b.WriteString("IncludeOptional " + quote(name) + "\n")
	}
	return b.String()
}

// indexes are the names of files that stand for their folder.
func (s Site) indexes() string {
	if s.Front == "index.php" {
		return "index.php index.html index.htm"
	}
	return s.Front + " index.php index.html index.htm"
}

var (
	isPHP = regexp.MustCompile(`^php\d*_module$`)
	// anyFPM is where configurations find php-fpm, or what they call PHP in the server itself.
	anyFPM = regexp.MustCompile(`(?:proxy:)?(?:unix:[^|"\s]+\|)?fcgi://[^/"\s]*|\bapplication/x-httpd-php\d*\b|\bphp\d*-script\b`)
)

// address is how directives name php-fpm.
func (p *adapting) address() string { return "unix:" + p.PHP + "|fcgi://localhost" }

// runner is a line that has scripts run, with this image's php-fpm in the place of the one that it names.
func (p *adapting) runner(line string) string {
	directive, rest, _ := strings.Cut(line, " ")
	found := anyFPM.FindString(rest)
	if found == "" {
		return line
	}
	to := p.address()
	if !strings.HasPrefix(strings.ToLower(directive), "proxypass") {
		to = "proxy:" + to
	}
	p.changed = append(p.changed, directive+" "+found+" is php-fpm")
	p.runs = true
	if made := strings.Replace(rest, found, to, 1); strings.Contains(made, `"`) {
		return directive + " " + made
	}
	return directive + " " + strings.Replace(rest, found, quote(to), 1)
}

// scripts are the lines by which php-fpm runs the app's scripts, where no line of the configuration does. Scripts see the
// Authorization header, as they do in other servers.
func (p *adapting) scripts() []string {
	if p.PHP == "" {
		return nil
	}
	made := append(p.load("proxy"), p.load("proxy_fcgi")...)
	made = append(made, "<Directory "+quote(p.Dir)+">", "CGIPassAuth On", "</Directory>")
	if p.runs {
		return made
	}
	return append(made,
		`<FilesMatch "\.php$">`, `<If "-f %{REQUEST_FILENAME}">`, `SetHandler "proxy:`+p.address()+`"`, "</If>", "</FilesMatch>",
	)
}
