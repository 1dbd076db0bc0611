package python

import (
	"strings"
	"testing"

	"whittle.dev/whittle/build/language/languagetest"
	"whittle.dev/whittle/internal/builders"
)

// TestNativePackages asks for what distributions are compiled with, where pip has no wheel of them.
func TestNativePackages(t *testing.T) {
	const project = "[project]\nname = \"x\"\n"
	for _, row := range []struct {
		name, file, text string
		env              string // PIP_NO_BINARY
		want             string // "package by", separated by commas
	}{
		{name: "nothing native", file: "requirements.txt", text: "flask==3.0\n"},
		{name: "no wheel at all", file: "requirements.txt", text: "psycopg2>=2.9\n", want: "libpq-dev psycopg2 in requirements.txt"},
		{name: "several packages", file: "requirements.txt", text: "python_ldap==3.4.4\n", want: "libldap-dev python-ldap in requirements.txt,libsasl2-dev python-ldap in requirements.txt"},
		{name: "a wheel", file: "requirements.txt", text: "psycopg2-binary\nlxml>=4\nPillow==11.0.0\n"},
		{name: "a version before wheels for this Python", file: "requirements.txt", text: "psycopg2-binary==2.9.3\n", want: "libpq-dev psycopg2-binary in requirements.txt"},
		{name: "wheels that the file forbids", file: "requirements.txt", text: "--no-binary lxml,x\nlxml==6.0\n", want: "libxml2-dev lxml in requirements.txt,libxslt1-dev lxml in requirements.txt"},
		{name: "wheels that the environment forbids", file: "requirements.txt", text: "psycopg2-binary\n", env: ":all:", want: "libpq-dev psycopg2-binary in requirements.txt"},
		{name: "with an extra", file: "requirements.txt", text: "psycopg[c,pool]\n", want: "libpq-dev psycopg in requirements.txt"},
		{name: "without it", file: "requirements.txt", text: "psycopg[binary]\n"},
		{name: "for another platform", file: "requirements.txt", text: "psycopg2; sys_platform == 'win32'\n"},
		{name: "for this platform", file: "requirements.txt", text: "psycopg2; sys_platform != 'win32'\n", want: "libpq-dev psycopg2 in requirements.txt"},
		{name: "a manifest", file: "pyproject.toml", text: project + "dependencies = [\"mysqlclient\"]\n", want: "default-libmysqlclient-dev mysqlclient in pyproject.toml"},
		{name: "Pipfile", file: "Pipfile", text: "[packages]\npycairo = \"*\"\n", want: "libcairo2-dev pycairo in Pipfile"},
		{name: "a lock with wheels", file: "uv.lock", text: "version = 1\n[[package]]\nname = \"lxml\"\nversion = \"6.0\"\nsdist = { url = \"x/lxml-6.0.tar.gz\" }\nwheels = [{ url = \"x/lxml-6.0-cp313-cp313-manylinux_2_26_x86_64.whl\" }]\n"},
		{name: "a lock without wheels", file: "uv.lock", text: "version = 1\n[[package]]\nname = \"lxml\"\nversion = \"6.0\"\nsdist = { url = \"x/lxml-6.0.tar.gz\" }\nwheels = [{ url = \"x/lxml-6.0-cp313-cp313-win_amd64.whl\" }]\n", want: "libxml2-dev lxml in uv.lock,libxslt1-dev lxml in uv.lock"},
		{name: "Poetry's lock", file: "poetry.lock", text: "[[package]]\nname = \"xmlsec\"\nversion = \"1.3.16\"\nfiles = [{file = \"xmlsec-1.3.16.tar.gz\", hash = \"sha256:0\"}]\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\n", want: "libxmlsec1-dev xmlsec in poetry.lock,libxml2-dev xmlsec in poetry.lock"},
		{name: "an old lock without file names", file: "Pipfile.lock", text: `{"_meta": {"pipfile-spec": 6}, "default": {"cffi": {"version": "==1.11.5", "hashes": ["sha256:0"]}}}`, want: "libffi-dev cffi in Pipfile.lock"},
		{name: "a new lock without file names", file: "Pipfile.lock", text: `{"_meta": {"pipfile-spec": 6}, "default": {"cffi": {"version": "==2.0.0", "hashes": ["sha256:0"]}}}`},
		{name: "a lock that does not name its files", file: "Pipfile.lock", text: `{"_meta": {"pipfile-spec": 6}, "default": {"lxml": {"version": "==6.0", "hashes": ["sha256:0"]}}}`},
		{name: "a file that cannot be read", file: "pyproject.toml", text: "[["},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, p := range nativePackages(languagetest.Files(map[string]string{row.file: row.text}), map[string]string{"PIP_NO_BINARY": row.env}, builders.Builder{}) {
				got = append(got, p.Name+" "+p.By)
			}
			if text := strings.Join(got, ","); text != row.want {
				t.Errorf("got %s, want %s", text, row.want)
			}
		})
	}
}
