//go:build integration

package integration

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// debianSources are apt sources of Debian 13 on the mirror of this machine.
func debianSources(t *testing.T) string {
	t.Helper()
	return sourcesOf(t, "debian-13")
}

// sourcesOf are apt sources of a Debian release on the mirror of this machine.
func sourcesOf(t *testing.T, release string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "debian.sources")
	write(t, name, command(t, "env", "WHITTLE_RELEASE="+release, "../scripts/debian-sources.sh"))
	return name
}

// TestStudiedPackages takes some packages of the study (docs/study.md) that have no definition: one of C, one of Rust,
// Python, Perl, Ruby and a shell. Their cuts prove complete, and their programs answer as on Debian, in a chroot of only
// the cut and behind the doors of the run image, with an empty environment.
func TestStudiedPackages(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	study := filepath.Join(dir, "study")
	command(t, "go", "build", "-o", study, "../scripts/study")
	whittle, err := exec.LookPath("whittle")
	g.Expect(err).NotTo(HaveOccurred())
	baseline, err := os.ReadFile("../scripts/study/baseline.tsv")
	g.Expect(err).NotTo(HaveOccurred())
	write(t, filepath.Join(dir, "baseline.tsv"), string(baseline))

	packages := []string{"par2", "hyperfine", "towncrier", "libserver-starter-perl", "racc", "neurodebian"}
	command(t, study, append([]string{"run", "-dir", dir, "-work", filepath.Join(dir, "work"), "-whittle", whittle, "-sources", debianSources(t)}, packages...)...)
	results, err := os.ReadFile(filepath.Join(dir, "results.tsv"))
	g.Expect(err).NotTo(HaveOccurred())
	seen := map[string]bool{}
	for line := range strings.Lines(string(results)) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		g.Expect(c).To(HaveLen(8))
		place, outcome := c[2], c[6]
		if place == "place" {
			continue
		}
		g.Expect(outcome).To(BeElementOf("done", "complete", "answers", "equal"), line)
		seen[c[0]+" "+place] = seen[c[0]+" "+place] || outcome != "done"
	}
	for _, p := range packages {
		for _, place := range []string{"proof", "chroot", "doors"} {
			g.Expect(seen).To(HaveKeyWithValue(p+" "+place, true), "no program of the package was asked, or nothing was proved")
		}
	}
}

// TestCutRootClonesOverTLS cuts git and curl, and clones over https from a server whose authority the user has added to
// the bundle of the root. Before that, both refuse the server.
func TestCutRootClonesOverTLS(t *testing.T) {
	g := NewWithT(t)
	root := filepath.Join(t.TempDir(), "root")
	command(t, "whittle", "cut", "--sources", debianSources(t), "--root", root, "git_bins", "curl_bins", "ca-certificates_data")
	g.Expect(command(t, "whittle", "verify", root)).To(ContainSubstring("complete"))
	g.Expect(os.MkdirAll(filepath.Join(root, "dev"), 0o755)).To(Succeed())
	for name, minor := range map[string]int{"null": 3, "urandom": 9} { // as every container has
		g.Expect(syscall.Mknod(filepath.Join(root, "dev", name), syscall.S_IFCHR|0o666, 1<<8|minor)).To(Succeed())
	}

	inRoot := func(args ...string) (string, error) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env, cmd.Dir = []string{}, "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	git := func(args ...string) {
		t.Helper()
		out, err := inRoot(append([]string{"/usr/bin/git", "-c", "user.name=A", "-c", "user.email=a@example.com"}, args...)...)
		g.Expect(err).NotTo(HaveOccurred(), strings.Join(args, " ")+": "+out)
	}
	git("init", "--quiet", "/source")
	write(t, filepath.Join(root, "source/README"), "cut and cloned\n")
	git("-C", "/source", "add", "README")
	git("-C", "/source", "commit", "--quiet", "-m", "First")
	git("clone", "--quiet", "--bare", "/source", "/served.git")
	git("-C", "/served.git", "update-server-info")

	authority, certificate := authority(t)
	server := httptest.NewUnstartedServer(http.FileServer(http.Dir(root)))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it is refused on purpose
	server.StartTLS()
	t.Cleanup(server.Close)

	out, err := inRoot("/usr/bin/curl", "-sS", server.URL+"/served.git/HEAD")
	g.Expect(err).To(HaveOccurred())
	g.Expect(out).To(ContainSubstring("certificate"))
	out, err = inRoot("/usr/bin/git", "clone", "--quiet", server.URL+"/served.git", "/refused")
	g.Expect(err).To(HaveOccurred())
	g.Expect(out).To(ContainSubstring("certificate"))

	bundle, err := os.OpenFile(filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"), os.O_APPEND|os.O_WRONLY, 0)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = bundle.Write(authority)
	g.Expect(errors.Join(err, bundle.Close())).To(Succeed())

	out, err = inRoot("/usr/bin/curl", "-sS", server.URL+"/served.git/HEAD")
	g.Expect(err).NotTo(HaveOccurred(), out)
	g.Expect(out).To(HavePrefix("ref: refs/heads/"))
	git("clone", "--quiet", server.URL+"/served.git", "/cloned")
	cloned, err := os.ReadFile(filepath.Join(root, "cloned/README"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(cloned)).To(Equal("cut and cloned\n"))
}

// authority makes a certificate authority, and a certificate of a server on this machine that it has signed.
func authority(t *testing.T) (pemText []byte, server tls.Certificate) {
	t.Helper()
	g := NewWithT(t)
	sign := func(c, parent *x509.Certificate, public, key any) []byte {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, c, parent, public, key)
		g.Expect(err).NotTo(HaveOccurred())
		return der
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	g.Expect(err).NotTo(HaveOccurred())
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	g.Expect(err).NotTo(HaveOccurred())
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Whittle's test authority"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	pemText = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sign(ca, ca, &caKey.PublicKey, caKey)})
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "test server"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	return pemText, tls.Certificate{Certificate: [][]byte{sign(leaf, ca, &key.PublicKey, caKey)}, PrivateKey: key}
}

// TestCutsAreEqual cuts from the real archive twice, under everything that must not matter: another directory, umask,
// time zone and time of the day, and one download at a time from an empty cache. Trees, tars and layouts are the same.
func TestCutsAreEqual(t *testing.T) {
	g := NewWithT(t)
	sources := debianSources(t)
	names := []string{"ca-certificates", "par2", "libssl3t64_libs"}
	cut := func(dir, umask, zone, epoch string, more ...string) (tree, tarDigest, layout string) {
		t.Helper()
		g.Expect(os.MkdirAll(dir, 0o755)).To(Succeed())
		for _, to := range [][]string{{"--root", "root"}, {"--output", "cut.tar"}, {"--output", "oci:layout"}} {
			args := append(append(append([]string{"cut", "--quiet", "--sources", sources}, to...), more...), names...)
			script := fmt.Sprintf(`cd %q && umask %s && TZ=%s SOURCE_DATE_EPOCH=%s exec whittle "$@"`, dir, umask, zone, epoch)
			command(t, "sh", append([]string{"-c", script, "cut"}, args...)...)
		}
		sum := func(script string) string { return command(t, "sh", "-c", "cd "+dir+" && "+script) }
		return sum(`cd root && find . -printf '%P %y %m %l %s\n' | sort && find . -type f -exec sha256sum {} + | sort`),
			sum("sha256sum <cut.tar"), sum("cat layout/index.json && ls layout/blobs/sha256")
	}
	base := t.TempDir()
	tree, tarDigest, layout := cut(filepath.Join(base, "a"), "022", "UTC", "1")
	time.Sleep(1100 * time.Millisecond) // another second of the clock
	tree2, tarDigest2, layout2 := cut(filepath.Join(base, "b/elsewhere"), "077", "Asia/Kathmandu", "1800000000",
		"--jobs", "1", "--cache", filepath.Join(base, "cache"))
	g.Expect(tree2).To(Equal(tree))
	g.Expect(tarDigest2).To(Equal(tarDigest))
	g.Expect(layout2).To(Equal(layout))
}
