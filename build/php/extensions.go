package php

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"
	"whittle.dev/whittle/internal/text"
	"whittle.dev/whittle/slicer"
	record "whittle.dev/whittle/slicer/manifest"
)

// series is the PHP of the release, as the names of its packages have it: "8.4".
func (a *app) series() string { return a.Builder.Version("php") }

// compiledIn are extensions that are part of the programs, or of php8.4-common and php8.4-opcache, which every image has.
var compiledIn = strings.Fields("core ctype date fileinfo filter ftp gettext hash iconv json libxml openssl pcntl pcre pdo phar posix random reflection session shmop sockets sodium spl " +
	"standard sysvmsg sysvsem sysvshm tokenizer zlib calendar exif ffi opcache zend-opcache")

// inPackage tells the packages of extensions that are not called as the extension: php8.4-mysql has pdo_mysql.
var inPackage = map[string]string{
	"mysqli": "mysql", "mysqlnd": "mysql", "pdo_mysql": "mysql", "pdo_pgsql": "pgsql", "pdo_sqlite": "sqlite3", "pdo_odbc": "odbc",
	"pdo_firebird": "interbase", "pdo_dblib": "sybase", "dom": "xml", "simplexml": "xml", "xmlreader": "xml", "xmlwriter": "xml", "xsl": "xml", "libvirt": "libvirt-php",
}

// usual are the packages of extensions that PHP itself is built with unless somebody leaves them out, and that apps therefore
// use without asking for them.
var usual = []string{"mbstring", "xml"}

// chosenAtRunTime are packages that use extensions which they do not ask for, because the app's settings choose among them.
var chosenAtRunTime = []struct {
	packages, extensions []string
}{
	{[]string{"laravel/framework", "illuminate/database", "doctrine/dbal", "cakephp/database", "yiisoft/yii2", "codeigniter4/framework", "propel/propel", "drupal/core"}, []string{"pdo_mysql", "pdo_pgsql", "pdo_sqlite"}},
	{[]string{"guzzlehttp/guzzle", "symfony/http-client", "laravel/framework", "drupal/core"}, []string{"curl"}},
	{[]string{"drupal/core"}, []string{"gd"}},
	{[]string{"wordpress", "johnpbloch/wordpress-core", "roots/wordpress-no-content"}, []string{"mysqli", "curl", "gd", "zip"}},
}

// calls are what PHP code says where it uses an extension.
var calls = []struct{ text, extension string }{
	{"mysqli", "mysqli"},
	{"mysql:host", "pdo_mysql"},
	{"mysql:unix_socket", "pdo_mysql"},
	{"pgsql:", "pdo_pgsql"},
	{"pg_connect(", "pgsql"},
	{"sqlite:", "pdo_sqlite"},
	{"new SQLite3(", "sqlite3"},
	{"curl_init(", "curl"},
	{"imagecreate", "gd"},
	{"new Imagick", "imagick"},
	{"new ZipArchive", "zip"},
	{"new Redis(", "redis"},
	{"new \\Redis(", "redis"},
	{"new Memcached(", "memcached"},
	{"new SoapClient", "soap"},
	{"new IntlDateFormatter", "intl"},
	{"new NumberFormatter", "intl"},
	{"bcadd(", "bcmath"},
	{"bcmul(", "bcmath"},
	{"ldap_connect(", "ldap"},
	{"gmp_init(", "gmp"},
	{"apcu_fetch(", "apcu"},
	{"bzopen(", "bz2"},
	{"tidy_parse", "tidy"},
	{"yaml_parse", "yaml"},
}

// extension is one that the app wants.
type extension struct {
	name string // "pdo_mysql"
	by   string // who wants it: "ext-gd in composer.json"
}

// debianPackage is what follows php8.4- in the name of the package that has an extension; empty where PHP itself has it.
func (a *app) debianPackage(e extension) (name string, known bool) {
	if slices.Contains(compiledIn, e.name) {
		return "", true
	}
	name = e.name
	if other, ok := inPackage[name]; ok {
		name = other
	}
	return name, slices.Contains(a.Builder.PHP.Extensions, name)
}

// extensions are those that an app wants, each once, in the order of what says so: a setting, composer.json, the packages of the
// lock, what packages choose at run time, the app's own code.
func (a *app) extensions() []extension {
	var all []extension
	seen := map[string]bool{}
	add := func(name, by string) {
		name = strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "ext-")), " ", "-")
		if !seen[name] {
			all = append(all, extension{name, by})
		}
		seen[name] = true
	}
	for _, name := range language.SplitList(a.Setting("BP_PHP_EXTENSIONS")) {
		add(name, "BP_PHP_EXTENSIONS")
	}
	asked := func(l links, by string) {
		for _, name := range slices.Sorted(maps.Keys(l)) {
			if strings.HasPrefix(name, "ext-") {
				add(name, by)
			}
		}
	}
	asked(a.manifest.Require, "composer.json")
	for _, p := range a.lock.Packages {
		asked(p.Require, p.Name)
	}
	for _, c := range chosenAtRunTime {
		for _, p := range c.packages {
			if !a.has(p) && !(p == "wordpress" && a.isWordPress()) {
				continue
			}
			for _, name := range c.extensions {
				add(name, p)
			}
		}
	}
	for _, name := range a.platform.extensions {
		add(name, a.platform.file)
	}
	for _, e := range a.called() {
		add(e.name, e.by)
	}
	for _, name := range usual {
		add(name, "PHP's default")
	}
	return all
}

// maxSources and maxSource bound how many files of the app are looked through for calls, and how big one may be, in bytes.
const (
	maxSources = 2000
	maxSource  = 1 << 20
)

// called are the extensions that the app's own code is seen to use. What WordPress uses is known.
func (a *app) called() []extension {
	if a.isWordPress() {
		return nil
	}
	var all []extension
	seen, found := 0, map[string]bool{}
	// What can't be read here, the build tells of elsewhere.
	_ = fs.WalkDir(a.Files, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case e.IsDir() && slices.Contains([]string{"vendor", "node_modules", ".git", "tests", "storage", "var"}, e.Name()):
			return fs.SkipDir
		case seen >= maxSources:
			return fs.SkipAll
		case !e.Type().IsRegular() || path.Ext(name) != ".php":
			return nil
		}
		if info, err := e.Info(); err != nil || info.Size() > maxSource {
			return nil
		}
		seen++
		code, err := fs.ReadFile(a.Files, name)
		if err != nil {
			return nil
		}
		for _, c := range calls {
			if !found[c.extension] && bytes.Contains(code, []byte(c.text)) {
				found[c.extension] = true
				all = append(all, extension{c.extension, name})
			}
		}
		return nil
	})
	return all
}

// checkExtensions is an error where Debian has no package of an extension.
func (a *app) checkExtensions() error {
	for _, e := range a.extensions() {
		if _, known := a.debianPackage(e); known {
			continue
		}
		names := slices.Concat(a.Builder.PHP.Extensions, compiledIn, slices.Collect(maps.Keys(inPackage)))
		slices.Sort(names)
		return &language.Problem{
			What:     fmt.Sprintf("%s has no package of the PHP extension %q", a.Builder.Debian(), language.Clip(e.name)),
			Evidence: []string{"asked for by " + e.by, "the nearest name that it has: " + text.Nearest(e.name, names)},
			Next:     "Correct the name, or leave the requirement out where the app can do without it.",
		}
	}
	return nil
}

// buildPackages are the packages of the extensions that an app wants: Composer checks for them, and the app's scripts may use
// them. What is wrong with the files is told when the app is compiled.
func buildPackages(files fs.FS, env map[string]string, b builders.Builder) []language.BuildPackage {
	a := &app{Site: language.Site{Files: files, Env: env, Builder: b}, platform: readPlatform(files)}
	var err error
	if a.manifest, err = readManifest(files); err != nil || !a.manifest.found {
		return nil
	}
	if a.lock, err = readLock(files); err != nil || a.checkExtensions() != nil {
		return nil
	}
	var all []language.BuildPackage
	for _, e := range a.extensions() {
		name, _ := a.debianPackage(e)
		if name == "" {
			continue
		}
		if name = "php" + a.series() + "-" + name; !slices.ContainsFunc(all, func(p language.BuildPackage) bool { return p.Name == name }) {
			all = append(all, language.BuildPackage{Name: name, By: e.why()})
		}
	}
	return all
}

func (e extension) why() string { return "ext-" + e.name + " (" + e.by + ")" }

// slices are what of Debian's PHP the image gets. Packages of modules are taken whole, because that switches the modules on.
func (a *app) slices() []slicer.Named {
	named := func(name, by string) slicer.Named {
		return slicer.Named{Name: "php" + a.series() + "-" + name, By: by, Kind: record.Runtime}
	}
	all := []slicer.Named{named("cli_bins", "PHP app"), named("common", "PHP app"), named("opcache", "PHP app")}
	for _, e := range a.extensions() {
		name, _ := a.debianPackage(e)
		one := named(name, e.why())
		if name != "" && !slices.ContainsFunc(all, func(n slicer.Named) bool { return n.Name == one.Name }) {
			all = append(all, one)
		}
	}
	return all
}

// tellExtensions names the packages of extensions and why they come.
func (a *app) tellExtensions() {
	byPackage := map[string][]string{}
	var order []string
	for _, e := range a.extensions() {
		name, _ := a.debianPackage(e)
		if name == "" {
			continue
		}
		if byPackage[name] == nil {
			order = append(order, name)
		}
		if !slices.Contains(byPackage[name], e.by) {
			byPackage[name] = append(byPackage[name], e.by)
		}
	}
	for _, name := range order {
		a.Log.Line("extension %s: for %s", name, language.Some(byPackage[name]))
	}
}
