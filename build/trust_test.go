package build

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"whittle.dev/whittle/build/language"
	"whittle.dev/whittle/build/language/languagetest"
)

func TestReadTrust(t *testing.T) {
	const one, two = "-----BEGIN CERTIFICATE-----\none\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\ntwo\n-----END CERTIFICATE-----"
	for _, row := range []struct {
		name            string
		files           map[string]string // below bindings
		system          string
		names, pem, err string
	}{
		{name: "no binding", system: "system"},
		{name: "another type", files: map[string]string{"db/type": "postgresql", "db/ca.pem": one}, system: "system"},
		{name: "no type", files: map[string]string{"ca/ca.pem": one}},
		{name: "a binding", files: map[string]string{"ca/type": "ca-certificates\n", "ca/provider": "me", "ca/a.pem": one, "ca/b.crt": two}, system: "system", names: "ca", pem: "system\n" + one + "\n" + two + "\n"},
		{name: "as Kubernetes mounts it", files: map[string]string{"ca/type": "ca-certificates", "ca/..data/a.pem": one, "ca/..2026/a.pem": one, "ca/a.pem": one}, names: "ca", pem: one + "\n"},
		{name: "two bindings", files: map[string]string{"b/type": "ca-certificates", "b/x": two, "a/type": "ca-certificates", "a/x": one}, names: "a, b", pem: one + "\n" + two + "\n"},
		{name: "no PEM", files: map[string]string{"ca/type": "ca-certificates", "ca/a.der": "0\x82"}, err: "cannot use binding ca: a.der holds no PEM certificate"},
		{name: "a private key", files: map[string]string{"ca/type": "ca-certificates", "ca/key": "-----BEGIN PRIVATE KEY-----"}, err: "key holds no PEM certificate"},
		{name: "empty", files: map[string]string{"ca/type": "ca-certificates", "ca/..data/a.pem": one}, err: "holds no certificate"},
	} {
		t.Run(row.name, func(t *testing.T) {
			platform, root := fstest.MapFS{}, fstest.MapFS{}
			for name, text := range row.files {
				platform[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if row.system != "" {
				root[systemBundle] = &fstest.MapFile{Data: []byte(row.system)}
			}
			bindings, err := readBindings(platform, "/platform/bindings")
			if err != nil {
				t.Fatal(err)
			}
			got, err := readTrust(bindings, root)
			if languagetest.Has(t, err, row.err); err != nil {
				return
			}
			if diff := cmp.Diff(row.pem, string(got.PEM)); diff != "" || language.List(got.Names) != row.names {
				t.Errorf("names %v, %s", got.Names, diff)
			}
		})
	}
}

func TestTrustReachesTools(t *testing.T) {
	dir := t.TempDir()
	vars, err := trust{PEM: []byte("pem")}.env(dir, withTools)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CARGO_HTTP_CAINFO"} {
		if languagetest.Read(t, vars[v]) != "pem" {
			t.Errorf("%s leads to %s", v, vars[v])
		}
	}
	if vars, err := (trust{}).env(dir, withTools); err != nil || vars != nil {
		t.Errorf("without a binding: %v, %v", vars, err)
	}
	if (trust{}).transport() != http.DefaultTransport || (trust{PEM: []byte("pem")}).transport() == http.DefaultTransport {
		t.Error("the client does not follow the bindings")
	}
}

// TestCertificatesAtLaunchAreForThoseWhoAsk: the program is in the image where the setting says so, and nowhere else. A setting that
// cannot be read ends the build before the app is built.
func TestCertificatesAtLaunchAreForThoseWhoAsk(t *testing.T) {
	for value, want := range map[string]bool{"": false, "false": false, "true": true, "yes": false} {
		w := newWorkshop(t)
		languagetest.Write(t, w.dir, map[string]string{"buildpack/bin/certificates": "program"})
		w.env = map[string]string{"BP_ENABLE_RUNTIME_CERT_BINDING": value}
		log, err := w.run(t)
		if built := strings.Contains(log, "Proof"); built == (value == "yes") {
			t.Errorf("%q: the app is built: %v", value, built)
		}
		if value == "yes" {
			languagetest.Has(t, err, "Set it to true or false,")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = os.Stat(w.layers + "/certificates/exec.d/certificates")
		if got := err == nil; got != want {
			t.Errorf("%q: the program is there: %v", value, got)
		}
	}
}
