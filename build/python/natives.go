package python

import (
	"io/fs"
	"slices"
	"strings"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/internal/builders"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

// native is a distribution that is compiled with libraries of Debian where no wheel of it is taken.
type native struct {
	Extra    string // it is compiled with this extra alone
	Wheels   string // the first version that the index has wheels of for Debian 13's Python on Linux; empty for none
	Packages string // what its own instructions name, separated by blanks
}

// natives are such distributions by name. All packages are in Debian 12 and 13.
var natives = map[string]native{
	"cffi":            {Wheels: "1.17", Packages: "libffi-dev"},
	"dbus-python":     {Packages: "libdbus-1-dev libglib2.0-dev"},
	"fiona":           {Wheels: "1.10.1", Packages: "libgdal-dev"},
	"gdal":            {Packages: "libgdal-dev"},
	"gssapi":          {Packages: "libkrb5-dev"},
	"h5py":            {Wheels: "3.12", Packages: "libhdf5-dev"},
	"kerberos":        {Packages: "libkrb5-dev"},
	"libvirt-python":  {Packages: "libvirt-dev"},
	"lxml":            {Wheels: "5.3", Packages: "libxml2-dev libxslt1-dev"},
	"m2crypto":        {Packages: "libssl-dev swig"},
	"mod-wsgi":        {Packages: "apache2-dev"},
	"mysqlclient":     {Packages: "default-libmysqlclient-dev"},
	"pillow":          {Wheels: "10.4", Packages: "libjpeg-dev zlib1g-dev libfreetype-dev"},
	"psycopg":         {Extra: "c", Packages: "libpq-dev"},
	"psycopg-c":       {Packages: "libpq-dev"},
	"psycopg2":        {Packages: "libpq-dev"},
	"psycopg2-binary": {Wheels: "2.9.10", Packages: "libpq-dev"},
	"pyaudio":         {Packages: "portaudio19-dev"},
	"pycairo":         {Packages: "libcairo2-dev"},
	"pycups":          {Packages: "libcups2-dev"},
	"pycurl":          {Wheels: "7.45.4", Packages: "libcurl4-openssl-dev libssl-dev"},
	"pygraphviz":      {Wheels: "2.0", Packages: "libgraphviz-dev"},
	"pygresql":        {Packages: "libpq-dev"},
	"pyicu":           {Packages: "libicu-dev"},
	"pylibmc":         {Packages: "libmemcached-dev zlib1g-dev"},
	"pymssql":         {Wheels: "2.3.2", Packages: "freetds-dev"},
	"pyodbc":          {Wheels: "5.2", Packages: "unixodbc-dev"},
	"pyscard":         {Packages: "libpcsclite-dev swig"},
	"pysqlite3":       {Wheels: "0.6", Packages: "libsqlite3-dev"},
	"python-ldap":     {Packages: "libldap-dev libsasl2-dev"},
	"python-lzo":      {Packages: "liblzo2-dev zlib1g-dev"},
	"python-snappy":   {Wheels: "0.7", Packages: "libsnappy-dev"},
	"rrdtool":         {Packages: "librrd-dev"},
	"sasl":            {Packages: "libsasl2-dev"},
	"shapely":         {Wheels: "2.0.6", Packages: "libgeos-dev"},
	"systemd-python":  {Packages: "libsystemd-dev"},
	"xmlsec":          {Wheels: "1.3.15", Packages: "libxmlsec1-dev libxml2-dev"},
}

// wanted is a distribution that the app's files name.
type wanted struct {
	Requirement
	By     string // "requirements.txt"
	Source bool   // no wheel of it is taken: the lock has none, or the files forbid it
}

// nativePackages are the Debian packages that the app's distributions are compiled with. A file that cannot be read is read
// again, and told of then.
func nativePackages(dir fs.FS, env map[string]string, _ builders.Builder) []language.BuildPackage {
	var all []language.BuildPackage
	for _, w := range wantedOf(dir, env) {
		n, known := natives[w.Name]
		if !known || n.Extra != "" && !slices.Contains(w.Extras, n.Extra) || elsewhereOnly(w.Marker) || !w.Source && n.wheel(w.Spec) {
			continue
		}
		for p := range strings.FieldsSeq(n.Packages) {
			all = append(all, language.BuildPackage{Name: p, By: w.Name + " in " + w.By})
		}
	}
	return all
}

// wheel tells whether pip gets a wheel for a version or range: where no version is pinned it takes a new one.
func (n native) wheel(spec string) bool {
	if n.Wheels == "" {
		return false
	}
	version, pinned := strings.CutPrefix(spec, "==")
	if !pinned {
		return true
	}
	v, err := pep440.Parse(strings.TrimLeft(strings.TrimSpace(version), "="))
	since, err2 := pep440.Parse(n.Wheels)
	return err != nil || err2 != nil || v.GreaterThanOrEqual(since)
}

// elsewhereOnly tells whether a marker is for other platforms.
func elsewhereOnly(marker string) bool {
	return !strings.ContainsAny(marker, "!") && (strings.Contains(marker, "win32") || strings.Contains(marker, "Windows") || strings.Contains(marker, "arwin"))
}

// wantedOf are the distributions that the file names which decides, as makePlan has it, and those that it forbids wheels of.
func wantedOf(dir fs.FS, env map[string]string) []wanted {
	m, err := readManifest(dir, ".")
	if err != nil {
		return nil
	}
	forbidden := language.SplitList(env["PIP_NO_BINARY"])
	file := env["BP_PYTHON_REQUIREMENTS"]
	if l, _, err := readLocks(dir, m); file == "" && err == nil && l != nil {
		return ofLock(l, forbidden)
	}
	if file == "" && language.IsFile(dir, "requirements.txt") {
		file = "requirements.txt"
	}
	var needs []Requirement
	switch {
	case file != "":
		r, err := readReqFile(dir, file)
		if err != nil {
			return nil
		}
		needs, forbidden = r.Requires, append(forbidden, r.NoBinary...)
	case language.IsFile(dir, "Pipfile"):
		file = "Pipfile"
		needs, _, _ = readPipfile(dir) // told when it is read again
	case m != nil:
		file, needs = m.file(), m.names(language.SplitList(env["BP_PYTHON_EXTRAS"]))
	}
	var all []wanted
	for _, r := range needs {
		all = append(all, wanted{r, file, isForbidden(r.Name, forbidden)})
	}
	return all
}

func ofLock(l *lock, forbidden []string) []wanted {
	var all []wanted
	for _, p := range l.Packages {
		r := Requirement{Name: p.Name, Spec: "==" + p.Version, Extras: p.Extras, Marker: p.Marker}
		all = append(all, wanted{r, l.File, p.Source || isForbidden(p.Name, forbidden)})
	}
	return all
}

// isForbidden tells whether pip's --no-binary forbids wheels of a distribution.
func isForbidden(name string, forbidden []string) bool {
	return slices.ContainsFunc(forbidden, func(f string) bool { return f == ":all:" || normalize(f) == name })
}

// onlySources tells whether a distribution's files, by name or address, have no wheel that Linux takes. Without names nobody
// knows.
func onlySources(files []string) bool {
	for _, f := range files {
		base, _, _ := strings.Cut(f, "#")
		if strings.HasSuffix(base, ".whl") && (strings.Contains(base, "linux") || strings.HasSuffix(base, "-any.whl")) || base == "" {
			return false
		}
	}
	return len(files) > 0
}
