package php

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestFilesForOtherPlatforms has apps tell other platforms how they are served.
func TestFilesForOtherPlatforms(t *testing.T) {
	for _, row := range []struct {
		name       string
		files, env map[string]string
		want       map[string]string
		config     string   // the server's configuration, in the layer
		has        []string // lines of it
		log        string
	}{
		{
			name:   "Cloud Foundry's server and folder",
			files:  map[string]string{".bp-config/options.json": `{"WEB_SERVER": "httpd", "WEBDIR": "site", "PHP_VERSION": "{PHP_82_LATEST}"}`, "site/index.php": "", "public/index.php": ""},
			want:   map[string]string{"web": apache},
			config: "httpd.conf", has: []string{"DocumentRoot /workspace/site"},
			log: ".bp-config/options.json names PHP 8.2; PHP 8.4.28 runs the app (BP_PHP_VERSION asks for one)",
		},
		{
			name:   "Cloud Foundry's folder that it makes", // of all the app has
			files:  map[string]string{".bp-config/options.json": `{"WEBDIR": "htdocs", "ADDITIONAL_PREPROCESS_CMDS": ["php warm.php"]}`, ".bp-config/nginx/server.conf": "", "index.php": ""},
			want:   map[string]string{"web": server},
			config: "nginx.conf", has: []string{`root "/workspace";`},
			log: "ADDITIONAL_PREPROCESS_CMDS are not run",
		},
		{
			name:  "Cloud Foundry's script without a server",
			files: map[string]string{".bp-config/options.json": `{"WEB_SERVER": "none", "APP_START_CMD": "jobs/worker.php"}`, "jobs/worker.php": "", "public/index.php": ""},
			want:  map[string]string{"web": "php jobs/worker.php"},
		},
		{
			name:  "the script that Cloud Foundry finds",
			files: map[string]string{".bp-config/options.json": `{"WEB_SERVER": "none"}`, "start.php": "", "main.php": ""},
			want:  map[string]string{"web": "php main.php"},
		},
		{
			name:   "a setting goes first",
			files:  map[string]string{".bp-config/options.json": `{"WEB_SERVER": "none", "WEBDIR": "site"}`, "site/index.php": "", "public/index.php": ""},
			env:    map[string]string{"BP_PHP_SERVER": "nginx", "BP_PHP_WEB_DIR": "public"},
			want:   map[string]string{"web": server},
			config: "nginx.conf", has: []string{`root "/workspace/public";`},
		},
		{
			name:   "buildpack.yml",
			files:  map[string]string{"buildpack.yml": "---\nphp:\n  webserver: httpd\n  webdirectory: pages\n", "pages/index.php": ""},
			want:   map[string]string{"web": apache},
			config: "httpd.conf", has: []string{"DocumentRoot /workspace/pages"},
		},
		{
			name:   "App Engine's front controller",
			files:  map[string]string{"app.yaml": "runtime: php\nenv: flex\nruntime_config:\n  document_root: web\n  front_controller_file: app.php\n", "web/app.php": "", "composer.json": "{}", "composer.lock": "{}"},
			want:   map[string]string{"web": server},
			config: "nginx.conf", has: []string{`root "/workspace/web";`, "index app.php index.php index.html index.htm;", "try_files $uri $uri/ /app.php$is_args$args;"},
			log: "served by nginx and php-fpm: web; a path that is not there is app.php's",
		},
		{
			name:   "the same behind Apache's server",
			files:  map[string]string{"app.yaml": "runtime: php\nruntime_config:\n  document_root: web\n  front_controller_file: app.php\n", "web/app.php": ""},
			env:    map[string]string{"BP_PHP_SERVER": "httpd"},
			want:   map[string]string{"web": apache},
			config: "httpd.conf", has: []string{"DirectoryIndex app.php index.php index.html index.htm", "RewriteRule ^ app.php [L]"},
		},
		{
			name:   "App Engine's file of another language",
			files:  map[string]string{"app.yaml": "runtime: python312\nruntime_config:\n  document_root: web\n", "web/index.php": "", "public/index.php": ""},
			want:   map[string]string{"web": server},
			config: "nginx.conf", has: []string{`root "/workspace/public";`},
		},
		{
			name:   "Platform.sh",
			files:  map[string]string{".platform.app.yaml": "name: app\ntype: 'php:8.4'\nweb:\n  locations:\n    '/':\n      root: blog\n      passthru: '/index.php'\n    '/files':\n      passthru: false\n", "blog/index.php": "", "web/index.php": ""},
			want:   map[string]string{"web": server},
			config: "nginx.conf", has: []string{`root "/workspace/blog";`, "index index.php index.html index.htm;"},
		},
		{
			name:   "what leads out of the app, or into the configuration",
			files:  map[string]string{"app.yaml": "runtime: php\nruntime_config:\n  document_root: ../..\n  front_controller_file: \"a.php; } server { listen 1; x.php\"\n", "public/index.php": ""},
			want:   map[string]string{"web": server},
			config: "nginx.conf", has: []string{`root "/workspace/public";`, "try_files $uri $uri/ /index.php$is_args$args;"},
		},
		{
			name:   "what cannot be read",
			files:  map[string]string{".bp-config/options.json": `{"WEBDIR": ["site"]}`, "public/index.php": ""},
			want:   map[string]string{"web": server},
			config: "nginx.conf", has: []string{`root "/workspace/public";`},
			log: "! .bp-config/options.json cannot be read, and says nothing here: json: cannot unmarshal array",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, err := build(t, row.files, row.env, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, b.lines()); diff != "" {
				t.Error(diff)
			}
			if row.config != "" {
				config := b.layerFile(t, row.config)
				for _, want := range row.has {
					if !strings.Contains(config, want) {
						t.Errorf("%s lacks %s:\n%s", row.config, want, config)
					}
				}
			}
			if !strings.Contains(b.log.String(), row.log) {
				t.Errorf("the log lacks %q:\n%s", row.log, b.log)
			}
		})
	}
}

// TestSettingsOfCloudFoundry has an app's extensions, and its settings of PHP and php-fpm, where Cloud Foundry reads them.
func TestSettingsOfCloudFoundry(t *testing.T) {
	b, err := build(t, map[string]string{
		"htdocs/index.php": "", ".bp-config/options.json": `{"PHP_EXTENSIONS": ["apcu", "bz2", "openssl"], "ZEND_EXTENSIONS": ["opcache"]}`,
		".bp-config/php/php.ini.d/app.ini": "include_path = \".:@{HOME}/lib\"\n", ".bp-config/php/fpm.d/env.conf": "[www]\nenv[WEB] = @{WEBDIR}\n", ".bp-config/php/fpm.d/notes.txt": "",
	}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var extensions []string
	for _, n := range b.Slices {
		if strings.Contains(n.By, options) {
			extensions = append(extensions, n.Name)
		}
	}
	if diff := cmp.Diff([]string{"php8.4-apcu", "php8.4-bz2"}, extensions); diff != "" {
		t.Errorf("extensions: -want +got:\n%s", diff)
	}
	for file, want := range map[string]string{
		"php.ini.d/app.ini": "include_path = \".:/workspace/lib\"\n",
		"fpm.d/env.conf":    "[www]\nenv[WEB] = htdocs\n",
	} {
		if got := b.layerFile(t, file); got != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
	layer, err := b.site.Layer(layerPHP)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.layerFile(t, "php-fpm.conf"); !strings.Contains(got, "include = "+layer.Path+"/fpm.d/*.conf\n") {
		t.Errorf("php-fpm.conf includes none:\n%s", got)
	}
}

// TestFoldersWithFrontControllersAreNamed has an app whose pages lie in folders of names that say nothing.
func TestFoldersWithFrontControllersAreNamed(t *testing.T) {
	_, err := build(t, map[string]string{"composer.json": "{}", "composer.lock": "{}", "adminer/index.php": "", "editor/index.php": "", "tests/index.php": ""}, nil, nil)
	p, ok := errors.AsType[*language.Problem](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if want := "there is adminer/index.php, editor/index.php"; !strings.Contains(strings.Join(p.Evidence, "\n"), want) {
		t.Errorf("the evidence lacks %q: %q", want, p.Evidence)
	}
	if want := "Set BP_PHP_WEB_DIR to the folder to serve, such as adminer."; p.Next != want {
		t.Errorf("got %q, want %q", p.Next, want)
	}
}

// TestConfigurationsOfOtherPlatformsAreTold: nginx's that only their platform reads, unless the Procfile names them.
func TestConfigurationsOfOtherPlatformsAreTold(t *testing.T) {
	for _, row := range []struct {
		server, line string
		want         bool
	}{{nginxServer, "", true}, {nginxServer, "heroku-php-nginx -C nginx-app.conf", false}, {httpdServer, "", false}} {
		var log strings.Builder
		a := app{Site: language.Site{Log: language.NewLog(&log, languagetest.Noon), Files: folder("nginx-app.conf=x", "index.php=")}, web: &site{server: row.server}}
		a.Processes = []language.Process{{Type: "web", Line: row.line}}
		a.tellConfigurations()
		a.Log.Late()
		if got := strings.Contains(log.String(), "nginx-app.conf is for App Engine, and is not read"); got != row.want {
			t.Errorf("%+v: %q", row, log.String())
		}
	}
}

// TestBindingsOfSessionsAreTold: those of Paketo's buildpack, of which nothing is read.
func TestBindingsOfSessionsAreTold(t *testing.T) {
	var log strings.Builder
	a := app{Site: language.Site{Log: language.NewLog(&log, languagetest.Noon), Bindings: func(kind string) []language.Binding {
		if kind == "php-redis-session" {
			return []language.Binding{{Name: "sessions", Type: kind}}
		}
		return nil
	}}}
	a.tellSessions()
	if want := "binding sessions is not read, since its password would be in the image"; !strings.Contains(log.String(), want) || !strings.Contains(log.String(), "session.save_handler = redis") {
		t.Errorf("got %q", log.String())
	}
}

// TestGooglesSettingSaysTheVersion follows the setting of Google's buildpacks where our own says nothing.
func TestGooglesSettingSaysTheVersion(t *testing.T) {
	for own, want := range map[string]language.Wish{"": {Spec: "8.3", From: "GOOGLE_RUNTIME_VERSION"}, "8.4": {Spec: "8.4", From: "BP_PHP_VERSION"}} {
		a := &app{Site: language.Site{Files: folder("index.php="), Env: map[string]string{"GOOGLE_RUNTIME_VERSION": "8.3", "BP_PHP_VERSION": own}}}
		all, err := a.wishes()
		if err != nil || len(all) != 1 || all[0] != want {
			t.Errorf("got %v, %v; want %v", all, err, want)
		}
	}
}
