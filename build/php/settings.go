package php

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"whittle.dev/whittle/build/language"
)

// ini are the settings of PHP for processes of an image. Files do not change in an image, so the compiled code is never held
// against them: an app whose code lies in a volume sets PHP_OPCACHE_VALIDATE_TIMESTAMPS=1. ${…} is read by PHP from the
// environment.
const ini = `; Written by whittle. ${…} is read when PHP starts.
upload_max_filesize = ${PHP_UPLOAD_MAX_FILESIZE:-32M}
post_max_size = ${PHP_POST_MAX_SIZE:-32M}
realpath_cache_size = 4096K
realpath_cache_ttl = 600
opcache.enable = 1
opcache.memory_consumption = ${PHP_OPCACHE_MEMORY:-128}
opcache.interned_strings_buffer = 16
opcache.max_accelerated_files = 32531
opcache.validate_timestamps = ${PHP_OPCACHE_VALIDATE_TIMESTAMPS:-0}
`

// fpm is php-fpm's configuration: it runs in the foreground, its workers' messages go to its own standard error, and they see
// the environment. Workers are started when requests come, and at most as many as WEB_CONCURRENCY says.
const fpm = `; Written by whittle. ${…} is read when php-fpm starts.
[global]
daemonize = no
error_log = /proc/self/fd/2
log_level = warning
log_limit = 8192
process_control_timeout = 30s
[www]
listen = ` + socket + `
listen.mode = 0666
pm = ondemand
pm.max_children = ${WEB_CONCURRENCY:-10}
pm.process_idle_timeout = 60s
clear_env = no
catch_workers_output = yes
decorate_workers_output = no
`

// withDefault is a variable that has a default: ${NAME:-default}.
var withDefault = regexp.MustCompile(`\$\{([A-Z_]+):-([^}]*)\}`)

// plain returns settings as a PHP before 8.3 reads them, which knows no defaults of variables: the processes get the defaults in
// their environment.
func plain(series, text string, env map[string]string) string {
	if series >= "8.3" {
		return text
	}
	for _, m := range withDefault.FindAllStringSubmatch(text, -1) {
		env[m[1]] = m[2]
	}
	return withDefault.ReplaceAllString(text, "$${$1}")
}

// configure writes the layer of the settings that this app has of PHP and its servers.
func (a *app) configure(context.Context) error {
	layer, err := a.Layer(layerPHP)
	if err == nil {
		layer, err = a.Reset(layer)
	}
	if err != nil {
		return err
	}
	files, err := a.ofCloudFoundry()
	if err != nil {
		return err
	}
	more := ""
	if hasParts(files, fpmParts) {
		more = "include = " + filepath.Join(layer.Path, fpmParts, "*.conf") + "\n"
	}
	dirs := a.scanDirs(layer.Path)
	if hasParts(files, iniParts) {
		dirs += ":" + filepath.Join(layer.Path, iniParts)
	}
	files["conf.d/app.ini"] = ini
	if a.web != nil && a.web.fpm() {
		files["php-fpm.conf"] = fpm + more + a.pool()
		switch a.web.server {
		case nginxServer:
			files["nginx.conf"] = a.web.nginx(a)
		case httpdServer:
			if files[httpdConf], err = a.httpd(); err != nil {
				return err
			}
		}
	}
	env := map[string]string{"PHP_INI_SCAN_DIR": dirs}
	if err := a.writeSettings(layer.Path, files, env); err != nil {
		return err
	}
	layer.Launch = true
	layer.Env = language.With(a.framework.env, env)
	a.Keep(layer, "settings")
	return language.Settle(layer.Path)
}

// writeSettings writes the files of the layer. What is PHP's own is written as its version reads it, which may add variables.
func (a *app) writeSettings(dir string, files, env map[string]string) error {
	for name, text := range files {
		if name != "nginx.conf" && name != httpdConf {
			text = plain(a.series(), text, env)
		}
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("cannot write PHP's settings: %w", err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return fmt.Errorf("cannot write PHP's settings: %w", err)
		}
	}
	return nil
}

// settingsDir is where configure writes.
func (a *app) settingsDir() string {
	layer, err := a.Layer(layerPHP)
	if err != nil {
		return "" // configure fails with the same error
	}
	return layer.Path
}

// scanDirs are the folders of PHP's settings: Debian's own, which an empty name means, this app's, and those files that the app
// has, where Paketo looks for them.
func (a *app) scanDirs(layer string) string {
	dirs := ":" + filepath.Join(layer, "conf.d")
	if a.exists(".php.ini.d") {
		dirs += ":" + filepath.Join(a.Dir, ".php.ini.d")
	}
	return dirs
}

// pool includes the app's own settings of php-fpm, where Paketo looks for them.
func (a *app) pool() string {
	found, err := fs.Glob(a.Files, ".php.fpm.d/*.conf")
	if err != nil || len(found) == 0 {
		return ""
	}
	return "include = " + filepath.Join(a.Dir, ".php.fpm.d/*.conf") + "\n"
}
