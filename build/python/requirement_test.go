package python

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRequirement(t *testing.T) {
	for _, row := range []struct {
		text, want string
		r          Requirement
	}{
		{"Flask", "flask", Requirement{Name: "flask"}},
		{"zope.interface >= 5, < 7", "zope-interface>= 5, < 7", Requirement{Name: "zope-interface", Spec: ">= 5, < 7"}},
		{"uvicorn[Standard, extra_b]~=0.30", "uvicorn[extra-b,standard]~=0.30", Requirement{Name: "uvicorn", Extras: []string{"extra-b", "standard"}, Spec: "~=0.30"}},
		{"tomli (>=1.1) ; python_version < '3.11'", "tomli>=1.1 ; python_version < '3.11'", Requirement{Name: "tomli", Spec: ">=1.1", Marker: "python_version < '3.11'"}},
		{"x @ https://h/x.whl#sha256=a;b ; os_name == 'posix'", "x @ https://h/x.whl#sha256=a;b ; os_name == 'posix'", Requirement{Name: "x", URL: "https://h/x.whl#sha256=a;b", Marker: "os_name == 'posix'"}},
		{"x>=1,", "x>=1,", Requirement{Name: "x", Spec: ">=1,"}},
	} {
		r, err := parseRequirement(row.text)
		if err != nil {
			t.Errorf("%s: %v", row.text, err)
			continue
		}
		if diff := cmp.Diff(row.r, r); diff != "" {
			t.Errorf("%s: %s", row.text, diff)
		}
		if got := r.String(); got != row.want {
			t.Errorf("%s: written as %s", row.text, got)
		}
	}
	for _, bad := range []string{"", "-e .", "x>=", "x latest", "[a]", "x^1"} {
		if r, err := parseRequirement(bad); err == nil {
			t.Errorf("%q is taken for %+v", bad, r)
		}
	}
}

func TestRequirementAllows(t *testing.T) {
	for _, row := range []struct {
		spec, version string
		want          bool
	}{
		{"", "1", true},
		{">=2,<3", "2.9", true},
		{">=2,<3", "3.0", false},
		{">=2", "3.0rc1", true},
		{"~=1.4.2", "1.4.9", true},
		{"~=1.4.2", "1.5", false},
		{"==1.*", "1.7", true},
		{"==2.1.0", "2.1.0+cpu", true},
		{"===1.0-x", "1.0-x", true},
		{"!=1.5", "1.5", false},
		{">=1", "not a version", false},
	} {
		if got := (Requirement{Spec: row.spec}).allows(row.version); got != row.want {
			t.Errorf("%q allows %s: %v", row.spec, row.version, got)
		}
	}
	if r := (Requirement{AnyOf: []string{">=1,<2", ">=3,<4"}}); !r.allows("1.5") || r.allows("2.5") || !r.allows("3.1") {
		t.Error("alternatives are not alternatives")
	}
}
