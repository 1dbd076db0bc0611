package python

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

func TestComponents(t *testing.T) {
	p := newPython(t, nil)
	p.Root, p.Files = p.Dir, os.DirFS(p.Dir)
	languagetest.Write(t, p.Dir, map[string]string{"requirements.txt": "# ours\nFlask>=3\n-r more.txt\n", "more.txt": "requests\n"})
	site := p.sitePackages()
	languagetest.Write(t, site, map[string]string{
		"flask-3.1.dist-info/METADATA":  "Metadata-Version: 2.1\nName: Flask\nVersion: 3.1\nLicense-Expression: BSD-3-Clause\nRequires-Dist: Jinja2>=3\nRequires-Dist: asgiref ; extra == 'async'\n\nA web framework\n",
		"flask-3.1.dist-info/RECORD":    "flask/__init__.py,,\n../../../bin/flask,,\n../../../../../outside,,\n",
		"flask/__init__.py":             "x",
		"jinja2-3.dist-info/METADATA":   "Name: Jinja2\nVersion: 3\n",
		"jinja2-3.dist-info/RECORD":     "jinja2/__init__.py,,\n",
		"jinja2/__init__.py":            "x",
		"requests-2.dist-info/METADATA": "Name: requests\nVersion: 2\n",
	})
	languagetest.Write(t, p.layer.Path, map[string]string{"bin/flask": "#!"})
	p.plan = &plan{By: "requirements.txt", Files: []string{"requirements.txt", "more.txt"}, Dists: map[string]dist{"flask": {}, "requests": {}}}
	got, err := p.components()
	if err != nil {
		t.Fatal(err)
	}
	want := []language.Component{
		{Name: "Flask", Version: "3.1", PURL: "pkg:pypi/flask@3.1", License: "BSD-3-Clause", From: "requirements.txt:2", Paths: []string{p.layer.Path + "/bin/flask", site + "/flask", site + "/flask-3.1.dist-info"}},
		{Name: "Jinja2", Version: "3", PURL: "pkg:pypi/jinja2@3", By: []string{"Flask"}, Paths: []string{site + "/jinja2", site + "/jinja2-3.dist-info"}},
		{Name: "requests", Version: "2", PURL: "pkg:pypi/requests@2", From: "more.txt:1", Paths: []string{site + "/requests-2.dist-info"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	languagetest.Write(t, p.Dir, map[string]string{"uv.lock": "version = 1\n\n[[package]]\nname = \"jinja2\"\n", "Pipfile.lock": "{\n  \"default\": {\n    \"requests\": {\n"})
	p.plan.Files = []string{"uv.lock", "Pipfile.lock"}
	if lines := p.namingLines(); lines["jinja2"] != "uv.lock:4" || lines["requests"] != "Pipfile.lock:3" {
		t.Errorf("lines: %v", lines)
	}
	languagetest.Write(t, site, map[string]string{"bad.dist-info/METADATA": "Version: 1\n"})
	_, err = p.components()
	languagetest.Has(t, err, "it names no package")
}
