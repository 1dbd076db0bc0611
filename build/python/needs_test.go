package python

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language/languagetest"
)

// TestLibrariesOfImports: what cannot be imported without a library brings it, also where another package requires it.
func TestLibrariesOfImports(t *testing.T) {
	p := newPython(t, nil)
	languagetest.Write(t, p.sitePackages(), map[string]string{
		"python_magic-0.4.27.dist-info/METADATA": "Name: python-magic\n", "pyzbar-0.1.9.dist-info/METADATA": "Name: pyzbar\n", "python_magic_extra-1.dist-info/METADATA": "Name: python-magic-extra\n", "cairocffi.py": "",
	})
	installed, err := p.components()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range libraries(installed) {
		got = append(got, l.Name+" for "+l.By)
	}
	if diff := cmp.Diff([]string{"libmagic.so.1 for import of python-magic", "libzbar.so.0 for import of pyzbar"}, got); diff != "" {
		t.Error(diff)
	}
}
