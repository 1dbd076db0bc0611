package php

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestPagesWithScripts: a script beside pages is run, and not shown; packages, tests and examples bring scripts that are nobody's app.
func TestPagesWithScripts(t *testing.T) {
	for _, row := range []struct {
		files []string
		want  string
	}{
		{[]string{"index.html", "contact.php"}, "index.html contact.php"},
		{[]string{"index.htm", "assets/php/mail.php"}, "index.htm assets/php/mail.php"},
		{[]string{"public/index.html", "public/api/a.php", "index.html"}, "public/index.html public/api/a.php"},
		{[]string{"index.html", "a.js"}, ""},
		{[]string{"contact.php"}, ""},
		{[]string{"index.html", "vendor/a/b.php", "node_modules/x.php", "a/bower_components/x.php", "examples/x.php", "tests/x.php", "a/b/c/d.php"}, ""},
		{[]string{"public/index.html", "tool.php"}, ""},
	} {
		if got := strings.Join(guess(folder(row.files...)), " "); got != row.want {
			t.Errorf("%v: got %q, want %q", row.files, got, row.want)
		}
	}
	if got := guess(fstest.MapFS{"index.html": {}, "x.php/y.txt": {}}); got != nil {
		t.Errorf("a folder is taken for a script: %q", got)
	}
}

// TestPagesWithScriptsAreServed: the pages first, and a path that is not there is nobody's.
func TestPagesWithScriptsAreServed(t *testing.T) {
	b, err := build(t, map[string]string{"index.html": "<form action=contact.php>", "contact.php": "<?php mail('a@b.example', 'x', 'y');"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.lines()["web"]; got != server {
		t.Errorf("web is %q", got)
	}
	config := b.layerFile(t, "nginx.conf")
	for _, want := range []string{"index index.php index.html index.htm;", "try_files $uri $uri/ =404;"} {
		if !strings.Contains(config, want) {
			t.Errorf("the configuration lacks %q:\n%s", want, config)
		}
	}
}
