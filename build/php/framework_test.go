package php

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestSymfonyLayout builds an app as Symfony's skeleton lays it out, uploaded from a machine where it ran: the cache of there goes, and that
// of production is made; what is written to leads into /tmp.
func TestSymfonyLayout(t *testing.T) {
	b, err := build(t, map[string]string{
		"public/index.php": "", "bin/console": "#!/usr/bin/env php\n<?php\n", "src/Kernel.php": "", "config/bundles.php": "", "templates/base.html.twig": "", "migrations/Version1.php": "",
		"tests/KernelTest.php": "", "phpunit.dist.xml": "", ".env": "APP_ENV=dev\n", "var/cache/dev/App_KernelDevDebugContainer.php": "", "var/cache/prod/old.php": "", "var/log/dev.log": "old",
		"composer.json": `{"autoload":{"psr-4":{"App\\":"src/"}},"autoload-dev":{"psr-4":{"App\\Tests\\":"tests/"}},"extra":{"symfony":{"require":"7.3.*"}}}`,
		"composer.lock": `{"packages":[{"name":"symfony/framework-bundle","version":"v7.3.1"}]}`,
		"Procfile":      "worker: bin/console messenger:consume async\n",
	}, nil, &toolbox{makes: map[string][]string{"php bin/console cache:warmup": {"var/cache/prod/App_KernelProdContainer.php", "var/cache/prod/pools/x"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		".env", "bin/console", "composer.json", "composer.lock", "config/bundles.php", "migrations/Version1.php", "public/index.php", "src/Kernel.php", "templates/base.html.twig",
		"var/cache/prod/App_KernelProdContainer.php", "var/cache/prod/pools", "var/log", "var/sessions", "var/share",
		"vendor/autoload.php", "vendor/composer/installed.json", "vendor/symfony/framework-bundle/LICENSE", "vendor/symfony/framework-bundle/Tests/OtherTest.php", "vendor/symfony/framework-bundle/src/Class.php",
	}
	if diff := cmp.Diff(want, languagetest.Names(t, b.dir)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if to, err := os.Readlink(filepath.Join(b.dir, "var/cache/prod/pools")); err != nil || to != "/tmp/app/var/cache/prod/pools" {
		t.Errorf("the pools lead to %q: %v", to, err)
	}
	const before = "mkdir -p /tmp/app/var/log /tmp/app/var/sessions /tmp/app/var/share /tmp/app/var/cache/prod/pools && "
	lines := b.lines()
	if got := before + "php bin/console messenger:consume async"; lines["worker"] != got || !strings.HasPrefix(lines["web"], before+"PORT=${PORT:-8080}; render CONFIG ") {
		t.Errorf("it starts by %q", lines)
	}
	if config := b.layerFile(t, "nginx.conf"); !strings.Contains(config, `root "/workspace/public";`) || !strings.Contains(config, "try_files $uri $uri/ /index.php$is_args$args;") {
		t.Errorf("nginx.conf is\n%s", config)
	}
	if b.env["APP_ENV"] != "prod" || b.env["APP_DEBUG"] != "0" {
		t.Errorf("the cache is warmed with %v", b.env)
	}
}

// TestSettingsOfAnotherMachine removes what Laravel has made of a developer's settings, but not from an app that came with its packages.
func TestSettingsOfAnotherMachine(t *testing.T) {
	files := map[string]string{
		"public/index.php": "", "composer.json": "{}", "composer.lock": `{"packages":[{"name":"laravel/framework"}]}`,
		"bootstrap/cache/config.php": "", "bootstrap/cache/routes-v7.php": "", "bootstrap/cache/packages.php": "",
	}
	for _, own := range []bool{false, true} {
		if own {
			files = language.With(files, map[string]string{"vendor/autoload.php": "", "vendor/composer/installed.json": `{"packages":[{"name":"laravel/framework"}]}`})
			delete(files, "composer.lock")
		}
		b, err := build(t, files, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := language.Exists(filepath.Join(b.dir, "bootstrap/cache/config.php")) && language.Exists(filepath.Join(b.dir, "bootstrap/cache/routes-v7.php")); got != own {
			t.Errorf("the app came with its packages: %v, and the settings stay: %v", own, got)
		}
		if !language.Exists(filepath.Join(b.dir, "bootstrap/cache/packages.php")) {
			t.Error("the list of packages is gone")
		}
	}
}
