package php

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/document"
)

// bpConfig is Cloud Foundry's folder of settings, and options the file in it.
const (
	bpConfig = ".bp-config"
	options  = bpConfig + "/options.json"
)

// noServer has an app of Cloud Foundry's run a script, and nothing served.
const noServer = "none"

// platform is what the app tells another platform of how it is served. What is left open there is empty.
type platform struct {
	file       string   // where it does; empty for nowhere
	root       string   // the folder to serve, below the app's
	server     string   // one of those that BP_PHP_SERVER chooses from, or noServer
	front      string   // the front controller, below root
	script     string   // what php runs where nothing is served
	extensions []string // "apcu"
	version    string   // "8.2"
	broken     error    // why the file cannot be read
}

// platformFiles are the files by which apps tell other platforms how they are served, and how each is read. A file that is about another
// language tells nothing.
var platformFiles = []struct {
	file string
	read func(text string) (platform, error)
}{
	{options, readOptions},
	{"buildpack.yml", readBuildpack},
	{"app.yaml", readAppEngine},
	{".platform.app.yaml", readPlatformSH},
}

// readPlatform reads the first of the files that tells something.
func readPlatform(files fs.FS) platform {
	for _, p := range platformFiles {
		text, ok, err := language.ReadText(files, p.file)
		if !ok && err == nil {
			continue
		}
		var t platform
		if err == nil {
			t, err = p.read(text)
		}
		if err != nil {
			return platform{file: p.file, broken: err}
		}
		if t = t.checked(files); !t.empty() {
			t.file = p.file
			return t
		}
	}
	return platform{}
}

func (p platform) empty() bool {
	return p.root == "" && p.server == "" && p.front == "" && p.script == "" && len(p.extensions) == 0 && p.version == ""
}

var (
	scriptName = regexp.MustCompile(`^[\w.-]+(?:/[\w.-]+)*\.php$`)
	minor      = regexp.MustCompile(`([5-9])[._]?(\d)`)
)

// checked leaves out what cannot be: folders outside of the app, servers that are not here, scripts that are none.
func (p platform) checked(files fs.FS) platform {
	if p.root = strings.Trim(p.root, "/"); p.root != "" {
		if p.root = path.Clean(p.root); !fs.ValidPath(p.root) || !language.IsDir(files, p.root) {
			p.root = ""
		}
	}
	if !slices.Contains([]string{nginxServer, httpdServer, builtinServer, noServer}, p.server) {
		p.server = ""
	}
	if p.front = strings.TrimPrefix(p.front, "/"); !scriptName.MatchString(p.front) {
		p.front = ""
	}
	if !scriptName.MatchString(p.script) || !language.IsFile(files, path.Clean(p.script)) {
		p.script = ""
	}
	if m := minor.FindStringSubmatch(p.version); m != nil {
		p.version = m[1] + "." + m[2]
	} else {
		p.version = ""
	}
	if p.server == noServer && p.script == "" {
		p.script = language.FirstFile(files, "app.php", "main.php", "run.php", "start.php")
	}
	return p
}

// readOptions reads the options of Cloud Foundry's PHP buildpack.
func readOptions(text string) (platform, error) {
	var o struct {
		Server     string   `json:"WEB_SERVER"`
		Root       string   `json:"WEBDIR"`
		Script     string   `json:"APP_START_CMD"`
		Version    string   `json:"PHP_VERSION"`
		Extensions []string `json:"PHP_EXTENSIONS"`
		Zend       []string `json:"ZEND_EXTENSIONS"`
	}
	err := document.JSON([]byte(text), &o)
	return platform{root: o.Root, server: o.Server, script: o.Script, version: o.Version, extensions: slices.Concat(o.Extensions, o.Zend)}, err
}

// readBuildpack reads the file of older buildpacks of Paketo's.
func readBuildpack(text string) (platform, error) {
	var b struct {
		PHP struct {
			Server  string `yaml:"webserver"`
			Root    string `yaml:"webdirectory"`
			Script  string `yaml:"script"`
			Version string `yaml:"version"`
		} `yaml:"php"`
	}
	err := document.YAML(text, &b)
	return platform{root: b.PHP.Root, server: b.PHP.Server, script: b.PHP.Script, version: b.PHP.Version}, err
}

// readAppEngine reads the file of App Engine's flexible environment.
func readAppEngine(text string) (platform, error) {
	var y struct {
		Runtime string `yaml:"runtime"`
		Config  struct {
			Root  string `yaml:"document_root"`
			Front string `yaml:"front_controller_file"`
		} `yaml:"runtime_config"`
	}
	if err := document.YAML(text, &y); err != nil || !strings.HasPrefix(y.Runtime, "php") {
		return platform{}, err
	}
	return platform{root: y.Config.Root, front: y.Config.Front, version: strings.TrimPrefix(y.Runtime, "php")}, nil
}

// readPlatformSH reads the file of Platform.sh (Upsun), whose passthru may be true or false instead of a front controller's path.
func readPlatformSH(text string) (platform, error) {
	var y struct {
		Type string `yaml:"type"`
		Web  struct {
			Locations map[string]struct {
				Root     string `yaml:"root"`
				Passthru any    `yaml:"passthru"`
			} `yaml:"locations"`
		} `yaml:"web"`
	}
	if err := document.YAML(text, &y); err != nil || !strings.HasPrefix(y.Type, "php:") {
		return platform{}, err
	}
	site := y.Web.Locations["/"]
	front, _ := site.Passthru.(string)
	return platform{root: site.Root, front: front, version: strings.TrimPrefix(y.Type, "php:")}, nil
}

// tellPlatform says what of such a file does not hold here.
func (a *app) tellPlatform() {
	if p := a.platform; p.broken != nil {
		a.Log.Warn("%s cannot be read, and says nothing here: %s", p.file, language.Clip(p.broken.Error()))
	} else if p.version != "" && p.version != a.series() {
		a.Log.Line("%s names PHP %s; PHP %s runs the app (BP_PHP_VERSION asks for one)", p.file, p.version, a.version)
	}
	if strings.Contains(content(a.Files, options), "ADDITIONAL_PREPROCESS_CMDS") {
		a.Log.Warn("%s: ADDITIONAL_PREPROCESS_CMDS are not run; a start command of a Procfile may begin with them (web: php warm.php && heroku-php-nginx)", options)
	}
	a.tellConfigurations()
	if a.web == nil || !language.IsDir(a.Files, path.Join(bpConfig, a.web.server)) {
		return
	}
	parts := ".nginx.conf.d/NAME-server.conf"
	if a.web.server == httpdServer {
		parts = httpdParts + "/NAME.conf"
	}
	a.Log.Line("%s/%s is not read: what it says of the site belongs in %s", bpConfig, a.web.server, parts)
}

// configurations are nginx's for PHP on other platforms, by their names there: they name servers and variables that only those have.
var configurations = []struct{ file, of string }{{"nginx-app.conf", "App Engine"}, {"nginx.template.conf", "Nixpacks"}}

// tellConfigurations tells of such a file that is not read; one that the Procfile names is.
func (a *app) tellConfigurations() {
	if a.web == nil || a.web.server != nginxServer {
		return
	}
	for _, c := range configurations {
		named := slices.ContainsFunc(a.Processes, func(p language.Process) bool { return strings.Contains(p.Text(), c.file) })
		if !named && language.IsFile(a.Files, c.file) {
			a.Log.WarnLate("%s is for %s, and is not read: what it says of the site belongs in .nginx.conf.d/NAME-server.conf", c.file, c.of)
		}
	}
}

// ofCloudFoundry are the app's settings of PHP and of php-fpm as Cloud Foundry reads them, by their names in the layer. @{HOME} is the
// app's folder there, and @{WEBDIR} the one that is served.
func (a *app) ofCloudFoundry() (map[string]string, error) {
	root := "."
	if a.web != nil {
		root = a.web.root
	}
	fill := strings.NewReplacer("@{HOME}", a.Dir, "@{WEBDIR}", root, "@{TMPDIR}", "/tmp")
	made := map[string]string{}
	for _, pattern := range []string{iniParts + "/*.ini", fpmParts + "/*.conf"} {
		found, err := fs.Glob(a.Files, path.Join(bpConfig, "php", pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range found {
			text, ok, err := language.ReadText(a.Files, name)
			if err != nil {
				return nil, err
			}
			if ok {
				made[path.Join(path.Dir(pattern), path.Base(name))] = fill.Replace(text)
			}
		}
	}
	return made, nil
}

// iniParts and fpmParts are folders of more settings of PHP and of php-fpm, below that of Cloud Foundry and in the layer.
const (
	iniParts = "php.ini.d"
	fpmParts = "fpm.d"
)

// hasParts tells whether files of a layer are such settings.
func hasParts(files map[string]string, folder string) bool {
	for name := range files {
		if path.Dir(name) == folder {
			return true
		}
	}
	return false
}

// tellSessions tells of the bindings by which Paketo's buildpack writes into php.ini where sessions are kept, with the password. Here a
// binding is for the build alone, and without a word each container would keep sessions of its own.
func (a *app) tellSessions() {
	for _, extension := range []string{"redis", "memcached"} {
		for _, b := range a.Bindings("php-" + extension + "-session") {
			a.Log.Warn("binding %s is not read, since its password would be in the image, and sessions are files in /tmp: put session.save_handler = %s and "+
				"session.save_path = \"${SESSION_PATH}\" into .php.ini.d/session.ini, and set BP_PHP_EXTENSIONS=%s and, when it runs, SESSION_PATH", language.Clip(b.Name), extension, extension)
		}
	}
}
