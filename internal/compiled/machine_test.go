//go:build integration

package compiled

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMIMEOfThisMachine compares with the tool on the machine's own types, where it has both.
func TestMIMEOfThisMachine(t *testing.T) {
	const dir = "/usr/share/mime/packages"
	tool, err := exec.LookPath("update-mime-database")
	if names, _ := filepath.Glob(dir + "/*.xml"); err != nil || len(names) == 0 {
		t.Skip("this machine has no update-mime-database, or no types")
	}
	out := t.TempDir()
	if err := os.CopyFS(filepath.Join(out, "packages"), os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool, out)
	cmd.Env = append(cmd.Environ(), "PKGSYSTEM_ENABLE_FSYNC=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := os.WriteFile(filepath.Join(out, "version"), []byte("2.4\n"), 0o644); err != nil { // that of the tool, not of the files
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(out, "packages")); err != nil {
		t.Fatal(err)
	}
	got, ignored := MIME(readFiles(t, dir+"/*.xml"))
	if len(ignored) > 0 {
		t.Errorf("ignored: %v", ignored)
	}
	compareMIME(t, out, got)
}

// TestSchemasOfThisMachine compares with the tool on the machine's own schemas, where it has both.
func TestSchemasOfThisMachine(t *testing.T) {
	const dir = "/usr/share/glib-2.0/schemas"
	tool, err := exec.LookPath("glib-compile-schemas")
	if names, _ := filepath.Glob(dir + "/*.xml"); err != nil || len(names) == 0 {
		t.Skip("this machine has no glib-compile-schemas, or no schemas")
	}
	out := t.TempDir()
	if text, err := exec.CommandContext(t.Context(), tool, "--targetdir="+out, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	want, err := os.ReadFile(filepath.Join(out, "gschemas.compiled"))
	if err != nil {
		t.Fatal(err)
	}
	got, ignored := Schemas(readFiles(t, dir+"/*"))
	if len(ignored) > 0 {
		t.Errorf("ignored: %v", ignored)
	}
	if diff := cmp.Diff(readGVDB(t, want), readGVDB(t, got)); diff != "" {
		t.Errorf("-tool +got:\n%s", diff)
	}
}

// TestJavaReadsTheKeyStore asks keytool, where there is one, which checks the digest with the password.
func TestJavaReadsTheKeyStore(t *testing.T) {
	keytool, err := exec.LookPath("keytool")
	if err != nil {
		t.Skip("this machine has no keytool")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a root"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(t.TempDir(), "cacerts")
	if err := os.WriteFile(at, JavaKeyStore([]Certificate{{"debian:root.pem", der}}), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), keytool, "-list", "-keystore", at, "-storepass", "changeit").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "debian:root.pem") {
		t.Errorf("%v\n%s", err, out)
	}
}
