package python

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

// TestComponentsTellWhatBroughtThem reads three installed distributions: one that the app asks for, one that it requires,
// and one in a namespace that is not its own.
func TestComponentsTellWhatBroughtThem(t *testing.T) {
	p := newPython(t, nil)
	p.plan = &plan{Dists: map[string]dist{"flask": {Origin: "requirements.txt: flask>=3"}}}
	languagetest.Write(t, p.sitePackages(), map[string]string{
		"flask-3.1.0.dist-info/METADATA": "Metadata-Version: 2.4\nName: Flask\nVersion: 3.1.0\nLicense-Expression: BSD-3-Clause\n" +
			"Requires-Dist: click>=8.1.3\nRequires-Dist: google.cloud_x ; extra == 'cloud'\n\nFlask\n",
		"flask-3.1.0.dist-info/RECORD":        "../../../bin/flask,,\nflask/__init__.py,,\nflask/json/__init__.py,,\nflask/a.py,,\nflask-3.1.0.dist-info/METADATA,,\n../../../../../etc/passwd,,\n",
		"click-8.2.dist-info/METADATA":        "Name: click\nVersion: 8.2\n\n",
		"click-8.2.dist-info/RECORD":          "click.py,,\nclick-8.2.dist-info/METADATA,,\n",
		"google_cloud_x-1.dist-info/METADATA": "Name: google-cloud-x\nVersion: 1\n\n",
		"google_cloud_x-1.dist-info/RECORD":   "google/cloud/x/__init__.py,,\ngoogle/cloud/x/y/__init__.py,,\ngoogle/cloud/x.pth,,\n",
	})
	got, err := p.components()
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		for j, file := range got[i].Paths {
			got[i].Paths[j] = strings.TrimPrefix(file, p.layer.Path+"/lib/python3.13/site-packages/")
		}
	}
	want := []language.Component{
		{Name: "click", Version: "8.2", PURL: "pkg:pypi/click@8.2", By: []string{"Flask"}, Paths: []string{"click-8.2.dist-info/METADATA", "click.py"}},
		{Name: "Flask", Version: "3.1.0", PURL: "pkg:pypi/flask@3.1.0", License: "BSD-3-Clause", From: "requirements.txt: flask>=3", Paths: []string{p.layer.Path + "/bin/flask", "flask", "flask-3.1.0.dist-info"}},
		{Name: "google-cloud-x", Version: "1", PURL: "pkg:pypi/google-cloud-x@1", Paths: []string{"google/cloud/x", "google/cloud/x.pth", "google_cloud_x-1.dist-info"}},
	}
	want[0].Paths[0] = "click-8.2.dist-info"
	want[2].Paths = want[2].Paths[:2]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
