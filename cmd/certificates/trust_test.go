package main

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

// certificate is PEM around a text: this program looks no deeper.
func certificate(text string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte(text)}))
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBoundCertificatesAreTrusted(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"system.crt": certificate("system"), "bindings/ours/type": "CA-certificates\n", "bindings/ours/a.pem": certificate("a"), "bindings/ours/provider": "us",
		"bindings/db/type": "postgresql", "bindings/db/password": "hunter2", "bindings/..data/type": "ca-certificates", "bindings/..data/x": "no certificate",
		"jvm/release": "",
	})
	if err := os.Symlink("../ours", filepath.Join(dir, "bindings/ours/..2026")); err != nil {
		t.Fatal(err)
	}
	s := surroundings{bindings: dir + "/bindings", trusted: dir + "/system.crt", temporary: []string{dir + "/gone", dir}, java: []string{dir + "/jvm"}, javaOptions: "-Xmx1g"}
	text, err := s.variables()
	if err != nil {
		t.Fatal(err)
	}
	var vars map[string]string
	if _, err := toml.Decode(text, &vars); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	file := vars["SSL_CERT_FILE"]
	store := filepath.Join(filepath.Dir(file), "cacerts")
	want := map[string]string{
		"SSL_CERT_FILE": file, "CURL_CA_BUNDLE": file, "GIT_SSL_CAINFO": file, "REQUESTS_CA_BUNDLE": file, "NODE_EXTRA_CA_CERTS": file,
		"JAVA_TOOL_OPTIONS": "-Xmx1g -Djavax.net.ssl.trustStore=" + store,
	}
	if diff := cmp.Diff(want, vars); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	bundle, err := os.ReadFile(file)
	if want := certificate("system") + "\n" + certificate("a") + "\n"; err != nil || string(bundle) != want {
		t.Errorf("%v: the bundle is\n%s", err, bundle)
	}
	if data, err := os.ReadFile(store); err != nil || !strings.HasPrefix(string(data), "\xfe\xed\xfe\xed") {
		t.Errorf("the key store: %v", err)
	}
}

func TestNothingIsBound(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"bindings/db/type": "postgresql"})
	for _, root := range []string{"", dir + "/gone", dir + "/bindings"} {
		if text, err := (surroundings{bindings: root, temporary: []string{dir + "/gone"}}).variables(); text != "" || err != nil {
			t.Errorf("%s: %q, %v", root, text, err)
		}
	}
}

func TestBindingsThatCannotBeTrusted(t *testing.T) {
	for name, row := range map[string]struct {
		files map[string]string
		want  string
	}{
		"empty":     {map[string]string{"bindings/a/type": "ca-certificates"}, "bindings/a holds no certificate"},
		"no PEM":    {map[string]string{"bindings/a/type": "ca-certificates", "bindings/a/x": "x"}, "bindings/a/x holds no PEM certificate"},
		"a key":     {map[string]string{"bindings/a/type": "ca-certificates", "bindings/a/x": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY"}))}, "bindings/a/x holds no PEM certificate"},
		"no folder": {map[string]string{"bindings/a/type": "ca-certificates", "bindings/a/x": certificate("x")}, "there is no folder to write them to"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, row.files)
			_, err := surroundings{bindings: dir + "/bindings", temporary: []string{dir + "/gone"}}.variables()
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}
