package php

import (
	"slices"
	"strings"
	"testing"

	"whittle.dev/whittle/build/language"
)

// TestExtensionsAreThoseOfTheNewLock has Composer write a lock that drops an extension, and with it a PHP that is not to be had, and that
// wants another one.
func TestExtensionsAreThoseOfTheNewLock(t *testing.T) {
	const old = `{"packages":[{"name":"a/old","version":"1.0.0","require":{"php":"^7.4","ext-gd":"*"}}]}`
	const renewed = `{"packages":[{"name":"a/old","version":"2.0.0","require":{"php":"^8.4","ext-intl":"*"}}]}`
	app := map[string]string{"public/index.php": "", "composer.json": `{"require":{"a/old":"*"}}`}
	for _, row := range []struct {
		name  string
		files map[string]string
		env   map[string]string
	}{
		{"renewed", language.With(app, map[string]string{"composer.lock": old}), map[string]string{"BP_LOCK": "update"}},
		{"made", app, nil},
	} {
		b, err := build(t, row.files, row.env, &toolbox{locks: renewed})
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		has := func(name string) bool {
			return slices.ContainsFunc(b.Slices, func(n named) bool { return n.Name == "php8.4-"+name })
		}
		if has("gd") || !has("intl") {
			t.Errorf("%s: the image has gd: %v, intl: %v", row.name, has("gd"), has("intl"))
		}
	}
	_, err := build(t, app, nil, &toolbox{locks: `{"packages":[{"name":"a/b","require":{"ext-nonesuch":"*"}}]}`})
	if err == nil || !strings.Contains(err.Error(), `no package of the PHP extension "nonesuch"`) {
		t.Errorf("an extension that Debian does not have: %v", err)
	}
}
