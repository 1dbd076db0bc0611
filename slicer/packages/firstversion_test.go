package packages

import (
	"testing"
)

func TestSinceVersion(t *testing.T) {
	const text = `# a comment
libfoo.so.1 libfoo1 #MINVER#
| libfoo1 (>= 2), libfoo1 (<< 3)
* Build-Depends-Package: libfoo-dev
 FOO_1@FOO_1 1.0
 FOO_2@FOO_2 2.0~rc1
 foo_new@FOO_2 2.1
 foo_old@FOO_3 3.2-1
 foo_older@FOO_3 3.1-2 1
 plain@Base 0.9
libbar.so.1 libbar1 #MINVER#
 FOO_9@FOO_9 9
`
	for _, c := range []struct{ soname, version, want string }{
		{"libfoo.so.1", "FOO_2", "2.0~rc1"},
		{"libfoo.so.1", "FOO_3", "3.1-2"}, // has no line of its own: its oldest symbol counts
		{"libfoo.so.1", "foo_new", "2.1"},
		{"libfoo.so.1", "plain", "0.9"},
		{"libfoo.so.1", "FOO_9", ""},
		{"libbar.so.1", "FOO_9", "9"},
		{"libbar.so.1", "FOO_1", ""},
	} {
		if got := sinceVersion(text, c.soname, c.version); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.version, c.soname, got, c.want)
		}
	}
}
