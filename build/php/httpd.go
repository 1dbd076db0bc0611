package php

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"whittle.dev/whittle/build/httpd"
	"whittle.dev/whittle/build/language"
)

// What an app has of Apache's server: its configuration, or, where that does not say on which port to listen, a part of one; and
// the folder of parts that Paketo reads.
const (
	httpdConf  = "httpd.conf"
	httpdParts = ".httpd.conf.d"
)

// defaultServer is the server that the app has a configuration for.
func (a *app) defaultServer() string {
	if language.IsFile(a.Files, httpdConf) || language.IsDir(a.Files, httpdParts) {
		return httpdServer
	}
	return nginxServer
}

// completeHTTPD decides by which configuration Apache's server serves, and reads it before Composer gets anything.
func (a *app) completeHTTPD(s *site) error {
	if err := a.checkHtaccess(s.root); err != nil {
		return err
	}
	if language.IsFile(a.Files, httpdConf) {
		p, err := a.adapt(httpd.Source{Name: httpdConf})
		if err != nil {
			return err
		}
		if len(p.Ports) > 0 {
			s.config, s.why = httpdConf, httpdConf
			return nil
		}
		s.include = append(s.include, filepath.Join(a.Dir, httpdConf))
	}
	if language.IsDir(a.Files, httpdParts) {
		s.include = append(s.include, filepath.Join(a.Dir, httpdParts, "*.conf"))
	}
	_, err := a.adaptSite(s)
	return err
}

// adaptSite is the configuration of Apache's server for a site, as the image has it.
func (a *app) adaptSite(s *site) (httpd.Adapted, error) {
	if s.config != "" {
		return a.adapt(httpd.Source{Name: s.config})
	}
	// Those that begin with a dot are but for certificates and what else is agreed on (RFC 8615).
	hidden := []string{`/\.(?!well-known/)`, "(?i)" + uploads}
	if s.root == "." {
		hidden = append(hidden, "(?i)"+private)
	}
	return a.adapt(httpd.Source{Site: &httpd.Site{
		Root: filepath.Join(a.Dir, s.root), Front: s.controller(), Rewrites: s.rewrites && !a.ownRules(s), Hidden: hidden, Include: s.include,
	}})
}

// switchesRewriting is a line of .htaccess that rules of the server's configuration give way to.
var switchesRewriting = regexp.MustCompile(`(?im)^\s*(?:rewriteengine|fallbackresource)\s`)

// ownRules tells whether the .htaccess of the folder that is served says which path is whose.
func (a *app) ownRules(s *site) bool {
	return switchesRewriting.MatchString(content(a.Files, path.Join(s.root, htaccess)))
}

func (a *app) adapt(c httpd.Source) (httpd.Adapted, error) {
	c.Files, c.Dir, c.PHP = a.Files, a.Dir, socket
	p, err := httpd.Adapt(c)
	if err != nil {
		return p, &language.Problem{What: err.Error(), Next: "Correct it; apachectl configtest says more, where Apache's server is installed.", Err: err}
	}
	return p, nil
}

// httpd is the text of the server's configuration; it tells what was changed of the app's own.
func (a *app) httpd() (string, error) {
	p, err := a.adaptSite(a.web)
	if err != nil {
		return "", err
	}
	for _, change := range p.Changed {
		a.Log.Line("  %s", change)
	}
	if a.web.config != "" {
		a.notes = append(a.notes, language.PortNotes("Apache's server", "Listen", p.Ports)...)
	}
	a.omit = httpd.Omitted(p.Modules)
	return p.Text, nil
}

// ofModule is a directive of PHP as a module of Apache's server.
var ofModule = regexp.MustCompile(`(?i)^php_(?:admin_)?(?:value|flag)\s`)

// checkHtaccess refuses settings of PHP in the .htaccess of the folder that is served, unless they are for servers with the module
// alone: any other server answers every request with an error.
func (a *app) checkHtaccess(root string) error {
	name := filepath.Join(root, htaccess)
	within := 0
	for line := range strings.Lines(content(a.Files, name)) {
		line = strings.TrimSpace(line)
		switch lower := strings.ToLower(line); {
		case strings.HasPrefix(lower, "<ifmodule"):
			within++
		case strings.HasPrefix(lower, "</ifmodule"):
			within--
		case within == 0 && ofModule.MatchString(line):
			return &language.Problem{
				What: name + " sets PHP where php-fpm does not read it", Evidence: []string{language.Clip(line)},
				Next: "Write it as NAME = VALUE into .user.ini in the same folder, or into .php.ini.d/app.ini, and out of " + name + ".",
			}
		}
	}
	return nil
}
