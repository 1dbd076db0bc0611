// Package php builds PHP apps: it decides from the app's files which extensions are wanted, what is served and by which
// front controller, has Composer install what composer.lock says, and puts beside the app the slices of Debian's PHP, with
// php-fpm behind nginx for those that are asked over HTTP.
package php

import (
	"io/fs"
	"path"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/detect"
)

const procfile = "Procfile"

// Language is PHP.
var Language = language.Language{
	Language: detect.Language{
		Name:     "php",
		Claims:   claims,
		Source:   strings.Join(frontControllers(), " "),
		Guess:    guess,
		Looked:   []string{"composer.json", "wp-load.php", options},
		Lone:     "*.php",
		Lacks:    "no index.php to serve: call it so, or set BP_WHITTLE_LANGUAGE=php and BP_PHP_WEB_DIR=. to have the folder served as it is; a Procfile with the line worker: php FILE has it run.",
		Programs: []string{"php", "artisan", "console", "heroku-php-nginx", "heroku-php-apache2"},
	},
	Prepare:  prepare,
	Compile:  compile,
	Choices:  []language.Choice{language.Lock, {Setting: "BP_PHP_SERVER", Words: []string{nginxServer, httpdServer, builtinServer}}},
	Packages: buildPackages,
	Tools: []language.Tool{{
		Name: "composer", Index: "repositories in composer.json", Credentials: "composer (with an auth.json), or in COMPOSER_AUTH", Relock: "composer update",
	}},
}

// frontControllers are the files that may be a folder's front controller, the app's own folder first.
func frontControllers() []string {
	all := []string{"index.php"}
	for _, dir := range webDirs[:len(webDirs)-1] {
		all = append(all, path.Join(dir, "index.php"))
	}
	return all
}

// claims tells what says by itself that a folder is a PHP app. composer.json is in many JavaScript packages, too, so that
// Composer can fetch them: beside a package.json it counts where there is a lock or something that PHP runs. A lone .php file
// claims nothing here.
func claims(dir fs.FS) []string {
	var found []string
	if language.IsFile(dir, "composer.json") && (!language.IsFile(dir, "package.json") || language.IsFile(dir, "composer.lock") || runs(dir)) {
		found = append(found, "composer.json")
	}
	if language.IsFile(dir, "composer.lock") {
		found = append(found, "composer.lock")
	}
	if language.IsFile(dir, "wp-load.php") && language.IsFile(dir, "wp-includes/version.php") {
		found = append(found, "wp-load.php")
	}
	if language.IsFile(dir, options) {
		found = append(found, options)
	}
	if len(found) == 0 && procfileRunsPHP(dir) {
		found = append(found, procfile)
	}
	return found
}

// procfileRunsPHP tells whether the Procfile's first process is a script of the folder that php runs.
func procfileRunsPHP(dir fs.FS) bool {
	_, command, ok := strings.Cut(firstLine(content(dir, procfile)), ":")
	words := strings.Fields(command)
	return ok && len(words) > 1 && words[0] == "php" && path.Ext(words[1]) == ".php" && language.IsFile(dir, path.Clean(words[1]))
}

// runs tells whether there is something that PHP would run or serve.
func runs(dir fs.FS) bool {
	for _, root := range webDirs {
		if language.IsFile(dir, path.Join(root, "index.php")) {
			return true
		}
	}
	return language.IsFile(dir, "artisan") || language.IsFile(dir, "bin/console") || strings.Contains(content(dir, procfile), "php")
}

// content is a file's text; empty where there is none, or none that can be read.
func content(dir fs.FS, name string) string {
	text, _, err := language.ReadText(dir, name)
	if err != nil {
		return ""
	}
	return text
}
