package python

import "testing"

func TestOldImport(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       string
	}{
		{"gunicorn/util.py", "import os\nimport pkg_resources\n", "pkg_resources"},
		{"x/y.py", "from distutils.util import strtobool\n", "distutils"},
		{"x/y.py", "try:\n    import pkg_resources\nexcept ImportError:\n    pass\n", ""},
		{"x/y.py", "\"\"\"\nimport pkg_resources\n\"\"\"\n", ""},
		{"cffi/setuptools_ext.py", "import distutils\n", ""},
		{"numpy/distutils/core.py", "import distutils\n", ""},
		{"setup.py", "import distutils\n", ""},
		{"pip/_internal/x.py", "import pkg_resources\n", ""},
		{"x/y.txt", "import pkg_resources\n", ""},
	} {
		_, got, err := oldImport(tree(map[string]string{row.name: row.text}))
		if err != nil || got != row.want {
			t.Errorf("%s %q: %q, %v", row.name, row.text, got, err)
		}
	}
}
