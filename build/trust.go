package build

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// systemBundle is the certificate bundle of the build image, below its root.
const systemBundle = "etc/ssl/certs/ca-certificates.crt"

// trustVariables are the names by which the tools of a build take a certificate bundle.
var trustVariables = []string{
	"SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT", "REQUESTS_CA_BUNDLE",
	"NODE_EXTRA_CA_CERTS", "CARGO_HTTP_CAINFO",
}

// trust is the certificates that the user bound to the build.
type trust struct {
	Names []string // of the bindings
	PEM   []byte   // the build image's bundle and theirs; nil where nothing was bound
}

// readTrust reads the service bindings of type ca-certificates below $CNB_PLATFORM_DIR/bindings (Kubernetes Service
// Binding 1.0: a directory each with a file "type"; every other file is a certificate). Names that begin with ".." are
// Kubernetes' own. The lifecycle hides SERVICE_BINDING_ROOT from buildpacks, so it is not looked at.
func readTrust(platform, root fs.FS) (trust, error) {
	var t trust
	bindings, err := fs.Glob(platform, "bindings/*")
	if err != nil {
		return t, fmt.Errorf("cannot list bindings: %w", err)
	}
	for _, b := range bindings {
		kind, err := fs.ReadFile(platform, path.Join(b, "type"))
		if err != nil || strings.TrimSpace(string(kind)) != "ca-certificates" {
			continue
		}
		if err := t.add(platform, b); err != nil {
			return t, err
		}
	}
	if len(t.Names) == 0 {
		return trust{}, nil
	}
	if system, err := fs.ReadFile(root, systemBundle); err == nil {
		t.PEM = append(append(system, '\n'), t.PEM...)
	}
	return t, nil
}

func (t *trust) add(platform fs.FS, binding string) error {
	entries, err := fs.ReadDir(platform, binding)
	if err != nil {
		return fmt.Errorf("cannot read binding %s: %w", path.Base(binding), err)
	}
	found := false
	for _, e := range entries {
		switch name := e.Name(); {
		case name == "type" || name == "provider" || strings.HasPrefix(name, ".."):
		default:
			text, err := fs.ReadFile(platform, path.Join(binding, name))
			if err != nil {
				return fmt.Errorf("cannot read binding %s: %w", path.Base(binding), err)
			}
			if !strings.Contains(string(text), "-----BEGIN CERTIFICATE-----") {
				return fmt.Errorf("cannot use binding %s: %s holds no PEM certificate", path.Base(binding), name)
			}
			t.PEM = append(append(t.PEM, text...), '\n')
			found = true
		}
	}
	if !found {
		return fmt.Errorf("cannot use binding %s: it is of type ca-certificates and holds no certificate", path.Base(binding))
	}
	t.Names = append(t.Names, path.Base(binding))
	return nil
}

// env writes the bundle into dir and returns the variables that name it. The bundle is for the build only: what an app
// trusts at run time is not the build's business.
func (t trust) env(dir string) (map[string]string, error) {
	if t.PEM == nil {
		return nil, nil
	}
	file := filepath.Join(dir, "ca-certificates.crt")
	if err := os.WriteFile(file, t.PEM, 0o644); err != nil {
		return nil, fmt.Errorf("cannot write certificate bundle: %w", err)
	}
	vars := map[string]string{}
	for _, v := range trustVariables {
		vars[v] = file
	}
	return vars, nil
}

// client is an HTTP client that trusts the bundle. Without a binding it is the default one: crypto/x509 reads
// SSL_CERT_FILE by itself.
func (t trust) client() *http.Client {
	if t.PEM == nil {
		return http.DefaultClient
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(t.PEM)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	return &http.Client{Transport: transport}
}
