package php

import (
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"whittle.dev/whittle/build/command"
	"whittle.dev/whittle/build/httpd"
	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/nginx"
)

// webDirs are the folders whose index.php is the front controller, in the order they are looked for: Laravel's and Symfony's,
// Drupal's and Yii's, CakePHP's, Paketo's default, Magento's, and two of hosters. The app's own folder is the last.
var webDirs = []string{"public", "web", "webroot", "htdocs", "pub", "docroot", "www", "."}

// The servers that BP_PHP_SERVER chooses from, by Paketo's names.
const (
	nginxServer   = "nginx"      // nginx in front of php-fpm
	httpdServer   = "httpd"      // Apache's server in front of php-fpm
	builtinServer = "php-server" // PHP's own, which is meant for development
)

// site is what is served.
type site struct {
	root     string // below the app's folder
	front    string // the front controller, below root; empty for index.php
	server   string
	rewrites bool     // a path that is not there is the front controller's
	include  []string // more of the server's configuration: absolute paths
	config   string   // the app's own configuration of Apache's server, below its folder; empty for none
	why      string
}

// findSite finds what to serve; nil where there is nothing.
func (a *app) findSite() (*site, error) {
	if a.platform.server == noServer && a.Setting("BP_PHP_SERVER") == "" {
		return nil, nil
	}
	s := &site{server: cmp.Or(a.platform.server, a.defaultServer())}
	if root := a.Setting("BP_PHP_WEB_DIR"); root != "" {
		s.root, s.why = path.Clean(root), "BP_PHP_WEB_DIR"
		return s, a.complete(s)
	}
	if a.platform.root != "" {
		s.root, s.why = a.platform.root, a.platform.file
		return s, a.complete(s)
	}
	if root := a.manifest.webRoot(); root != "" {
		s.root, s.why = root, "extra in composer.json"
		return s, a.complete(s)
	}
	for _, dir := range webDirs {
		if file := path.Join(dir, "index.php"); language.IsFile(a.Files, file) {
			s.root, s.why = dir, file
			return s, a.complete(s)
		}
	}
	if root, page, _ := scriptedPages(a.Files); page != "" && len(a.Processes) == 0 && a.platform.script == "" {
		s.root, s.why = root, page
		err := a.complete(s)
		s.rewrites = false
		return s, err
	}
	return nil, nil
}

// webRoot is the folder that composer.json's extra names, in the words of Drupal and Symfony; Composer may make it.
func (m manifest) webRoot() string {
	var extra struct {
		Scaffold struct {
			Locations struct {
				WebRoot string `json:"web-root"`
			} `json:"locations"`
		} `json:"drupal-scaffold"`
		PublicDir string `json:"public-dir"`
	}
	if json.Unmarshal(m.Extra, &extra) != nil {
		return ""
	}
	for _, dir := range []string{extra.Scaffold.Locations.WebRoot, extra.PublicDir} {
		if dir = strings.Trim(dir, "/"); dir != "" && fs.ValidPath(path.Clean(dir)) {
			return path.Clean(dir)
		}
	}
	return ""
}

// complete checks a folder to serve, and decides what it lacks.
func (a *app) complete(s *site) error {
	if !fs.ValidPath(s.root) || (!language.IsDir(a.Files, s.root) && s.why != "extra in composer.json") {
		return badFolder(s.root, s.why)
	}
	s.server = cmp.Or(a.Setting("BP_PHP_SERVER"), s.server)
	if front := a.platform.front; front != "index.php" && language.IsFile(a.Files, path.Join(s.root, front)) {
		s.front = front
	}
	s.rewrites = s.front != "" || a.rewrites(s.root)
	if s.server == httpdServer {
		return a.completeHTTPD(s)
	}
	return nil
}

// controller is the front controller's path below the folder that is served.
func (s *site) controller() string { return cmp.Or(s.front, "index.php") }

// fpm tells whether php-fpm runs the scripts, behind a server.
func (s *site) fpm() bool { return s.server != builtinServer }

// rewrites tells whether a path that is not there is the front controller's: in a folder of its own, where .htaccess says so, and
// where there is no other script beside it.
func (a *app) rewrites(root string) bool {
	if root != "." || a.isWordPress() || strings.Contains(content(a.Files, ".htaccess"), "index.php") {
		return true
	}
	scripts, err := fs.Glob(a.Files, "*.php")
	return err == nil && len(scripts) == 1
}

// checkSite checks, after the packages were installed, that there is something to serve.
func (a *app) checkSite(context.Context) error {
	if a.web == nil {
		return nil
	}
	if !a.exists(a.web.root) {
		return badFolder(a.web.root, a.web.why)
	}
	if a.web.rewrites && !a.exists(path.Join(a.web.root, a.web.controller())) {
		a.web.rewrites = false
		a.Log.Warn("%s has no index.php: only files that are there are served", a.web.root)
	}
	if a.web.config != "" {
		a.Log.Line("served by %s, as %s says", a.web.serverName(), a.web.config)
		return nil
	}
	missing := "404"
	switch {
	case a.web.server == httpdServer && a.ownRules(a.web):
		missing = "as " + htaccess + " says"
	case a.web.rewrites:
		missing = a.web.controller() + "'s"
	}
	a.Log.Line("served by %s: %s; a path that is not there is %s", a.web.serverName(), a.web.root, missing)
	if a.web.server != nginxServer {
		return nil
	}
	if a.exists(path.Join(a.web.root, htaccess)) {
		a.Log.Line(".htaccess is Apache's, and not read: what it says beyond the front controller belongs in .nginx.conf.d/NAME-server.conf; or BP_PHP_SERVER=httpd has Apache's server serve")
	}
	if a.exists("nginx.conf") && len(a.web.include) == 0 {
		a.Log.Line("nginx.conf is not read: what it says of the site belongs in .nginx.conf.d/NAME-server.conf")
	}
	if folders := a.closed(); len(folders) > 0 {
		a.Log.Line("not for visitors, as a .htaccess in each says: %s", language.List(folders))
	}
	return nil
}

func (s *site) serverName() string {
	switch s.server {
	case builtinServer:
		return "PHP's own server, which is meant for development"
	case httpdServer:
		return "Apache's server and php-fpm"
	}
	return "nginx and php-fpm"
}

// socket is where php-fpm listens, for nginx alone.
const socket = "/tmp/php-fpm.sock"

// line is the command that serves.
func (s *site) line(a *app) string {
	root := filepath.Join(a.Dir, s.root)
	if s.server == builtinServer {
		return "exec php -S 0.0.0.0:" + language.Port + " -t " + command.Text(root).String()
	}
	dir := a.settingsDir()
	fpm := "together -s QUIT php-fpm" + a.series() + " -F -O -R -y " + filepath.Join(dir, "php-fpm.conf") + " -- "
	if s.server == httpdServer {
		return "PORT=" + language.Port + " " + fpm + "-s " + httpd.Signal + " -w " + socket + " " + httpd.Command(filepath.Join(dir, httpdConf))
	}
	return nginx.Prepare(filepath.Join(dir, "nginx.conf")) + " && exec " + fpm + "-s QUIT -w " + socket + " " + nginx.Command
}

// The paths that are not there for visitors, as regular expressions of any case.
const (
	// uploads are folders to which apps let users write: what is in them is never run.
	uploads = `(?:^|/)(?:uploads?|files)/.+\.(?:php[0-9s]?|phtml|phar)(?:/|$)`
	// private are files beside the front controller, where that is in the app's own folder.
	private = `(?:^/(?:vendor|node_modules|storage|var|bin|tests?)/.+\.php$|/composer\.(?:json|lock)$|/Procfile$|\.(?:inc|ini|log|neon|sql|twig|sh|bak)$)`
)

// indexes are the names of files that stand for their folder.
func (s *site) indexes() string {
	names := []string{"index.php", "index.html", "index.htm"}
	if s.front != "" {
		names = append([]string{s.front}, names...)
	}
	return strings.Join(names, " ")
}

// nginx is nginx's configuration of the site.
func (s *site) nginx(a *app) string {
	missing := "=404"
	if s.rewrites {
		missing = "/" + s.controller() + "$is_args$args"
	}
	server := "    root " + nginx.Quote(filepath.Join(a.Dir, s.root)) + `;
    index ` + s.indexes() + `;
    client_max_body_size ${PHP_POST_MAX_SIZE:-32M};
    fastcgi_buffer_size 32k;
    fastcgi_buffers 16 32k;
    ` + nginx.Hidden + `
    location ~* ` + uploads + " { return 404; }\n"
	for _, folder := range a.closed() {
		server += "    location ^~ " + nginx.Quote("/"+folder+"/") + " { return 404; }\n"
	}
	if s.root == "." {
		server += "    location ~* " + private + " { return 404; }\n"
	}
	server += `    location / { try_files $uri $uri/ ` + missing + `; }
    location ~ \.php(?:/|$) {
      fastcgi_split_path_info ^(.+?\.php)(/.*)?$;
      set $path_info $fastcgi_path_info;
      try_files $fastcgi_script_name =404;
      include /etc/nginx/fastcgi.conf;
      fastcgi_param PATH_INFO $path_info;
      fastcgi_param HTTP_PROXY "";
      fastcgi_pass unix:` + socket + `;
    }
`
	http := ""
	if a.exists(".nginx.conf.d") {
		http = "  include " + nginx.Quote(filepath.Join(a.Dir, ".nginx.conf.d/*-http.conf")) + ";\n"
		server += "    include " + nginx.Quote(filepath.Join(a.Dir, ".nginx.conf.d/*-server.conf")) + ";\n"
	}
	for _, file := range s.include {
		server += "    include " + nginx.Quote(file) + ";\n"
	}
	return nginx.Config{Workers: "1", PID: "/tmp/nginx.pid", Main: "worker_shutdown_timeout 30s;\n", HTTP: http, Server: server}.String()
}
