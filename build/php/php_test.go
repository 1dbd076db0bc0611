package php

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// server is the command of the process web where nothing comes before it.
const server = "PORT=${PORT:-8080}; render CONFIG /layers/php/nginx.conf && exec together -s QUIT php-fpm8.4 -F -O -R -y /layers/php/php-fpm.conf -- -s QUIT -w /tmp/php-fpm.sock nginx -e stderr -c $CONFIG"

// apache is the same with Apache's server.
const apache = "PORT=${PORT:-8080} together -s QUIT php-fpm8.4 -F -O -R -y /layers/php/php-fpm.conf -- -s WINCH -w /tmp/php-fpm.sock apache2 -f /layers/php/httpd.conf -DFOREGROUND"

func folder(names ...string) fs.FS {
	dir := fstest.MapFS{}
	for _, n := range names {
		name, text, _ := strings.Cut(n, "=")
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return dir
}

func TestClaims(t *testing.T) {
	for _, row := range []struct {
		files []string
		want  string
	}{
		{[]string{"composer.json"}, "composer.json"},
		{[]string{"composer.json", "composer.lock", "package.json"}, "composer.json composer.lock"},
		{[]string{"composer.json", "package.json", "artisan"}, "composer.json"},
		{[]string{"composer.json", "package.json", "public/index.php"}, "composer.json"},
		{[]string{"composer.json", "package.json", "dist/bootstrap.js"}, ""}, // a JavaScript package that Composer can fetch
		{[]string{"wp-load.php", "wp-includes/version.php", "package.json"}, "wp-load.php"},
		{[]string{"app.py", "tools/export.php"}, ""},
		{[]string{"package.json", "contact.php"}, ""},
		{[]string{"Procfile=worker: php worker.php --all\n", "worker.php"}, "Procfile"},
		{[]string{"Procfile=web: gunicorn app\nold: php old.php\n", "app.py", "old.php"}, ""},
		{[]string{"Procfile=worker: php artisan queue:work\n"}, ""},
		{[]string{".bp-config/options.json={}", "worker.php"}, ".bp-config/options.json"},
		{[]string{"app.yaml=runtime: php84\n", "worker.php"}, ""},
		{[]string{"index.php"}, ""}, // a source, which counts where no manifest does
	} {
		if got := strings.Join(claims(folder(row.files...)), " "); got != row.want {
			t.Errorf("%v: got %q, want %q", row.files, got, row.want)
		}
	}
}

// TestExtensions says which packages of Debian an app's files bring, and why.
func TestExtensions(t *testing.T) {
	for _, row := range []struct {
		name  string
		files []string
		env   string
		want  string // "extension package: by", a blank between them
	}{
		{"none", []string{"index.php=<?php echo 1;"}, "", "mbstring mbstring: PHP's default, xml xml: PHP's default"},
		{
			"composer.json",
			[]string{`composer.json={"require":{"php":"^8","ext-gd":"*","ext-pdo_mysql":"*","ext-json":"*","ext-Zend-OPcache":"*","a/b":"1"}}`},
			"",
			"zend-opcache : composer.json, gd gd: composer.json, json : composer.json, pdo_mysql mysql: composer.json, mbstring mbstring: PHP's default, xml xml: PHP's default",
		},
		{
			"the lock",
			[]string{`composer.json={}`, `composer.lock={"packages":[{"name":"a/b","require":{"ext-dom":"*","ext-intl":"*"}}],"packages-dev":[{"name":"c/d","require":{"ext-xdebug":"*"}}]}`},
			"",
			"dom xml: a/b, intl intl: a/b, mbstring mbstring: PHP's default, xml xml: PHP's default",
		},
		{
			"drivers that settings choose",
			[]string{`composer.json={}`, `composer.lock={"packages":[{"name":"doctrine/dbal"}]}`},
			"",
			"pdo_mysql mysql: doctrine/dbal, pdo_pgsql pgsql: doctrine/dbal, pdo_sqlite sqlite3: doctrine/dbal, mbstring mbstring: PHP's default, xml xml: PHP's default",
		},
		{
			"the app's own code",
			[]string{"index.php=<?php $db = new PDO('sqlite:/tmp/db');", "lib/http.php=<?php curl_init();", "vendor/x.php=<?php new Imagick;"},
			"",
			"pdo_sqlite sqlite3: index.php, curl curl: lib/http.php, mbstring mbstring: PHP's default, xml xml: PHP's default",
		},
		{
			"WordPress",
			[]string{"index.php=", "wp-load.php=<?php new Redis();", "wp-includes/version.php="},
			"",
			"mysqli mysql: wordpress, curl curl: wordpress, gd gd: wordpress, zip zip: wordpress, mbstring mbstring: PHP's default, xml xml: PHP's default",
		},
		{"a setting", []string{"index.php="}, "redis, ext-apcu", "redis redis: BP_PHP_EXTENSIONS, apcu apcu: BP_PHP_EXTENSIONS, mbstring mbstring: PHP's default, xml xml: PHP's default"},
	} {
		a := &app{Site: language.Site{Files: folder(row.files...), Builder: languagetest.Builders(t).Of("debian-13"), Env: map[string]string{"BP_PHP_EXTENSIONS": row.env}}}
		var err error
		if a.manifest, err = readManifest(a.Files); err != nil {
			t.Fatal(err)
		}
		if a.lock, err = readLock(a.Files); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range a.extensions() {
			name, known := a.debianPackage(e)
			if !known {
				t.Errorf("%s: %s is not known", row.name, e.name)
			}
			got = append(got, e.name+" "+name+": "+e.by)
		}
		if diff := cmp.Diff(row.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: -want +got:\n%s", row.name, diff)
		}
	}
}

func TestBuildPackagesAreThoseOfExtensions(t *testing.T) {
	debian13 := languagetest.Builders(t).Of("debian-13")
	got := buildPackages(folder(`composer.json={"require":{"ext-gd":"*","ext-pdo_mysql":"*","ext-mysqli":"*","ext-json":"*"}}`), nil, debian13)
	want := []language.BuildPackage{
		{Name: "php8.4-gd", By: "ext-gd (composer.json)"},
		{Name: "php8.4-mysql", By: "ext-mysqli (composer.json)"},
		{Name: "php8.4-mbstring", By: "ext-mbstring (PHP's default)"},
		{Name: "php8.4-xml", By: "ext-xml (PHP's default)"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, none := range []fs.FS{folder("index.php="), folder("composer.json=["), folder(`composer.json={"require":{"ext-nothing":"*"}}`)} {
		if got := buildPackages(none, nil, debian13); got != nil {
			t.Errorf("got %v", got)
		}
	}
}

// TestStart says what is served and which processes there are.
func TestStart(t *testing.T) {
	const laravel = `{"packages":[{"name":"laravel/framework"}]}`
	const made = "mkdir -p /tmp/app/storage/framework/cache /tmp/app/storage/framework/sessions /tmp/app/storage/framework/testing /tmp/app/storage/framework/views /tmp/app/storage/logs && "
	for _, row := range []struct {
		name       string
		files, env map[string]string
		want       map[string]string
		root       string // served; empty for none
		rewrites   bool
	}{
		{name: "public", files: map[string]string{"public/index.php": "", "index.php": ""}, want: map[string]string{"web": server}, root: "public", rewrites: true},
		{name: "web", files: map[string]string{"web/index.php": ""}, want: map[string]string{"web": server}, root: "web", rewrites: true},
		{name: "a front controller in the app's folder", files: map[string]string{"index.php": ""}, want: map[string]string{"web": server}, root: ".", rewrites: true},
		{name: "scripts side by side", files: map[string]string{"index.php": "", "about.php": ""}, want: map[string]string{"web": server}, root: "."},
		{name: "scripts side by side, with rules", files: map[string]string{"index.php": "", "about.php": "", ".htaccess": "RewriteRule . /index.php [L]"}, want: map[string]string{"web": server}, root: ".", rewrites: true},
		{name: "WordPress", files: map[string]string{"index.php": "", "wp-load.php": "", "wp-includes/version.php": ""}, want: map[string]string{"web": server}, root: ".", rewrites: true},
		{name: "a setting", files: map[string]string{"public/index.php": "", "site/index.php": ""}, env: map[string]string{"BP_PHP_WEB_DIR": "site/"}, want: map[string]string{"web": server}, root: "site", rewrites: true},
		{
			name: "Drupal's scaffold", root: "docroot", rewrites: true, want: map[string]string{"web": server},
			files: map[string]string{"composer.json": `{"extra":{"drupal-scaffold":{"locations":{"web-root":"docroot/"}}},"require":{"drupal/core":"^11"}}`},
		},
		{
			name: "PHP's own server", files: map[string]string{"public/index.php": ""}, env: map[string]string{"BP_PHP_SERVER": "php-server"}, root: "public", rewrites: true,
			want: map[string]string{"web": "exec php -S 0.0.0.0:${PORT:-8080} -t /workspace/public"},
		},
		{
			name: "a worker beside", root: "public", rewrites: true, files: map[string]string{"public/index.php": "", "composer.json": "{}", "composer.lock": laravel, "Procfile": "worker: php artisan queue:work --tries=3\n"},
			want: map[string]string{"worker": made + "php artisan queue:work --tries=3", "web": made + server},
		},
		{
			name: "Heroku's server", root: "public", rewrites: true, files: map[string]string{"public/index.php": "", "nginx_app.conf": "", "Procfile": "web: vendor/bin/heroku-php-nginx -C nginx_app.conf public/\nrelease: bin/console migrate\n", "bin/console": "#!/usr/bin/env php\n"},
			want: map[string]string{"web": server, "release": "php bin/console migrate"},
		},
		{
			name: "a server of the user's", files: map[string]string{"public/index.php": "", "Procfile": "web: php -S 0.0.0.0:$PORT -t public\n"},
			want: map[string]string{"web": "php -S 0.0.0.0:$PORT -t public"},
		},
		{name: "no pages", files: map[string]string{"worker.php": "", "composer.json": "{}", "Procfile": "worker: php worker.php\n"}, want: map[string]string{"worker": "php worker.php"}},
		{name: "a program of a package", files: map[string]string{"composer.json": "{}", "Procfile": "worker: vendor/bin/consume --all\n"}, want: map[string]string{"worker": "php vendor/bin/consume --all"}},
	} {
		made := map[string][]string{}
		if row.root == "docroot" {
			made["composer install"] = []string{"docroot/index.php"}
		}
		b, err := build(t, row.files, row.env, &toolbox{makes: made})
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if diff := cmp.Diff(row.want, b.lines()); diff != "" {
			t.Errorf("%s: -want +got:\n%s", row.name, diff)
		}
		served := slices.ContainsFunc(b.Slices, func(n named) bool { return n.Name == "php8.4-fpm_bins" })
		if served != (row.root != "" && row.env["BP_PHP_SERVER"] == "") {
			t.Errorf("%s: the image has php-fpm: %v", row.name, served)
		}
		if !served {
			continue
		}
		config := b.layerFile(t, "nginx.conf")
		for text, want := range map[string]bool{
			`root "` + filepath.Join("/workspace", row.root) + `";`: true, "try_files $uri $uri/ /index.php$is_args$args;": row.rewrites, "try_files $uri $uri/ =404;": !row.rewrites,
			"/composer\\.(?:json|lock)$": row.root == ".", "listen ${PORT:-8080};": true, `include "/workspace/nginx_app.conf";`: row.files["nginx_app.conf"] != "" || row.name == "Heroku's server",
		} {
			if strings.Contains(config, text) != want {
				t.Errorf("%s: %q in nginx.conf is %v:\n%s", row.name, text, !want, config)
			}
		}
	}
}

// TestInstall says what Composer is asked to do, and with which surroundings.
func TestInstall(t *testing.T) {
	const install = "composer install --no-dev --optimize-autoloader --no-interaction --no-ansi --no-progress"
	page := map[string]string{"public/index.php": ""}
	for _, row := range []struct {
		name  string
		files map[string]string
		env   map[string]string
		want  []string
		log   string
	}{
		{name: "no composer.json"},
		{name: "locked", files: map[string]string{"composer.json": "{}", "composer.lock": "{}"}, want: []string{install}},
		{name: "no lock", files: map[string]string{"composer.json": `{"require":{"a/b":"*"}}`}, want: []string{install}, log: "! there is no composer.lock"},
		{name: "packages that came along", files: map[string]string{"composer.json": "{}", "vendor/autoload.php": ""}, log: "packages: those in vendor, as they are"},
		{name: "packages that came along with a lock", files: map[string]string{"composer.json": "{}", "composer.lock": "{}", "vendor/autoload.php": ""}, want: []string{install}},
		{name: "a new lock", files: map[string]string{"composer.json": "{}", "composer.lock": "{}"}, env: map[string]string{"BP_LOCK": "update"}, want: []string{strings.Replace(install, "install", "update", 1)}},
		{name: "options", files: map[string]string{"composer.json": "{}", "composer.lock": "{}"}, env: map[string]string{"BP_COMPOSER_INSTALL_OPTIONS": "--no-scripts"}, want: []string{"composer install --no-scripts --no-interaction --no-ansi --no-progress"}},
		{name: "Heroku's compile", files: map[string]string{"composer.json": `{"scripts":{"compile":["x"]}}`, "composer.lock": "{}"}, want: []string{install, "composer run-script --no-dev compile --no-interaction --no-ansi"}},
		{name: "Heroku's compile without a lock", files: map[string]string{"composer.json": `{"scripts":{"compile":["x"]}}`}, want: []string{install, "composer run-script --no-dev compile --no-interaction --no-ansi"}},
		{
			name: "Symfony", files: map[string]string{"composer.json": "{}", "composer.lock": `{"packages":[{"name":"symfony/framework-bundle"},{"name":"symfony/asset-mapper"}]}`, "bin/console": ""},
			want: []string{install, "php bin/console cache:warmup", "php bin/console asset-map:compile"},
		},
	} {
		b, err := build(t, language.With(page, row.files), row.env, nil)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if diff := cmp.Diff(row.want, b.ran); diff != "" {
			t.Errorf("%s: -want +got:\n%s", row.name, diff)
		}
		if !strings.Contains(b.log.String(), row.log) {
			t.Errorf("%s: the log lacks %q:\n%s", row.name, row.log, b.log)
		}
	}
}

func TestSurroundingsOfComposer(t *testing.T) {
	tools := &toolbox{}
	site := languagetest.Site(t, tools.run)
	languagetest.Write(t, site.Dir, map[string]string{"public/index.php": "", "composer.json": "{}", "composer.lock": `{"packages":[{"name":"symfony/framework-bundle"}]}`})
	bound := t.TempDir()
	languagetest.Write(t, bound, map[string]string{"auth.json": `{"http-basic":{}}`})
	site.Bindings = func(kind string) []language.Binding {
		if kind != "composer" {
			return nil
		}
		return []language.Binding{{Name: "private", Type: kind, Dir: bound, Files: []string{"auth.json"}}}
	}
	unpacked, err := site.Layer(language.LayerBuildPackages)
	if err != nil {
		t.Fatal(err)
	}
	languagetest.Write(t, unpacked.Path, map[string]string{
		"usr/lib/php/20240924/xsl.so": "", "usr/lib/php/20240924/redis.so": "", "usr/lib/php/20240924/other.so": "",
		"usr/lib/php/20240924/ffi.so": "", "usr/share/php8.4-common/common/ffi.ini": "extension=ffi.so\n",
		"usr/share/php8.4-xml/xml/xsl.ini": "; configuration\n; priority=15\nextension=xsl.so\n", "etc/php/8.4/mods-available/redis.ini": "extension=redis.so\n", "usr/share/php8.4-x/x/gone.ini": "extension=gone.so\n",
	})
	if _, err := compile(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"COMPOSER_AUTH": `{"http-basic":{}}`, "APP_ENV": "prod", "COMPOSER_MIRROR_PATH_REPOS": "1", "PHP_INI_SCAN_DIR": ":" + filepath.Join(site.Temp, "php.d")}
	for name, value := range want {
		if tools.env[name] != value {
			t.Errorf("%s is %q, want %q", name, tools.env[name], value)
		}
	}
	got := map[string]string{}
	for _, name := range languagetest.Names(t, filepath.Join(site.Temp, "php.d")) {
		got[name] = strings.ReplaceAll(languagetest.Read(t, filepath.Join(site.Temp, "php.d", name)), unpacked.Path, "/build")
	}
	if diff := cmp.Diff(map[string]string{"15-xsl.ini": "extension = /build/usr/lib/php/20240924/xsl.so\n", "20-redis.ini": "extension = /build/usr/lib/php/20240924/redis.so\n"}, got); diff != "" {
		t.Errorf("extensions: -want +got:\n%s", diff)
	}
	for _, name := range languagetest.Names(t, site.Dir) {
		if strings.Contains(name, "auth") {
			t.Errorf("credentials are in the app: %s", name)
		}
	}
}

// TestOnlyWhatRunsStays removes what no program reads from the app and its packages, and leads what is written to into /tmp.
func TestOnlyWhatRunsStays(t *testing.T) {
	b, err := build(t, map[string]string{
		"public/index.php": "", "src/App.php": "", "tests/AppTest.php": "", "phpunit.xml": "", ".git/HEAD": "", ".env": "A=1", "auth.json": "{}", "Procfile": "worker: php worker.php\n", "worker.php": "",
		"storage/logs/.gitignore": "*", "storage/logs/laravel.log": "old", "storage/app/data.json": "{}", "bootstrap/cache/packages.php": "",
		"composer.json": `{"autoload":{"psr-4":{"App\\":"src/"}},"autoload-dev":{"psr-4":{"Tests\\":"tests/"}}}`,
		"composer.lock": `{"packages":[{"name":"laravel/framework","version":"v12.1.0","license":["MIT"],"require":{"a/tested":"^1"}},
			{"name":"a/tested","version":"1.0.0","autoload":{"psr-4":{"A\\":"tests/"},"exclude-from-classmap":["/Tests/"]}}]}`,
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		".env", "bootstrap/cache/packages.php", "composer.json", "composer.lock", "public/index.php", "src/App.php", "storage/app/data.json",
		"storage/framework/cache", "storage/framework/sessions", "storage/framework/testing", "storage/framework/views", "storage/logs",
		"vendor/a/tested/LICENSE", "vendor/a/tested/src/Class.php", "vendor/a/tested/tests/ClassTest.php",
		"vendor/autoload.php", "vendor/composer/installed.json",
		"vendor/laravel/framework/LICENSE", "vendor/laravel/framework/Tests/OtherTest.php", "vendor/laravel/framework/src/Class.php", "worker.php",
	}
	if diff := cmp.Diff(want, languagetest.Names(t, b.dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if to, err := os.Readlink(filepath.Join(b.dir, "storage/logs")); err != nil || to != "/tmp/app/storage/logs" {
		t.Errorf("storage/logs leads to %q: %v", to, err)
	}
	if diff := cmp.Diff([]string{filepath.Join(b.dir, "vendor")}, b.Seldom); diff != "" {
		t.Errorf("layers of their own: -want +got:\n%s", diff)
	}
	components := []language.Component{
		{Name: "a/tested", Version: "1.0.0", PURL: "pkg:composer/a/tested@1.0.0", From: "composer.lock:2", By: []string{"laravel/framework"}, Paths: []string{b.dir + "/vendor/a/tested"}},
		{Name: "laravel/framework", Version: "v12.1.0", PURL: "pkg:composer/laravel/framework@12.1.0", License: "MIT", Paths: []string{b.dir + "/vendor/laravel/framework"}, From: "composer.json"},
	}
	for i := range components {
		components[i].From = b.Components[i].From // lines are tested with a lock that Composer wrote
	}
	if diff := cmp.Diff(components, b.Components); diff != "" {
		t.Errorf("components: -want +got:\n%s", diff)
	}
}

func TestOriginIsTheLineOfTheLock(t *testing.T) {
	a := &app{Site: language.Site{Root: "/p", Dir: "/p/web"}}
	lock := "{\n    \"packages\": [\n        {\n            \"name\": \"a/b\",\n"
	if got := a.origin(pinnedLines(lock), "a/b"); got != "web/composer.lock:4" {
		t.Errorf("got %s", got)
	}
	if got := a.origin(pinnedLines(lock), "a/c"); got != "web/composer.json" {
		t.Errorf("got %s", got)
	}
}

// TestWriteThroughALink has a folder that the framework writes to lead out of the app: the link is replaced, not followed.
func TestWriteThroughALink(t *testing.T) {
	outside := t.TempDir()
	languagetest.Write(t, outside, map[string]string{"keep": "1"})
	tools := &toolbox{}
	site := languagetest.Site(t, tools.run)
	languagetest.Write(t, site.Dir, map[string]string{"public/index.php": "", "composer.json": "{}", "composer.lock": `{"packages":[{"name":"symfony/framework-bundle"}]}`})
	if err := os.Symlink(outside, filepath.Join(site.Dir, "var")); err != nil {
		t.Fatal(err)
	}
	_, err := compile(t.Context(), site)
	languagetest.Has(t, err, "cannot lead var/log into /tmp")
	if got := languagetest.Names(t, outside); len(got) != 1 {
		t.Errorf("the folder outside has %v", got)
	}
}

// TestDefaultsOfVariablesBeforePHP83: what an older PHP cannot read is the environment's.
func TestDefaultsOfVariablesBeforePHP83(t *testing.T) {
	env := map[string]string{}
	if got := plain("8.4", fpm, env); got != fpm || len(env) > 0 {
		t.Errorf("PHP 8.4: %v\n%s", env, got)
	}
	if got := plain("8.2", fpm, env); !strings.Contains(got, "pm.max_children = ${WEB_CONCURRENCY}\n") || strings.Contains(got, ":-") || env["WEB_CONCURRENCY"] != "10" {
		t.Errorf("PHP 8.2: %v\n%s", env, got)
	}
}
